//! Envelopes through sockets: one that is not acknowledged goes once more, through another socket.

use crate::{
    clock,
    deliver::{ACKNOWLEDGE_MAX, Kind, Route},
    records::Attempt,
    state::Slack,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// How long a redelivery waits for another socket, unless the test says so.
const REDELIVERY_WAIT: Duration = Duration::from_secs(20);

/// The envelope that brings `payload`.
pub(super) fn envelope(slack: &Slack, kind: Kind, payload: &Value) -> Value {
    let answers = match kind {
        Kind::Command | Kind::Options => true,
        Kind::Interaction => payload["type"] == "view_submission",
        Kind::Event => false,
    };
    let mut envelope = json!({
        "envelope_id": slack.state().id("e"),
        "type": kind.envelope(),
        "accepts_response_payload": answers,
        "payload": payload,
    });
    if kind == Kind::Event {
        envelope["retry_attempt"] = json!(0);
        envelope["retry_reason"] = json!("");
    }
    envelope
}

/// Sends an envelope, and once more if it is not acknowledged in time.
pub(super) async fn attempts(slack: &Slack, route: &Route, mut envelope: Value) -> Vec<Attempt> {
    let first = attempt(slack, &envelope, None, Duration::ZERO).await;
    if first.acknowledged {
        return vec![first];
    }
    envelope["envelope_id"] = json!(slack.state().id("e"));
    envelope["retry_attempt"] = json!(1);
    envelope["retry_reason"] = json!("timeout");
    let wait = route.redelivery_wait_s.map_or(REDELIVERY_WAIT, Duration::from_secs);
    let second = attempt(slack, &envelope, first.socket, wait).await;
    vec![first, second]
}

async fn attempt(slack: &Slack, envelope: &Value, not: Option<u64>, wait: Duration) -> Attempt {
    let Some((socket, acknowledgement)) = slack.sockets.send(envelope, not, wait).await else {
        let error = Some("no_socket".to_owned());
        return Attempt { at_ms: clock::real_ms(), error, ..Attempt::default() };
    };
    let started = Instant::now();
    let mut attempt = Attempt { at_ms: clock::real_ms(), socket: Some(socket), ..Attempt::default() };
    match tokio::time::timeout(ACKNOWLEDGE_MAX, acknowledgement).await {
        Ok(Ok(payload)) => {
            attempt.latency_ms = u64::try_from(started.elapsed().as_millis()).ok();
            attempt.acknowledged = true;
            attempt.body = if payload.is_null() { String::new() } else { payload.to_string() };
        }
        _ => {
            slack.sockets.give_up(envelope, socket);
            attempt.error = Some("timeout".to_owned());
        }
    }
    attempt
}
