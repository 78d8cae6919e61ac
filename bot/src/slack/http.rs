//! Signed HTTP from Slack: `POST /chat/slack/…`.

use super::{Slack, payload::Interaction, take::Acknowledgement};
use crate::http::{read, single};
use axum::{
    Json, Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing,
};
use http::{HeaderMap, StatusCode};
use micro_domain::{Error, chat::Platform, identity::Secret};
use serde::{Deserialize, de::DeserializeOwned};
use slack_morphism::{SlackSigningSecret, signature_verifier::SlackEventSignatureVerifier};
use std::{sync::Arc, time::Instant};

/// What the handlers share.
#[derive(Clone)]
struct Door {
    slack: Arc<Slack>,
    verifier: SlackEventSignatureVerifier,
}

/// The routes.
pub(super) fn routes(slack: Arc<Slack>, secret: &Secret) -> Router {
    let verifier = SlackEventSignatureVerifier::new(&SlackSigningSecret(secret.reveal().to_owned()));
    Router::new()
        .route("/chat/slack/command", routing::post(command))
        .route("/chat/slack/interaction", routing::post(interaction))
        .route("/chat/slack/options", routing::post(interaction))
        .route("/chat/slack/event", routing::post(event))
        .with_state(Door { slack, verifier })
}

async fn command(State(door): State<Door>, request: Request) -> Response {
    door.take(request, |slack, body| slack.command(form(body)?)).await
}

/// The payload of an interaction, one field of a form.
#[derive(Deserialize)]
struct Wrapped {
    payload: String,
}

async fn interaction(State(door): State<Door>, request: Request) -> Response {
    door.take(request, |slack, body| {
        let interaction: Interaction = json(&form::<Wrapped>(body)?.payload)?;
        slack.interaction(interaction)
    })
    .await
}

async fn event(State(door): State<Door>, request: Request) -> Response {
    door.take(request, |slack, body| Ok(slack.event(&json(body)?))).await
}

fn form<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_urlencoded::from_str(body).map_err(|_| Error::invalid("the form cannot be read"))
}

fn json<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body).map_err(|_| Error::invalid("the JSON cannot be read"))
}

impl Door {
    /// Verifies a request and hands its body on. What is signed but cannot be read is acknowledged, too: Slack would only
    /// send it again.
    async fn take(
        &self,
        request: Request,
        take: impl FnOnce(&Arc<Slack>, &str) -> Result<Acknowledgement, Error>,
    ) -> Response {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let body = match read(&parts.headers, body).await {
            Ok(body) => body,
            Err(status) => return status.into_response(),
        };
        let statuses = &self.slack.core.statuses;
        // Slack sends text: other bytes are not its own, whatever they are signed with.
        let signed = std::str::from_utf8(&body).ok().filter(|text| self.is_signed(&parts.headers, text));
        let Some(text) = signed else {
            statuses.count(Platform::Slack, |status| &status.bad_signatures);
            return StatusCode::UNAUTHORIZED.into_response();
        };
        let acknowledgement = take(&self.slack, text).unwrap_or_else(|_| {
            statuses.count(Platform::Slack, |status| &status.malformed);
            tracing::warn!(bytes = body.len(), "Slack sent what cannot be read");
            None
        });
        if let Some(status) = statuses.of(Platform::Slack) {
            status.acknowledged(started.elapsed());
        }
        match acknowledgement {
            Some(body) => Json(body).into_response(),
            None => StatusCode::OK.into_response(),
        }
    }

    fn is_signed(&self, headers: &HeaderMap, body: &str) -> bool {
        let (Some(signature), Some(at)) = (
            single(headers, SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER),
            single(headers, SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP),
        ) else {
            return false;
        };
        // The library compares in constant time and checks the age, 300 s either way.
        self.verifier.verify(signature, body, at).is_ok()
    }
}
