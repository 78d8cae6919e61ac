//! An open stream, as the browser holds it: one WebSocket, closed when dropped, which cancels the call.

use micro_domain::call::{SocketReply, SocketRequest};
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// Where calls' sockets are.
const PATH: &str = "/live/call";

/// What a socket tells.
#[derive(Debug)]
pub(super) enum Told {
    /// It is open; the call may be.
    Ready,
    /// The next step of the answer.
    Reply(SocketReply),
    /// It closed, or never opened.
    Lost,
}

/// A socket and the closures it calls.
pub(super) struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens a socket; none where the browser refuses at once.
    pub(super) fn open(tell: impl Fn(Told) + 'static) -> Option<Self> {
        let location = leptos::prelude::window().location();
        let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
        let socket = WebSocket::new(&format!("{scheme}://{}{PATH}", location.host().ok()?)).ok()?;
        let tell = Rc::new(tell);
        let ready = Rc::clone(&tell);
        let on_open: Closure<dyn FnMut()> = Closure::new(move || ready(Told::Ready));
        let heard = Rc::clone(&tell);
        let on_message: Closure<dyn FnMut(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            let reply = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(reply) = reply {
                heard(Told::Reply(reply));
            }
        });
        let on_close: Closure<dyn FnMut(CloseEvent)> = Closure::new(move |_| tell(Told::Lost));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// Sends a step of the call; false when the socket is closed.
    pub(super) fn send(&self, request: &SocketRequest) -> bool {
        serde_json::to_string(request).is_ok_and(|text| self.socket.send_with_str(&text).is_ok())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Fails when it is closed already.
        let _ = self.socket.close();
    }
}
