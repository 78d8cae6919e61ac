//! An open stream, as the browser holds it: one WebSocket, closed when dropped, which cancels the call.

use micro_domain::call::{SocketReply, SocketRequest};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// Where calls' sockets are.
const PATH: &str = "/live/call";

/// What a socket tells.
#[derive(Debug)]
pub(super) enum Told {
    /// The next step of the answer.
    Reply(SocketReply),
    /// It closed, or never opened.
    Lost,
}

/// Steps kept while a socket connects; more are not sent.
const WAITING_MAX: usize = 64;

/// A socket and the closures it calls.
pub(super) struct Socket {
    socket: WebSocket,
    /// What is sent once it is open.
    waiting: Rc<RefCell<Vec<String>>>,
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
        let waiting = Rc::new(RefCell::new(Vec::<String>::new()));
        let on_open: Closure<dyn FnMut()> = Closure::new({
            let (socket, waiting) = (socket.clone(), Rc::clone(&waiting));
            move || {
                for text in waiting.take() {
                    // Fails when it closed meanwhile, which is told.
                    let _ = socket.send_with_str(&text);
                }
            }
        });
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
        Some(Self { socket, waiting, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// Sends a step of the call, at once or when the socket is open; false when it is closed.
    pub(super) fn send(&self, request: &SocketRequest) -> bool {
        let Ok(text) = serde_json::to_string(request) else { return false };
        if self.socket.ready_state() != WebSocket::CONNECTING {
            return self.socket.send_with_str(&text).is_ok();
        }
        let mut waiting = self.waiting.borrow_mut();
        let fits = waiting.len() < WAITING_MAX;
        if fits {
            waiting.push(text);
        }
        fits
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
