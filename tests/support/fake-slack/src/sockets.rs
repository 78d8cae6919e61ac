//! Socket Mode: up to ten sockets, each event through one of them.

mod serve;

use crate::{clock, refusal::Refusal, state::Shared};
use axum::{
    extract::{Query, State, WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};

/// Sockets of an app.
const SOCKETS_MAX: usize = 10;
/// Orders waiting for a socket.
const ORDERS_MAX: usize = 1_024;

/// The app's sockets.
#[derive(Debug)]
pub(crate) struct Sockets {
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    list: Vec<Socket>,
    waiting: HashMap<String, oneshot::Sender<Value>>,
    opened: u64,
    turn: usize,
}

/// What a test sees of a socket.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Socket {
    /// Its number, from 1.
    pub(crate) id: u64,
    /// What it does.
    pub(crate) state: Condition,
    /// When it was opened.
    pub(crate) opened_ms: u64,
    #[serde(skip)]
    orders: mpsc::Sender<Order>,
}

/// What a socket does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Condition {
    /// It carries events.
    Open,
    /// It was told to disconnect and gets nothing more.
    Retiring,
    /// It looks open but answers nothing.
    Silent,
    /// Silent, and Slack has noticed: it gets nothing more.
    Dead,
}

/// What a socket is told to do.
#[derive(Debug)]
enum Order {
    Send(String),
    Disconnect(String),
    Silence,
    Drop,
}

/// What a test does to sockets.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub(crate) enum Action {
    /// Sends `disconnect` and closes a little later.
    Disconnect {
        /// `refresh_requested`, `warning` or `link_disabled`.
        reason: String,
        /// One socket; all unless given.
        socket: Option<u64>,
    },
    /// Ends the connection without a word.
    Drop {
        /// One socket; all unless given.
        socket: Option<u64>,
    },
    /// Keeps the connection but answers nothing any more, not even pings.
    Silence {
        /// One socket; all unless given.
        socket: Option<u64>,
    },
}

impl Default for Sockets {
    fn default() -> Self {
        Self { inner: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Sockets {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// All sockets.
    pub(crate) fn list(&self) -> Vec<Socket> {
        self.inner().list.clone()
    }

    /// Does something to one socket or all.
    pub(crate) fn act(&self, action: &Action) -> usize {
        let (one, condition) = match action {
            Action::Disconnect { socket, .. } => (socket, Condition::Retiring),
            Action::Drop { socket } => (socket, Condition::Dead),
            Action::Silence { socket } => (socket, Condition::Silent),
        };
        let mut inner = self.inner();
        // One that answers nothing any more can only be dropped.
        let mute = |socket: &Socket| matches!(socket.state, Condition::Silent | Condition::Dead);
        let able = |socket: &Socket| condition == Condition::Dead || !mute(socket);
        let meant =
            inner.list.iter_mut().filter(|socket| one.is_none_or(|id| id == socket.id) && able(socket));
        let mut count = 0;
        for socket in meant {
            socket.state = condition;
            count += 1;
            let order = match action {
                Action::Disconnect { reason, .. } => Order::Disconnect(reason.clone()),
                Action::Drop { .. } => Order::Drop,
                Action::Silence { .. } => Order::Silence,
            };
            // A socket that is closing takes no orders.
            let _ = socket.orders.try_send(order);
        }
        count
    }

    /// Sends an envelope through a socket other than `not`, waiting for one at most for `wait`. Returns the socket and
    /// what will hold the acknowledgement.
    pub(crate) async fn send(
        &self,
        envelope: &Value,
        not: Option<u64>,
        wait: Duration,
    ) -> Option<(u64, oneshot::Receiver<Value>)> {
        let mut changed = self.changed.subscribe();
        let found = async {
            loop {
                if let Some(sent) = self.send_now(envelope, not) {
                    return Some(sent);
                }
                changed.changed().await.ok()?;
            }
        };
        tokio::time::timeout(wait, found).await.ok().flatten()
    }

    fn send_now(&self, envelope: &Value, not: Option<u64>) -> Option<(u64, oneshot::Receiver<Value>)> {
        let mut inner = self.inner();
        let takes = |socket: &&Socket| {
            matches!(socket.state, Condition::Open | Condition::Silent) && Some(socket.id) != not
        };
        let count = inner.list.iter().filter(takes).count();
        let turn = inner.turn.checked_rem(count)?;
        let socket = inner.list.iter().filter(takes).nth(turn)?;
        socket.orders.try_send(Order::Send(envelope.to_string())).ok()?;
        let id = socket.id;
        inner.turn += 1;
        let (sender, receiver) = oneshot::channel();
        inner.waiting.insert(envelope["envelope_id"].as_str().unwrap_or_default().to_owned(), sender);
        Some((id, receiver))
    }

    /// Gives an envelope up; a silent socket that swallowed it gets nothing more.
    pub(crate) fn give_up(&self, envelope: &Value, socket: u64) {
        let mut inner = self.inner();
        inner.waiting.remove(envelope["envelope_id"].as_str().unwrap_or_default());
        let silent = |other: &&mut Socket| other.id == socket && other.state == Condition::Silent;
        if let Some(socket) = inner.list.iter_mut().find(silent) {
            socket.state = Condition::Dead;
        }
    }

    fn open(&self) -> Result<(u64, mpsc::Receiver<Order>, usize), Refusal> {
        let mut inner = self.inner();
        let open = inner.list.iter().filter(|socket| socket.state != Condition::Dead).count();
        if open >= SOCKETS_MAX {
            return Err(Refusal::new("too_many_websockets"));
        }
        let (orders, receiver) = mpsc::channel(ORDERS_MAX);
        inner.opened += 1;
        let id = inner.opened;
        inner.list.push(Socket { id, state: Condition::Open, opened_ms: clock::real_ms(), orders });
        Ok((id, receiver, open + 1))
    }

    /// Tells those who wait for a socket; after `hello`, so that nothing overtakes it.
    fn announce(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn close(&self, id: u64) {
        self.inner().list.retain(|socket| socket.id != id);
    }

    /// Hands an acknowledgement to whoever waits for it; `false` where nobody does any more.
    fn acknowledge(&self, id: &str, payload: Value) -> bool {
        let waiting = self.inner().waiting.remove(id);
        waiting.is_some_and(|waiting| waiting.send(payload).is_ok())
    }
}

/// A ticket from `apps.connections.open`.
#[derive(Debug, Deserialize)]
pub(crate) struct Ticket {
    ticket: String,
}

/// An app opens a socket.
pub(crate) async fn connect(
    State(slack): State<Shared>,
    Query(Ticket { ticket }): Query<Ticket>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let mut state = slack.state();
    let Some(at) = state.tickets.iter().position(|other| *other == ticket) else {
        drop(state);
        slack.reject("socket", &Refusal::new("invalid_ticket"), &json!({"ticket": ticket}));
        return StatusCode::UNAUTHORIZED.into_response();
    };
    state.tickets.remove(at);
    drop(state);
    upgrade.on_upgrade(move |socket| serve::run(slack, socket))
}

#[cfg(test)]
mod tests {
    use super::{SOCKETS_MAX, Sockets};

    #[test]
    fn an_app_has_ten_sockets() {
        let sockets = Sockets::default();
        let opened: Vec<_> = (0..SOCKETS_MAX).map(|_| sockets.open().unwrap()).collect();
        assert_eq!(opened.last().unwrap().2, SOCKETS_MAX);
        assert_eq!(sockets.open().unwrap_err().error, "too_many_websockets");
        sockets.close(opened[0].0);
        sockets.open().unwrap();
    }
}
