//! Sessions, which outlive connections, and how many may still be started.

use crate::limits;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::mpsc;

/// Orders that may wait for a connection; one that does not take them is beyond help.
pub(crate) const ORDERS_MAX: usize = 1_024;
/// Events kept of a session for a RESUME.
const REPLAY_MAX: usize = 4_096;
/// Codes the gateway closes with after which nothing can be resumed.
const ENDS_SESSION: [u16; 4] = [4004, 4006, 4007, 4009];

/// What a connection is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Send this payload.
    Send(Value),
    /// Close with this code.
    Close(u16),
    /// End without a word.
    Drop,
    /// Keep the connection open, but neither read nor write.
    Silence,
    /// Acknowledge no more heartbeats.
    StopAcks,
}

/// A connection, also after its end.
#[derive(Debug, Serialize)]
pub(crate) struct Connection {
    /// Its number.
    pub(crate) id: u64,
    /// The session that was identified or resumed on it.
    pub(crate) session: Option<String>,
    /// Whether it is still there.
    pub(crate) connected: bool,
    /// Whether the fake went silent on it.
    pub(crate) silenced: bool,
    /// Heartbeats that came.
    pub(crate) heartbeats: u64,
    /// The code the fake closed it with.
    pub(crate) closed_with: Option<u16>,
    /// When it was opened.
    pub(crate) opened_ms: i64,
    #[serde(skip)]
    orders: mpsc::Sender<Order>,
}

/// A session.
#[derive(Debug, Serialize)]
pub(crate) struct Session {
    /// Its id.
    pub(crate) id: String,
    /// The last event's number.
    pub(crate) sequence: u64,
    /// The intents it was identified with.
    pub(crate) intents: u64,
    /// Whether its client takes compressed payloads.
    pub(crate) compress: bool,
    /// The connection it is on.
    pub(crate) connection: Option<u64>,
    /// How often it was resumed.
    pub(crate) resumes: u64,
    #[serde(skip)]
    events: VecDeque<(u64, Value)>,
}

/// Sessions, connections, and the limit on starting them.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// By id.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// All there were, the oldest first.
    pub(crate) connections: Vec<Connection>,
    /// Sessions that were started.
    pub(crate) identifies: u64,
    /// Sessions that were resumed.
    pub(crate) resumes: u64,
    /// What HELLO asks for.
    pub(crate) heartbeat_ms: u64,
    total: u64,
    remaining: u64,
    resets_ms: i64,
    token_reset: bool,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            sessions: BTreeMap::new(),
            connections: Vec::new(),
            identifies: 0,
            resumes: 0,
            heartbeat_ms: limits::HEARTBEAT_MS,
            total: limits::IDENTIFIES_MAX,
            remaining: limits::IDENTIFIES_MAX,
            resets_ms: 0,
            token_reset: false,
        }
    }
}

impl Gateway {
    /// A new connection, and the orders it will get.
    pub(crate) fn open(&mut self, now_ms: i64) -> (u64, mpsc::Receiver<Order>) {
        let (orders, receiver) = mpsc::channel(ORDERS_MAX);
        let id = u64::try_from(self.connections.len()).unwrap_or(u64::MAX);
        self.connections.push(Connection {
            id,
            session: None,
            connected: true,
            silenced: false,
            heartbeats: 0,
            closed_with: None,
            opened_ms: now_ms,
            orders,
        });
        (id, receiver)
    }

    /// A connection ended, and with some codes its session too.
    pub(crate) fn ended(&mut self, id: u64, closed_with: Option<u16>) {
        if closed_with.is_some_and(|code| ENDS_SESSION.contains(&code)) {
            self.forget_session_of(id);
        }
        for session in self.sessions.values_mut().filter(|session| session.connection == Some(id)) {
            session.connection = None;
        }
        let connection = self.connection(id);
        connection.connected = false;
        connection.closed_with = closed_with;
    }

    /// A connection by its number.
    pub(crate) fn connection(&mut self, id: u64) -> &mut Connection {
        self.connections.iter_mut().find(|connection| connection.id == id).unwrap()
    }

    /// Tells every connection that is there to do something; says how many that were.
    pub(crate) fn order(&mut self, order: impl Fn() -> Order) -> usize {
        let there =
            self.connections.iter_mut().filter(|connection| connection.connected && !connection.silenced);
        there.filter(|connection| connection.orders.try_send(order()).is_ok()).count()
    }

    /// Starts a session. False when none was left: then the token is no longer the bot's.
    pub(crate) fn start(&mut self, session: Session, now_ms: i64) -> bool {
        self.renew(now_ms);
        if self.remaining == 0 {
            self.token_reset = true;
            return false;
        }
        self.remaining -= 1;
        self.identifies += 1;
        self.sessions.insert(session.id.clone(), session);
        true
    }

    /// Continues a session on another connection. Returns what it missed; none where that cannot be told any more.
    pub(crate) fn resume(&mut self, id: &str, sequence: u64, connection: u64) -> Option<Vec<Value>> {
        let session = self.sessions.get_mut(id)?;
        let oldest = session.events.front().map_or(session.sequence + 1, |(number, _)| *number);
        if sequence > session.sequence || sequence + 1 < oldest {
            return None;
        }
        session.connection = Some(connection);
        session.resumes += 1;
        self.resumes += 1;
        let missed = session.events.iter().filter(|(number, _)| *number > sequence);
        let missed = missed.map(|(_, event)| event.clone()).collect();
        self.connection(connection).session = Some(id.to_owned());
        Some(missed)
    }

    /// Sends an event to every session, those that are not connected included: they may resume. Says how many.
    pub(crate) fn dispatch(&mut self, name: &str, data: &Value) -> usize {
        let ids: Vec<String> = self.sessions.keys().cloned().collect();
        for id in &ids {
            self.dispatch_to(id, name, data);
        }
        ids.len()
    }

    /// Sends an event to one session.
    pub(crate) fn dispatch_to(&mut self, id: &str, name: &str, data: &Value) {
        let session = self.sessions.get_mut(id).unwrap();
        session.sequence += 1;
        let event = json!({"op": 0, "s": session.sequence, "t": name, "d": data});
        session.events.push_back((session.sequence, event.clone()));
        if session.events.len() > REPLAY_MAX {
            session.events.pop_front();
        }
        if let Some(connection) = session.connection {
            // What a connection does not take, the session keeps.
            let _ = self.connection(connection).orders.try_send(Order::Send(event));
        }
    }

    /// Forgets the session of a connection.
    pub(crate) fn forget_session_of(&mut self, id: u64) {
        self.sessions.retain(|_, session| session.connection != Some(id));
    }

    /// Forgets sessions, so that none can be resumed.
    pub(crate) fn forget_sessions(&mut self) {
        self.sessions.clear();
    }

    /// How many sessions may still be started.
    pub(crate) fn session_start_limit(&mut self, now_ms: i64) -> Value {
        self.renew(now_ms);
        let reset_after = if self.resets_ms > now_ms { self.resets_ms - now_ms } else { 0 };
        json!({
            "total": self.total, "remaining": self.remaining, "reset_after": reset_after, "max_concurrency": 1,
        })
    }

    /// Sets how many sessions may still be started, and for how long that stays so.
    pub(crate) fn limit_starts(&mut self, total: u64, remaining: u64, reset_after_ms: i64, now_ms: i64) {
        (self.total, self.remaining) = (total, remaining);
        self.resets_ms = now_ms + reset_after_ms;
    }

    /// Whether the bot's token was reset because it identified too often.
    pub(crate) fn token_was_reset(&self) -> bool {
        self.token_reset
    }

    /// All of it, for tests.
    pub(crate) fn show(&self, now_ms: i64) -> Value {
        let connected = |session: &&Session| {
            let on = |connection: &&Connection| {
                Some(connection.id) == session.connection && connection.connected && !connection.silenced
            };
            self.connections.iter().any(|connection| on(&connection))
        };
        json!({
            "connected": self.sessions.values().filter(connected).count(),
            "sessions": self.sessions.values().collect::<Vec<_>>(),
            "connections": self.connections,
            "identifies": self.identifies,
            "resumes": self.resumes,
            "heartbeats": self.connections.iter().map(|connection| connection.heartbeats).sum::<u64>(),
            "remaining": self.remaining,
            "reset_after_ms": (self.resets_ms - now_ms).max(0),
            "token_reset": self.token_reset,
        })
    }

    fn renew(&mut self, now_ms: i64) {
        if self.resets_ms == 0 {
            self.resets_ms = now_ms + limits::IDENTIFY_WINDOW_MS;
        } else if now_ms >= self.resets_ms {
            self.remaining = self.total;
            self.resets_ms = now_ms + limits::IDENTIFY_WINDOW_MS;
        }
    }
}

impl Session {
    /// A session nothing was sent to yet.
    pub(crate) fn new(id: String, intents: u64, compress: bool, connection: u64) -> Self {
        let events = VecDeque::new();
        Self { id, sequence: 0, intents, compress, connection: Some(connection), resumes: 0, events }
    }
}
