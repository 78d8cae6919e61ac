//! What was sent, kept so that a test can send the same bytes again.

use crate::{deliver::http::Request, state::Slack};
use serde_json::Value;

/// What a delivery sent.
#[derive(Debug, Clone)]
pub(crate) enum Sent {
    /// Over HTTP.
    Request(Request),
    /// Through a socket.
    Envelope(Value),
}

/// What the delivery of this id sent.
pub(super) fn sent(slack: &Slack, id: &str) -> Sent {
    let sent = slack.state().sent.get(id).cloned();
    sent.unwrap_or_else(|| panic!("nothing was delivered as {id}"))
}
