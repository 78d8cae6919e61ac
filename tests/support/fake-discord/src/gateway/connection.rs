//! One connection to the gateway.

use super::sessions::{Order, Session};
use crate::{
    limits, model,
    signing::{hex, random},
    state::Fake,
};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use flate2::{Compression, write::ZlibEncoder};
use serde_json::{Value, json};
use std::{collections::VecDeque, io::Write as _, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::Instant};

const DISPATCH: u64 = 0;
const HEARTBEAT: u64 = 1;
const IDENTIFY: u64 = 2;
const PRESENCE: u64 = 3;
const VOICE: u64 = 4;
const RESUME: u64 = 6;
const MEMBERS: u64 = 8;
const SOUNDS: u64 = 31;

const NORMAL: u16 = 1000;
const GOING_AWAY: u16 = 1001;
const UNKNOWN_OPCODE: u16 = 4001;
const DECODE_ERROR: u16 = 4002;
const NOT_AUTHENTICATED: u16 = 4003;
const AUTHENTICATION_FAILED: u16 = 4004;
const ALREADY_AUTHENTICATED: u16 = 4005;
const RATE_LIMITED: u16 = 4008;
const SESSION_TIMED_OUT: u16 = 4009;
const INVALID_VERSION: u16 = 4012;
const INVALID_INTENTS: u16 = 4013;
const DISALLOWED_INTENTS: u16 = 4014;

/// What clients may send at once, in bytes.
const SEND_BYTES_MAX: usize = 4_096;
/// Payloads above this many bytes are compressed for clients that take it, as READY always is.
const COMPRESS_FROM_BYTES: usize = 8_192;
/// Intents there are, as bits.
const INTENTS_MASK: u64 = (1 << 26) - 1;
/// Intents a bot must be granted: members, presences, what messages say.
const PRIVILEGED_MASK: u64 = 1 << 1 | 1 << 8 | 1 << 15;
/// What is allowed on top of two heartbeats' time before the session is over.
const HEARTBEAT_GRACE: Duration = Duration::from_secs(2);

/// Why a connection ends.
enum End {
    /// The fake closes it with this code.
    Close(u16),
    /// The fake lets go of it without a word.
    Drop,
    /// The client is gone.
    Gone,
}

/// The parts of a connection.
struct Connection {
    fake: Arc<Fake>,
    id: u64,
    socket: WebSocket,
    session: Option<String>,
    compress: bool,
    acks: bool,
    sends_ms: VecDeque<i64>,
    heartbeat: Duration,
    heartbeat_until: Instant,
}

/// Serves a connection to its end.
pub(crate) async fn serve(fake: Arc<Fake>, query: String, socket: WebSocket) {
    let (id, orders, heartbeat_ms) = {
        let mut state = fake.state();
        let now_ms = state.now_ms();
        let (id, orders) = state.gateway.open(now_ms);
        (id, orders, state.gateway.heartbeat_ms)
    };
    let heartbeat = Duration::from_millis(heartbeat_ms);
    let mut connection = Connection {
        fake: Arc::clone(&fake),
        id,
        socket,
        session: None,
        compress: false,
        acks: true,
        sends_ms: VecDeque::new(),
        heartbeat,
        heartbeat_until: Instant::now() + 2 * heartbeat + HEARTBEAT_GRACE,
    };
    let end = connection.run(&query, orders).await;
    let code = if let End::Close(code) = end { Some(code) } else { None };
    fake.state().gateway.ended(id, code);
    fake.changed.notify_waiters();
    if let Some(code) = code {
        let frame = CloseFrame { code, reason: "".into() };
        // The client may be gone already.
        let _ = connection.socket.send(Message::Close(Some(frame))).await;
    }
}

impl Connection {
    async fn run(&mut self, query: &str, mut orders: mpsc::Receiver<Order>) -> End {
        if query.split('&').any(|part| part.starts_with("v=") && part != "v=10") {
            return End::Close(INVALID_VERSION);
        }
        let interval_ms = u64::try_from(self.heartbeat.as_millis()).unwrap_or(u64::MAX);
        let hello = json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": interval_ms}});
        if let Err(end) = self.send(&hello).await {
            return end;
        }
        loop {
            let next = tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Silence) => return self.stay_silent(&mut orders).await,
                    Some(order) => self.obey(order).await,
                    None => Err(End::Gone),
                },
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.take(message).await,
                    _ => Err(End::Gone),
                },
                () = tokio::time::sleep_until(self.heartbeat_until) => self.miss_heartbeat(),
            };
            if let Err(end) = next {
                return end;
            }
        }
    }

    async fn obey(&mut self, order: Order) -> Result<(), End> {
        match order {
            Order::Send(payload) => return self.send(&payload).await,
            Order::Close(code) => return Err(End::Close(code)),
            Order::Drop => return Err(End::Drop),
            Order::StopAcks => self.acks = false,
            Order::Silence => {}
        }
        Ok(())
    }

    /// Holds the connection and does nothing on it, until it is told to drop it.
    async fn stay_silent(&mut self, orders: &mut mpsc::Receiver<Order>) -> End {
        self.fake.state().gateway.connection(self.id).silenced = true;
        loop {
            match orders.recv().await {
                Some(Order::Drop) | None => return End::Drop,
                Some(_) => {}
            }
        }
    }

    /// Nobody is blamed who sends none because they were not acknowledged.
    fn miss_heartbeat(&mut self) -> Result<(), End> {
        if self.acks {
            let detail = format!("connection {} sent no heartbeat in time", self.id);
            self.fake.state().violation("heartbeat", detail);
        }
        Err(End::Close(SESSION_TIMED_OUT))
    }

    async fn send(&mut self, payload: &Value) -> Result<(), End> {
        let text = payload.to_string();
        let is_ready = payload["op"] == DISPATCH && payload["t"] == "READY";
        let message = if self.compress && (is_ready || text.len() > COMPRESS_FROM_BYTES) {
            Message::Binary(compressed(&text).into())
        } else {
            Message::Text(text.into())
        };
        self.socket.send(message).await.map_err(|_| End::Gone)
    }

    async fn take(&mut self, message: Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(End::Close(DECODE_ERROR)),
            Message::Close(frame) => {
                // Who says goodbye properly does not mean to come back.
                if frame.is_some_and(|frame| [NORMAL, GOING_AWAY].contains(&frame.code)) {
                    self.fake.state().gateway.forget_session_of(self.id);
                }
                return Err(End::Gone);
            }
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        self.count_send()?;
        let payload: Value = serde_json::from_str(&text).map_err(|_| End::Close(DECODE_ERROR))?;
        if text.len() > SEND_BYTES_MAX {
            return Err(End::Close(DECODE_ERROR));
        }
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(HEARTBEAT) => self.heartbeat().await,
            Some(IDENTIFY) => self.identify(data).await,
            Some(RESUME) => self.resume(data).await,
            Some(PRESENCE | VOICE | MEMBERS | SOUNDS) if self.session.is_none() => {
                Err(End::Close(NOT_AUTHENTICATED))
            }
            Some(PRESENCE | VOICE | MEMBERS | SOUNDS) => Ok(()),
            _ => Err(End::Close(UNKNOWN_OPCODE)),
        }
    }

    fn count_send(&mut self) -> Result<(), End> {
        let now_ms = self.fake.state().now_ms();
        self.sends_ms.push_back(now_ms);
        self.sends_ms.retain(|at| now_ms - at < limits::GATEWAY_SENDS_WINDOW_MS);
        if self.sends_ms.len() > limits::GATEWAY_SENDS_MAX { Err(End::Close(RATE_LIMITED)) } else { Ok(()) }
    }

    async fn heartbeat(&mut self) -> Result<(), End> {
        self.heartbeat_until = Instant::now() + 2 * self.heartbeat + HEARTBEAT_GRACE;
        self.fake.state().gateway.connection(self.id).heartbeats += 1;
        self.fake.changed.notify_waiters();
        if !self.acks {
            return Ok(());
        }
        self.send(&json!({"op": 11, "s": null, "t": null, "d": null})).await
    }

    fn check_token(&self, data: &Value) -> Result<(), End> {
        let reset = self.fake.state().gateway.token_was_reset();
        let given = data["token"].as_str().unwrap_or_default();
        // serenity sends the token as the header has it, with its kind.
        let given = given.strip_prefix("Bot ").unwrap_or(given);
        let right = given == self.fake.settings.bot_token && !reset;
        if right { Ok(()) } else { Err(End::Close(AUTHENTICATION_FAILED)) }
    }

    async fn identify(&mut self, data: &Value) -> Result<(), End> {
        if self.session.is_some() {
            return Err(End::Close(ALREADY_AUTHENTICATED));
        }
        self.check_token(data)?;
        let intents = data["intents"].as_u64().ok_or(End::Close(DECODE_ERROR))?;
        if !data["properties"].is_object() {
            return Err(End::Close(DECODE_ERROR));
        }
        if intents & !INTENTS_MASK != 0 {
            return Err(End::Close(INVALID_INTENTS));
        }
        if intents & PRIVILEGED_MASK != 0 {
            return Err(End::Close(DISALLOWED_INTENTS));
        }
        self.compress = data["compress"].as_bool() == Some(true);
        let session = hex(&random::<16>());
        let shard = if data["shard"].is_array() { data["shard"].clone() } else { json!([0, 1]) };
        let ready = model::ready(&self.fake.settings, &session, &shard);
        let mut state = self.fake.state();
        let now_ms = state.now_ms();
        if !state.gateway.start(Session::new(session.clone(), intents, self.compress, self.id), now_ms) {
            return Err(End::Close(AUTHENTICATION_FAILED));
        }
        state.gateway.connection(self.id).session = Some(session.clone());
        state.gateway.dispatch_to(&session, "READY", &ready);
        drop(state);
        self.session = Some(session);
        self.fake.changed.notify_waiters();
        Ok(())
    }

    async fn resume(&mut self, data: &Value) -> Result<(), End> {
        if self.session.is_some() {
            return Err(End::Close(ALREADY_AUTHENTICATED));
        }
        self.check_token(data)?;
        let id = data["session_id"].as_str().unwrap_or_default().to_owned();
        let sequence = data["seq"].as_u64().ok_or(End::Close(DECODE_ERROR))?;
        let missed = {
            let mut state = self.fake.state();
            self.compress = state.gateway.sessions.get(&id).is_some_and(|session| session.compress);
            state.gateway.resume(&id, sequence, self.id)
        };
        let Some(missed) = missed else {
            return self.send(&json!({"op": 9, "s": null, "t": null, "d": false})).await;
        };
        for event in missed {
            self.send(&event).await?;
        }
        self.session = Some(id.clone());
        self.fake.state().gateway.dispatch_to(&id, "RESUMED", &json!({}));
        self.fake.changed.notify_waiters();
        Ok(())
    }
}

/// A payload by itself as zlib has it, which is what `compress` in IDENTIFY asks for.
fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
