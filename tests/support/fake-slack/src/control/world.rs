//! The workspace as a whole: its state, clock, faults and sockets.

use crate::{
    control::{Answer, wrong},
    deliver::http::signed_at,
    signature,
    sockets::{Action, Condition},
    state::{Injection, Shared},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Everything the fake remembers.
pub(super) async fn state(State(slack): State<Shared>) -> Json<Value> {
    let sockets = slack.sockets.list();
    let connected = sockets.iter().filter(|socket| socket.state == Condition::Open).count();
    let state = slack.state();
    Json(json!({
        "now_ms": slack.clock.now_ms(),
        "messages": state.messages,
        "views": state.views,
        "files": state.files,
        "rejected": state.rejected,
        "calls": state.calls,
        "deliveries": state.deliveries,
        "sockets": sockets,
        "connected": connected,
        "retries": state.retries.len(),
        "injections_left": state.injections.iter().map(|fault| fault.times).sum::<u32>(),
    }))
}

/// A file's bytes.
pub(super) async fn file(
    State(slack): State<Shared>,
    Path(id): Path<String>,
) -> Result<Vec<u8>, (StatusCode, String)> {
    let state = slack.state();
    let file = state.files.iter().find(|file| file.id == id);
    file.and_then(|file| file.content.clone()).map_or_else(|| wrong(format!("no bytes of {id}")), Ok)
}

/// Forgets everything but the clock and the sockets.
pub(super) async fn reset(State(slack): State<Shared>) -> Json<Value> {
    slack.reset();
    Json(json!({}))
}

#[derive(Debug, Deserialize)]
pub(super) struct Advance {
    advance_s: u64,
}

/// Moves the clock ahead.
pub(super) async fn clock(State(slack): State<Shared>, Json(advance): Json<Advance>) -> Json<Value> {
    slack.clock.advance(advance.advance_s * 1_000);
    Json(json!({"now_ms": slack.clock.now_ms()}))
}

/// Orders a fault.
pub(super) async fn inject(State(slack): State<Shared>, Json(fault): Json<Injection>) -> Json<Value> {
    if fault.times > 0 {
        slack.state().injections.push(fault);
    }
    Json(json!({}))
}

#[derive(Debug, Deserialize)]
pub(super) struct Scopes {
    scopes: Vec<String>,
}

/// Grants these scopes and no others.
pub(super) async fn scopes(State(slack): State<Shared>, Json(scopes): Json<Scopes>) -> Json<Value> {
    slack.state().scopes = scopes.scopes;
    Json(json!({}))
}

#[derive(Debug, Deserialize)]
pub(super) struct Unsigned {
    body: String,
    #[serde(default)]
    timestamp_offset_s: i64,
}

/// Signs a body that the test sends itself.
pub(super) async fn sign(State(slack): State<Shared>, Json(unsigned): Json<Unsigned>) -> Json<Value> {
    let timestamp = signed_at(unsigned.timestamp_offset_s);
    let signature = signature::sign(&slack.options.signing_secret, &timestamp, unsigned.body.as_bytes());
    Json(json!({"timestamp": timestamp, "signature": signature}))
}

/// Does something to the sockets.
pub(super) async fn socket(State(slack): State<Shared>, Json(action): Json<Action>) -> Answer {
    match slack.sockets.act(&action) {
        0 => wrong("there is no such socket"),
        count => Ok(Json(json!({"sockets": count}))),
    }
}
