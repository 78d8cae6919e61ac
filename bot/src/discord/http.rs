//! Signed HTTP from Discord: `POST /chat/discord/interaction`.

use super::{
    Discord,
    payload::{Interaction, unreadable},
};
use crate::{
    Error,
    http::{read, single},
};
use axum::{
    Json, Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing,
};
use http::{HeaderMap, StatusCode};
use micro_domain::{chat::Platform, clock};
use serde_json::Value;
use serenity::interactions_endpoint::Verifier;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How old a signature may be, and how far ahead, in seconds.
const AGE_MAX_S: u64 = 300;

/// How long Discord is given to read a response: an answer that is quicker finds nothing there to change, and is refused.
const READ_AFTER: Duration = Duration::from_millis(50);

const SIGNATURE: &str = "x-signature-ed25519";
const TIMESTAMP: &str = "x-signature-timestamp";

/// What the handler needs.
#[derive(Clone)]
struct Door {
    discord: Arc<Discord>,
    verifier: Verifier,
}

/// What requests are signed with.
pub(super) fn verifier(public_key: &str) -> Result<Verifier, Error> {
    let key = bytes(public_key).and_then(|key| Verifier::try_new(key).ok());
    key.ok_or_else(|| {
        Error::configuration(
            Platform::Discord,
            "MICRO_DISCORD_PUBLIC_KEY is no key that anything can be signed with. It is under \"General Information\".",
        )
    })
}

fn bytes(hexadecimal: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if hexadecimal.len() != 2 * key.len() {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hexadecimal.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(key)
}

/// The routes.
pub(super) fn routes(discord: Arc<Discord>, verifier: Verifier) -> Router {
    Router::new()
        .route("/chat/discord/interaction", routing::post(interaction))
        .with_state(Door { discord, verifier })
}

async fn interaction(State(door): State<Door>, request: Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let body = match read(&parts.headers, body).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let statuses = &door.discord.core.statuses;
    if !is_signed(&door.verifier, &parts.headers, &body, clock::now_ms()) {
        statuses.count(Platform::Discord, |status| &status.bad_signatures);
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let payload = serde_json::from_slice::<Value>(&body).map_err(|_| unreadable());
    let Ok(interaction) = payload.and_then(|payload| Interaction::read(&payload)) else {
        statuses.count(Platform::Discord, |status| &status.malformed);
        tracing::warn!(bytes = body.len(), "Discord sent what cannot be read");
        return StatusCode::BAD_REQUEST.into_response();
    };
    let response = door.discord.take(interaction).await;
    if let Some(status) = statuses.of(Platform::Discord) {
        status.acknowledged(started.elapsed());
    }
    if let Some(acknowledged) = response.acknowledged {
        tokio::spawn(async move {
            tokio::time::sleep(READ_AFTER).await;
            acknowledged.tell(true);
        });
    }
    Json(response.body).into_response()
}

fn is_signed(verifier: &Verifier, headers: &HeaderMap, body: &[u8], now_ms: i64) -> bool {
    let (Some(signature), Some(timestamp)) = (single(headers, SIGNATURE), single(headers, TIMESTAMP)) else {
        return false;
    };
    let Ok(at_s) = timestamp.parse::<i64>() else { return false };
    at_s.abs_diff(now_ms / 1_000) <= AGE_MAX_S && verifier.verify(signature, timestamp, body).is_ok()
}

#[cfg(test)]
mod tests;
