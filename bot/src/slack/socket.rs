//! Socket Mode: Slack's events over WebSockets that the library keeps open. Frames are read here, so that they take the same
//! way as signed HTTP.

use super::{Slack, api::Connector, api::token, payload::Command, take::Acknowledgement};
use async_trait::async_trait;
use micro_domain::{
    Error,
    chat::{BotState as State, Platform},
    identity::Secret,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use slack_morphism::{
    SlackClientSocketModeConfig, SlackSocketModeClientListener, SlackSocketModeWssClientId,
    clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory as _},
    listener::SlackClientEventsListenerEnvironment,
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// Sockets open at the same time: while one is recycled, the other takes the events.
const SOCKETS: u32 = 2;
/// Between two tries to connect, in seconds.
const RECONNECT_S: u64 = 2;
/// Between two pings, in seconds, and how many may stay unanswered.
const PING_S: u64 = 5;
const PINGS_LOST_MAX: u64 = 3;

/// What comes over a socket.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    envelope_id: String,
    #[serde(default)]
    accepts_response_payload: bool,
    #[serde(default)]
    payload: Value,
}

/// Hears what comes over the sockets.
struct Ear {
    slack: Arc<Slack>,
    manager: OnceLock<Weak<dyn SlackSocketModeClientsManager + Send + Sync>>,
    /// Sockets that Slack greeted and that did not end.
    open: Mutex<HashSet<SlackSocketModeWssClientId>>,
}

/// Keeps the sockets open until `stopping`.
pub(super) async fn listen(slack: Arc<Slack>, app_token: Secret, stopping: CancellationToken) {
    let environment = Arc::new(
        SlackClientEventsListenerEnvironment::new(Arc::new(slack.api.client()))
            // The library's own would log whole bodies.
            .with_error_handler(|_, _, _| http::StatusCode::OK),
    );
    let connector: &Connector = &environment.client.http_api.connector;
    let manager = connector.new_clients_manager(Arc::clone(&environment));
    let ear = Arc::new(Ear { slack, manager: OnceLock::new(), open: Mutex::default() });
    // It is set here and nowhere else.
    let _ = ear.manager.set(Arc::downgrade(&manager));
    let config = SlackClientSocketModeConfig::new()
        .with_max_connections_count(SOCKETS)
        .with_initial_backoff_in_seconds(0)
        .with_reconnect_timeout_in_seconds(RECONNECT_S)
        .with_ping_interval_in_seconds(PING_S)
        .with_ping_failure_threshold_times(PINGS_LOST_MAX);
    let token = token(app_token.reveal());
    if manager.register_new_token(&config, token, Arc::clone(&ear) as _).await.is_err() {
        ear.slack.set(State::Degraded("Socket Mode could not be set up".to_owned()));
        return;
    }
    manager.start().await;
    stopping.cancelled().await;
    manager.shutdown().await;
}

#[async_trait]
impl SlackSocketModeClientListener for Ear {
    async fn on_message(&self, socket: &SlackSocketModeWssClientId, text: String) -> Option<String> {
        let started = Instant::now();
        let Ok(frame) = serde_json::from_str::<Frame>(&text) else {
            self.slack.core.statuses.count(Platform::Slack, |status| &status.malformed);
            return None;
        };
        match frame.kind.as_str() {
            "hello" => {
                self.greeted(socket);
                return None;
            }
            "disconnect" => {
                self.ended(socket);
                self.restart(socket).await;
                return None;
            }
            _ if frame.envelope_id.is_empty() => return None,
            _ => {}
        }
        let payload = self.take(&frame.kind, frame.payload).unwrap_or_else(|_| {
            self.slack.core.statuses.count(Platform::Slack, |status| &status.malformed);
            tracing::warn!(bytes = text.len(), "Slack sent what cannot be read");
            None
        });
        if let Some(status) = self.slack.core.statuses.of(Platform::Slack) {
            status.acknowledged(started.elapsed());
        }
        let mut acknowledgement = json!({"envelope_id": frame.envelope_id});
        if let (Some(payload), true, Some(parts)) =
            (payload, frame.accepts_response_payload, acknowledgement.as_object_mut())
        {
            parts.insert("payload".to_owned(), payload);
        }
        Some(acknowledgement.to_string())
    }

    async fn on_error(&self, _error: Box<dyn std::error::Error + Send + Sync>) {
        // The socket that failed ends, and is told of below; the error itself may hold what was sent.
        tracing::info!("a Slack socket failed");
    }

    async fn on_disconnect(&self, socket: &SlackSocketModeWssClientId) {
        self.ended(socket);
        self.restart(socket).await;
    }
}

impl Ear {
    fn take(&self, kind: &str, payload: Value) -> Result<Acknowledgement, Error> {
        match kind {
            "slash_commands" => self.slack.command(read::<Command>(payload)?),
            "interactive" => self.slack.interaction(read(payload)?),
            "events_api" => Ok(self.slack.event(&read(payload)?)),
            _ => Ok(None),
        }
    }

    fn greeted(&self, socket: &SlackSocketModeWssClientId) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(socket.clone());
        self.slack.set(State::Connected);
    }

    fn ended(&self, socket: &SlackSocketModeWssClientId) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(socket);
        if open.is_empty() {
            drop(open);
            self.slack.set(State::Degraded("every socket to Slack is closed; connecting again".to_owned()));
        }
    }

    async fn restart(&self, socket: &SlackSocketModeWssClientId) {
        if let Some(manager) = self.manager.get().and_then(Weak::upgrade) {
            manager.restart_client(socket).await;
        }
    }
}

fn read<T: DeserializeOwned>(payload: Value) -> Result<T, Error> {
    serde_json::from_value(payload).map_err(|_| Error::invalid("the payload cannot be read"))
}
