//! A stream of server-sent events that pauses while the page is hidden and comes back when it is lost.

use super::{Connection, State};
use crate::ui::time::now_ms;
use leptos::leptos_dom::helpers::{TimeoutHandle, WindowListenerHandle, set_timeout_with_handle};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{EventSource, MessageEvent, VisibilityState};

/// How long a hidden page keeps its stream: browsers open six connections per host over HTTP/1.1, forgotten tabs
/// would use them up.
const HIDDEN_FOR: Duration = Duration::from_secs(30);
/// How long a lost stream may be "reconnecting" before what is shown counts as stale.
const STALE_AFTER: Duration = Duration::from_secs(10);
/// How long to wait before opening a refused stream again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Follows the events called `event` of the stream at `url`, until the current owner is gone. Only called in effects,
/// so only in the browser. `url` is asked again at every opening: it names where to resume.
pub(crate) fn follow(
    connection: Connection,
    event: &'static str,
    url: impl Fn() -> String + 'static,
    on_event: impl Fn(String) + 'static,
) {
    let follower = Rc::new(Follower {
        connection,
        event,
        url: Box::new(url),
        on_event: Box::new(on_event),
        open: RefCell::new(None),
        lost_at_ms: Cell::new(None),
        heard_at_ms: Cell::new(now_ms()),
        timer: RefCell::new(None),
        visibility: RefCell::new(None),
    });
    follower.watch_visibility();
    follower.open();
    // Dropped with the owner, which closes the stream.
    StoredValue::new_local(follower);
}

struct Follower {
    connection: Connection,
    event: &'static str,
    url: Box<dyn Fn() -> String>,
    on_event: Box<dyn Fn(String)>,
    open: RefCell<Option<Open>>,
    lost_at_ms: Cell<Option<i64>>,
    heard_at_ms: Cell<i64>,
    timer: RefCell<Option<TimeoutHandle>>,
    visibility: RefCell<Option<WindowListenerHandle>>,
}

/// An open stream and the closures it calls.
struct Open {
    source: EventSource,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_open: Closure<dyn FnMut()>,
    _on_error: Closure<dyn FnMut()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.cancel_timer();
        if let Some(listener) = self.visibility.take() {
            listener.remove();
        }
        self.connection.set(State::Off);
    }
}

impl Follower {
    fn open(self: &Rc<Self>) {
        self.cancel_timer();
        let Ok(source) = EventSource::new(&(self.url)()) else {
            return self.lost();
        };
        let weak = Rc::downgrade(self);
        let on_message = Closure::wrap(with(&weak, |this, message: MessageEvent| this.heard(message)));
        let on_open = Closure::wrap(call(&weak, |this| this.opened()));
        let on_error = Closure::wrap(call(&weak, |this| this.lost()));
        let listening =
            source.add_event_listener_with_callback(self.event, on_message.as_ref().unchecked_ref());
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.open.replace(Some(Open {
            source,
            _on_message: on_message,
            _on_open: on_open,
            _on_error: on_error,
        }));
        if listening.is_err() {
            self.lost();
        }
    }

    fn opened(&self) {
        self.lost_at_ms.set(None);
        self.heard_at_ms.set(now_ms());
        self.connection.set(State::Live);
    }

    fn heard(&self, message: MessageEvent) {
        self.heard_at_ms.set(now_ms());
        self.connection.set(State::Live);
        if let Some(data) = message.data().as_string() {
            (self.on_event)(data);
        }
    }

    /// The browser reconnects by itself unless the server refused; then it is up to us.
    fn lost(self: &Rc<Self>) {
        let now_ms = now_ms();
        let lost_at_ms = self.lost_at_ms.get().unwrap_or(now_ms);
        self.lost_at_ms.set(Some(lost_at_ms));
        let stale = i64::try_from(STALE_AFTER.as_millis()).is_ok_and(|limit| now_ms - lost_at_ms >= limit);
        self.connection.set(if stale { State::Stale(self.heard_at_ms.get()) } else { State::Reconnecting });
        self.start_timer(RETRY_AFTER, |this| this.retry());
    }

    fn retry(self: &Rc<Self>) {
        let state = self.open.borrow().as_ref().map(|open| open.source.ready_state());
        match state {
            Some(EventSource::OPEN) => {}
            Some(EventSource::CONNECTING) => self.lost(),
            _ => self.open(),
        }
    }

    fn watch_visibility(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let changed = call(&weak, |this| {
            if document().visibility_state() == VisibilityState::Hidden {
                this.start_timer(HIDDEN_FOR, |this| this.pause());
            } else if this.open.borrow().is_none() {
                this.open();
            } else {
                this.cancel_timer();
            }
        });
        // The event bubbles from the document to the window.
        let changed = RefCell::new(changed);
        let listener = window_event_listener_untyped("visibilitychange", move |_| {
            if let Ok(mut changed) = changed.try_borrow_mut() {
                changed();
            }
        });
        self.visibility.replace(Some(listener));
    }

    fn pause(&self) {
        self.open.replace(None);
        self.connection.set(State::Paused);
    }

    fn start_timer(self: &Rc<Self>, after: Duration, then: impl Fn(&Rc<Self>) + 'static) {
        self.cancel_timer();
        let fire = call(&Rc::downgrade(self), then);
        self.timer.replace(set_timeout_with_handle(fire, after).ok());
    }

    fn cancel_timer(&self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}

/// A closure that acts on the follower while it lives.
fn call(weak: &Weak<Follower>, act: impl Fn(&Rc<Follower>) + 'static) -> Box<dyn FnMut()> {
    let weak = weak.clone();
    Box::new(move || {
        if let Some(this) = weak.upgrade() {
            act(&this);
        }
    })
}

/// A closure with one argument that acts on the follower while it lives.
fn with<T: 'static>(weak: &Weak<Follower>, act: impl Fn(&Rc<Follower>, T) + 'static) -> Box<dyn FnMut(T)> {
    let weak = weak.clone();
    Box::new(move |argument| {
        if let Some(this) = weak.upgrade() {
            act(&this, argument);
        }
    })
}
