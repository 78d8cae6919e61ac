//! Hands to the app what people do: signed HTTP, or an envelope through a socket.

pub(crate) mod http;
pub(crate) mod replay;
pub(crate) mod retry;
mod socket;

use crate::{
    records::{Attempt, Delivery},
    state::{Shared, Slack},
};
use replay::Sent;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// How soon the app must acknowledge.
pub(crate) const ACKNOWLEDGE_MAX: Duration = Duration::from_secs(3);

/// What is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A slash command.
    Command,
    /// A click, a submission.
    Interaction,
    /// A question for options.
    Options,
    /// Something of the Events API.
    Event,
}

impl Kind {
    /// The last part of the app's path.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Interaction => "interaction",
            Self::Options => "options",
            Self::Event => "event",
        }
    }

    /// The type of the envelope.
    fn envelope(self) -> &'static str {
        match self {
            Self::Command => "slash_commands",
            Self::Interaction | Self::Options => "interactive",
            Self::Event => "events_api",
        }
    }
}

/// How a signature is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signature {
    /// As it should be.
    #[default]
    Good,
    /// Of another secret.
    Bad,
    /// Not at all.
    Missing,
}

/// How a test wants something delivered.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Route {
    /// `http` or `socket`; unless given, HTTP where there is an `app_url`.
    pub(crate) delivery: Option<String>,
    /// The app's base, such as `http://127.0.0.1:8080`.
    pub(crate) app_url: Option<String>,
    /// How HTTP is signed.
    #[serde(default)]
    pub(crate) signature: Signature,
    /// Added to the timestamp of the signature.
    #[serde(default)]
    pub(crate) timestamp_offset_s: i64,
    /// The id of a delivery to send again, byte for byte, instead of anything new.
    pub(crate) replay: Option<String>,
    /// How long a redelivery waits for another socket, in seconds.
    pub(crate) redelivery_wait_s: Option<u64>,
}

impl Route {
    /// The app's base where HTTP is wanted.
    fn http(&self) -> Option<&str> {
        match self.delivery.as_deref() {
            Some("socket") => None,
            Some("http") => Some(self.app_url.as_deref().unwrap_or_else(|| panic!("http needs an app_url"))),
            _ => self.app_url.as_deref(),
        }
    }
}

/// What became of a delivery.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its id.
    pub(crate) id: String,
    /// Each try, at least one.
    pub(crate) attempts: Vec<Attempt>,
}

impl Outcome {
    /// The try that was acknowledged, else the last.
    pub(crate) fn attempt(&self) -> &Attempt {
        let acknowledged = self.attempts.iter().find(|attempt| attempt.acknowledged);
        acknowledged.unwrap_or_else(|| self.attempts.last().unwrap())
    }

    /// What the app answered, if it acknowledged with JSON.
    pub(crate) fn answer(&self) -> Value {
        let attempt = self.attempt();
        if !attempt.acknowledged {
            return Value::Null;
        }
        serde_json::from_str(&attempt.body).unwrap_or_default()
    }

    /// What a test is told.
    pub(crate) fn shown(&self) -> Value {
        let attempt = self.attempt();
        json!({
            "id": self.id,
            "acknowledged": attempt.acknowledged,
            "status": attempt.status,
            "body": attempt.body,
            "latency_ms": attempt.latency_ms,
            "error": attempt.error,
            "attempts": self.attempts.len(),
        })
    }
}

/// Delivers `payload` and waits until it is acknowledged or given up.
pub(crate) async fn deliver(slack: &Shared, route: &Route, kind: Kind, id: &str, payload: &Value) -> Outcome {
    let again = route.replay.as_deref().map(|id| replay::sent(slack, id));
    let attempts = match (again, route.http()) {
        (Some(Sent::Request(request)), _) => vec![http::attempt(&request).await],
        (Some(Sent::Envelope(envelope)), _) => socket::attempts(slack, route, envelope).await,
        (None, Some(app_url)) => {
            let request = http::request(slack, route, app_url, kind, payload);
            slack.state().sent.insert(id.to_owned(), Sent::Request(request.clone()));
            let attempt = http::attempt(&request).await;
            if kind == Kind::Event && !attempt.acknowledged && !attempt.last {
                retry::schedule(slack, id, &request, &attempt);
            }
            vec![attempt]
        }
        (None, None) => {
            let envelope = socket::envelope(slack, kind, payload);
            slack.state().sent.insert(id.to_owned(), Sent::Envelope(envelope.clone()));
            socket::attempts(slack, route, envelope).await
        }
    };
    let outcome = Outcome { id: id.to_owned(), attempts };
    note(slack, kind, &outcome);
    outcome
}

fn note(slack: &Slack, kind: Kind, outcome: &Outcome) {
    slack.state().deliveries.push(Delivery {
        id: outcome.id.clone(),
        kind: kind.name(),
        acknowledged: outcome.attempt().acknowledged,
        attempts: outcome.attempts.clone(),
    });
}
