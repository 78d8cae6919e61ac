//! Making calls from the browser: unary through the server function, streams through a socket.

use super::log::Direction;
use super::request_of::{self, Unready};
use super::session::{Phase, Session};
use super::socket::{Socket, Told};
use crate::AppError;
use crate::api::call::{Answered, Outcome, call_history, call_unary};
use crate::ui::time::now_ms;
use crate::ui::toast::Toasts;
use leptos::prelude::*;
use leptos::task::spawn_local;
use micro_domain::call::{Answer, Ended, Frame, Opened, Reply, SocketReply, SocketRequest, Tally, Target};
use micro_domain::{Code, Error};
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::rc::Rc;

/// Asks for confirmation; its dialog's id.
pub(super) const CONFIRM_ID: &str = "confirm-call";

/// The heading of the response; its id.
pub(super) const ANSWER_ID: &str = "answer-title";

/// What makes calls.
#[derive(Clone, Copy)]
pub(super) struct Caller {
    session: Session,
    toasts: Toasts,
    unary: Action<(Target, String, u32), Result<Outcome, AppError>>,
    /// Ends the wait for a unary answer.
    abort: StoredValue<Option<leptos::reactive::actions::ActionAbortHandle>>,
}

impl Caller {
    pub(super) fn new(session: Session) -> Self {
        let unary = Action::new(move |(target, message, times): &(Target, String, u32)| {
            repeated(session, target.clone(), message.clone(), *times)
        });
        let caller =
            Self { session, toasts: expect_context::<Toasts>(), unary, abort: StoredValue::new(None) };
        Effect::new(move || {
            if let Some(outcome) = unary.value().get() {
                session.phase.set(Phase::Idle);
                session.show(Some(outcome.unwrap_or_else(Outcome::Failed)));
                reveal();
                caller.renew_history(None);
            }
        });
        caller
    }

    /// Sends the request, unless it is wrong or must be confirmed first.
    pub(super) fn call(self) {
        if self.session.phase.get_untracked() != Phase::Idle {
            return;
        }
        let Some((target, mut messages)) = self.ready() else { return };
        let times = match request_of::repeat(&self.session.filled()) {
            Ok(times) => times,
            Err(error) => return self.toasts.warn(error.message),
        };
        if self.session.must_confirm() {
            crate::ui::shortcut_sheet::open_dialog(CONFIRM_ID);
            return;
        }
        let method = &self.session.subject().method;
        self.session.show(None);
        self.session.tally.set(None);
        if method.is_unary() {
            self.session.phase.set(Phase::Waiting);
            self.abort.set_value(messages.pop().map(|message| self.unary.dispatch((target, message, times))));
        } else {
            // A stream that the caller feeds begins empty: each message is sent by its own button.
            let first = if method.client_streaming { Vec::new() } else { messages };
            self.open(target, first, !method.client_streaming);
        }
    }

    /// The call and its messages; none when something is wrong, which is shown.
    fn ready(self) -> Option<(Target, Vec<String>)> {
        let (session, subject) = (self.session, self.session.subject());
        let filled = session.filled();
        session.attempted.set(true);
        let target = match request_of::target(&subject.service, &subject.method, &filled) {
            Ok(target) => target,
            Err(error) => {
                self.toasts.warn(error.message);
                return None;
            }
        };
        match request_of::messages(&subject.schema, &subject.method, &filled) {
            Ok(messages) => {
                session.attempted.set(false);
                return Some((target, messages));
            }
            Err(Unready::Fields(_)) => {}
            Err(problem) => session.json_problem.set(Some(problem)),
        }
        request_animation_frame(|| {
            crate::ui::shortcut_sheet::focus_first(".problems");
        });
        None
    }

    fn open(self, target: Target, messages: Vec<String>, half_close: bool) {
        let session = self.session;
        session.log.reset();
        let began_ms = now_ms();
        session.began_ms.set_value(began_ms);
        session.phase.set(Phase::Open);
        let opened = Rc::new(RefCell::new(None::<Opened>));
        let told = move |told: Told| match told {
            Told::Reply(SocketReply::Reply(Reply::Opened(headers))) => {
                opened.replace(Some(headers));
            }
            Told::Reply(SocketReply::Reply(Reply::Message(json))) => {
                session.log.write(|kept| kept.push(Direction::Received, since(began_ms), &json));
            }
            Told::Reply(SocketReply::Reply(Reply::Ended(ended))) => self.end(Ok((opened.take(), ended))),
            Told::Reply(SocketReply::Failed(error)) => self.end(Err(error)),
            Told::Lost => self.end(Err(Error::unavailable("The connection to Micro was lost."))),
        };
        let Some(socket) = Socket::open(told) else {
            return self.end(Err(Error::unavailable("The browser could not connect to Micro.")));
        };
        socket.send(&SocketRequest::Open(target));
        session.socket.set_value(Some(SendWrapper::new(Rc::new(socket))));
        for message in messages {
            self.send_message(message);
        }
        if half_close {
            self.half_close();
        }
    }

    /// Sends what is filled in over the open stream.
    pub(super) fn send(self) {
        if self.session.phase.get_untracked() == Phase::Open
            && let Some((_, messages)) = self.ready()
        {
            messages.into_iter().for_each(|message| self.send_message(message));
        }
    }

    fn send_message(self, message: String) {
        let Some(socket) = self.session.socket.get_value() else { return };
        let began_ms = self.session.began_ms.get_value();
        if socket.send(&SocketRequest::Frame(Frame::Message(message.clone()))) {
            self.session.log.write(|kept| kept.push(Direction::Sent, since(began_ms), &message));
        }
    }

    /// Says that nothing more is sent.
    pub(super) fn half_close(self) {
        if let Some(socket) = self.session.socket.get_value() {
            socket.send(&SocketRequest::Frame(Frame::HalfClose));
            self.session.phase.set(Phase::HalfClosed);
        }
    }

    /// Ends the call from this side; false when none is under way.
    pub(super) fn cancel(self) -> bool {
        if self.session.phase.get_untracked() == Phase::Idle {
            return false;
        }
        if let Some(Some(abort)) = self.abort.try_update_value(Option::take) {
            abort.abort();
        }
        self.end(Ok((None, cancelled())));
        true
    }

    fn end(self, end: Result<(Option<Opened>, Ended), Error>) {
        let session = self.session;
        // Told after the page is gone, or twice: an end is shown once.
        if session.phase.try_get_untracked().is_none_or(|phase| phase == Phase::Idle) {
            return;
        }
        session.phase.set(Phase::Idle);
        // Dropped with the next turn: the socket itself is calling.
        let socket = session.socket.try_update_value(Option::take).flatten();
        set_timeout(move || drop(socket), std::time::Duration::ZERO);
        let mut awaited = None;
        session.show(Some(match end {
            Ok((opened, ended)) => {
                awaited = Some(ended.id.clone()).filter(|id| !id.is_empty());
                let answer = Answer { opened, messages: Vec::new(), ended };
                Outcome::Answered(Box::new(Answered { answer, record: None, at_ms: None, cut: false }))
            }
            Err(error) => Outcome::Failed(error.into()),
        }));
        reveal();
        self.renew_history(awaited);
    }

    /// Reads the history again, once the record `awaited` is in it.
    pub(super) fn renew_history(self, awaited: Option<String>) {
        let subject = self.session.subject();
        spawn_local(async move {
            let past = call_history(subject.service.clone(), subject.method.full_name(), awaited).await;
            if let Ok(past) = past {
                // The page may be gone by then.
                let _ = self.session.history.try_set(past);
            }
        });
    }

    /// Shows a short message.
    pub(super) fn toasts(self) -> Toasts {
        self.toasts
    }
}

/// Calls one time after the other; the last answer is what came of it. One that lasts shows how far it is.
async fn repeated(
    session: Session,
    target: Target,
    message: String,
    times: u32,
) -> Result<Outcome, AppError> {
    let mut tally = Tally::new(times);
    loop {
        let last = tally.made() + 1 == times;
        let outcome = call_unary(target.clone(), message.clone(), last).await?;
        outcome.count_in(&mut tally);
        // The page may be gone by then.
        if times > 1 {
            let _ = session.tally.try_set(Some(tally.clone()));
        }
        if last {
            return Ok(outcome);
        }
    }
}

/// Brings the answer into view where the panes are stacked and it is below the fold; the focus stays.
fn reveal() {
    request_animation_frame(|| {
        let title = document().get_element_by_id(ANSWER_ID);
        let height = window().inner_height().ok().and_then(|height| height.as_f64());
        if let (Some(title), Some(height)) = (title, height)
            && title.get_bounding_client_rect().top() > height
        {
            title.scroll_into_view();
        }
    });
}

fn since(began_ms: i64) -> u64 {
    u64::try_from(now_ms() - began_ms).unwrap_or_default()
}

fn cancelled() -> Ended {
    Ended {
        id: String::new(),
        code: Code::Cancelled,
        message: "Cancelled here.".to_owned(),
        details: Vec::new(),
        trailers: Vec::new(),
        duration_us: 0,
        trace_id: String::new(),
        timing: None,
    }
}
