//! The REST API: what happens to every call, and the table of routes.

mod application;
mod channels;
mod webhooks;

use crate::{
    budget::{Instead, Limit},
    limits,
    records::Call,
    refusal::Refusal,
    state::Fake,
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, OriginalUri, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use std::{sync::Arc, time::Duration};

/// Calls to one webhook, which is what an interaction's token names.
const WEBHOOK_LIMIT: Limit = Limit { requests: 5, window_ms: 2_000 };
/// Calls to one channel's messages.
const CHANNEL_LIMIT: Limit = Limit { requests: 5, window_ms: 5_000 };
/// Calls that change commands.
const COMMANDS_LIMIT: Limit = Limit { requests: 10, window_ms: 20_000 };
/// Any other call.
const OTHER_LIMIT: Limit = Limit { requests: 30, window_ms: 1_000 };

/// What handlers share.
type Shared = State<Arc<Fake>>;
/// What handlers answer.
type Answer = Result<Response, Refusal>;

/// The routes under `/api/v10`.
pub(crate) fn router(fake: &Arc<Fake>) -> Router {
    let commands = put(application::overwrite).get(application::commands).post(application::create);
    let command = get(application::command).patch(application::change).delete(application::remove);
    let response = get(webhooks::show).patch(webhooks::edit).delete(webhooks::delete);
    let message = get(channels::show).patch(channels::edit).delete(channels::delete);
    Router::new()
        .route("/gateway", get(application::gateway))
        .route("/gateway/bot", get(application::gateway_bot))
        .route("/users/@me", get(application::me))
        .route("/users/@me/guilds", get(application::guilds))
        .route("/users/@me/channels", post(channels::open_dm))
        .route("/users/{id}", get(channels::user))
        .route("/applications/@me", get(application::show))
        .route("/oauth2/applications/@me", get(application::show))
        .route("/applications/{id}/commands", commands)
        .route("/applications/{id}/commands/{command}", command)
        .route("/interactions/{id}/{token}/callback", post(webhooks::callback))
        .route("/webhooks/{application}/{token}", post(webhooks::follow_up))
        .route("/webhooks/{application}/{token}/messages/{message}", response)
        .route("/channels/{id}/messages", post(channels::post))
        .route("/channels/{id}/messages/{message}", message)
        .route("/channels/{id}/typing", post(channels::typing))
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
        .layer(middleware::from_fn_with_state(Arc::clone(fake), gate))
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .with_state(Arc::clone(fake))
}

/// Refuses, limits and records calls.
async fn gate(State(fake): Shared, OriginalUri(uri): OriginalUri, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    let at_ms = fake.state().now_ms();
    let fault = fake.state().budget.fault(&method, &path);
    if let Some(fault) = &fault {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    let injected = fault.and_then(|fault| fault.status.map(|status| (fault, status)));
    let mut limits = HeaderMap::new();
    let mut response = if let Some((fault, status)) = injected {
        let answer = fake.state().budget.instead(&fault, status);
        instead(answer)
    } else {
        match admit(&fake, &method, uri.path(), request.headers(), &mut limits) {
            Ok(()) => next.run(request).await,
            Err(refused) => *refused,
        }
    };
    response.headers_mut().extend(limits);
    let status = response.status();
    let mut state = fake.state();
    state.budget.count(status, at_ms);
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        state.reject(&format!("{method} {path}"), refusal);
    }
    state.calls.push(Call { method, path, status: status.as_u16(), at_ms });
    drop(state);
    fake.changed.notify_waiters();
    response
}

/// Whether a call may go on to its handler: token and limits. Fills in the headers of its bucket.
fn admit(
    fake: &Fake,
    method: &str,
    path: &str,
    sent: &HeaderMap,
    limits: &mut HeaderMap,
) -> Result<(), Box<Response>> {
    let mut state = fake.state();
    let now_ms = state.now_ms();
    if let Some(answer) = state.budget.shut_out(now_ms) {
        return Err(Box::new(instead(answer)));
    }
    let parts: Vec<&str> = path.trim_start_matches("/api/v10/").split('/').collect();
    let of_the_bot = needs_token(&parts);
    let expected = format!("Bot {}", fake.settings.bot_token);
    let given = sent.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if of_the_bot && (given != expected || state.gateway.token_was_reset()) {
        return Err(Box::new(Refusal::unauthorized().into_response()));
    }
    let global = if of_the_bot { state.budget.take_global(now_ms) } else { None };
    if let Some(answer) = global {
        return Err(Box::new(instead(answer)));
    }
    let Some((bucket, limit)) = bucket(method, &parts) else { return Ok(()) };
    let (headers, answer) = state.budget.take(&bucket, limit, now_ms);
    *limits = headers;
    answer.map_or(Ok(()), |answer| Err(Box::new(instead(answer))))
}

/// Interactions are answered with their own tokens, and the gateway's address is no secret.
fn needs_token(parts: &[&str]) -> bool {
    !matches!(parts, ["interactions" | "webhooks", ..] | ["gateway"])
}

/// The bucket a call draws from; answers to interactions draw from none.
fn bucket(method: &str, parts: &[&str]) -> Option<(String, Limit)> {
    match parts {
        ["interactions", ..] => None,
        ["webhooks", _, token, ..] => Some((format!("webhooks {token}"), WEBHOOK_LIMIT)),
        ["channels", channel, ..] => Some((format!("{method} channels {channel}"), CHANNEL_LIMIT)),
        ["applications", _, "commands", ..] if method != "GET" => {
            Some((format!("{method} commands"), COMMANDS_LIMIT))
        }
        _ => Some((format!("{method} {}", parts.join("/")), OTHER_LIMIT)),
    }
}

fn instead(answer: Instead) -> Response {
    let mut response = match answer.body {
        Some(body) => Json(body).into_response(),
        None => "error code: 1015".into_response(),
    };
    *response.status_mut() = answer.status;
    response.headers_mut().extend(answer.headers);
    response
}

/// An answer without a body.
fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
