//! Looking at the fake, and setting its time, faults and gateway.

use super::{Complaint, complain};
use crate::{budget::Fault, gateway::sessions::Order, limits, state::Fake};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /control/state`.
pub(crate) async fn state(State(fake): State<Arc<Fake>>) -> Json<Value> {
    Json(fake.state().show())
}

/// `POST /control/reset`: forgets what happened, but not commands, sessions and the time.
pub(crate) async fn reset(State(fake): State<Arc<Fake>>) -> Json<Value> {
    fake.state().reset();
    Json(json!({}))
}

/// How far to move the clock.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    advance_s: f64,
}

/// `POST /control/clock`.
pub(crate) async fn clock(State(fake): State<Arc<Fake>>, Json(body): Json<Advance>) -> Json<Value> {
    let mut state = fake.state();
    state.clock.advance(body.advance_s);
    let now_ms = state.now_ms();
    drop(state);
    fake.changed.notify_waiters();
    Json(json!({"now_ms": now_ms}))
}

/// `POST /control/inject`.
pub(crate) async fn inject(State(fake): State<Arc<Fake>>, Json(fault): Json<Fault>) -> Json<Value> {
    fake.state().budget.inject(fault);
    Json(json!({}))
}

/// What to do with the gateway.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, tag = "action", rename_all = "snake_case")]
pub(crate) enum GatewayAction {
    /// Op 7: reconnect and resume.
    Reconnect,
    /// Op 9.
    InvalidSession {
        /// Whether the session goes on.
        #[serde(default)]
        resumable: bool,
    },
    /// Closes with a code.
    Close {
        /// Discord's code.
        #[serde(default = "unknown_error")]
        code: u16,
    },
    /// Ends the connections without a word.
    Drop,
    /// Keeps the connections open and neither reads nor writes.
    Silence,
    /// Acknowledges no more heartbeats on the connections there are.
    StopAcks,
    /// Sets what the next HELLO asks for.
    Heartbeat {
        /// Milliseconds between two heartbeats.
        interval_ms: u64,
    },
    /// Sets how many sessions may still be started.
    SessionStartLimit {
        /// Of how many.
        #[serde(default = "identifies_max")]
        total: u64,
        /// How many are left.
        remaining: u64,
        /// Until all are there again.
        #[serde(default = "identify_window_ms")]
        reset_after_ms: i64,
    },
}

fn unknown_error() -> u16 {
    4000
}

fn identifies_max() -> u64 {
    limits::IDENTIFIES_MAX
}

fn identify_window_ms() -> i64 {
    limits::IDENTIFY_WINDOW_MS
}

/// `POST /control/gateway`: says how many connections it meant.
pub(crate) async fn gateway(
    State(fake): State<Arc<Fake>>,
    Json(action): Json<GatewayAction>,
) -> Result<Json<Value>, Complaint> {
    let mut state = fake.state();
    let now_ms = state.now_ms();
    let gateway = &mut state.gateway;
    let connections = match action {
        GatewayAction::Reconnect => gateway.order(|| Order::Send(bare(7, Value::Null))),
        GatewayAction::InvalidSession { resumable } => {
            let connections = gateway.order(|| Order::Send(bare(9, resumable.into())));
            if !resumable {
                gateway.forget_sessions();
            }
            connections
        }
        GatewayAction::Close { code: code @ (1000..=1014 | 3000..=4999) } => {
            gateway.order(|| Order::Close(code))
        }
        GatewayAction::Close { code } => return complain(format!("{code} is no code to close with")),
        GatewayAction::Drop => gateway.order(|| Order::Drop),
        GatewayAction::Silence => gateway.order(|| Order::Silence),
        GatewayAction::StopAcks => gateway.order(|| Order::StopAcks),
        GatewayAction::Heartbeat { interval_ms } => {
            gateway.heartbeat_ms = interval_ms;
            0
        }
        GatewayAction::SessionStartLimit { total, remaining, reset_after_ms } => {
            gateway.limit_starts(total, remaining, reset_after_ms, now_ms);
            0
        }
    };
    Ok(Json(json!({"connections": connections})))
}

/// A payload that is no event.
fn bare(op: u8, data: Value) -> Value {
    json!({"op": op, "s": null, "t": null, "d": data})
}
