//! Messages in channels, conversations with users, and users.

use super::{Answer, Shared, nothing};
use crate::{
    answers, messages, model,
    payload::Payload,
    records::{Message, Origin, Place, User},
    refusal::Refusal,
    state::State as Everything,
};
use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

/// `POST /channels/{id}/messages`. Every channel is one the bot may write in; tests inject the others.
pub(crate) async fn post(
    State(fake): Shared,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let payload = Payload::read(&headers, &body)?;
    answers::check_new(&payload.json, &payload.files)?;
    let mut state = fake.state();
    state.watch_mentions(&format!("message in channel {channel}"), &payload.json);
    let id = messages::post(&mut state, &channel, &payload.json, &payload.files)?;
    let message = find(&state, &channel, &id)?;
    Ok(Json(model::message(&state, message)).into_response())
}

/// `GET /channels/{id}/messages/{message}`.
pub(crate) async fn show(State(fake): Shared, Path((channel, id)): Path<(String, String)>) -> Answer {
    let state = fake.state();
    let message = find(&state, &channel, &id)?;
    Ok(Json(model::message(&state, message)).into_response())
}

/// `PATCH /channels/{id}/messages/{message}`.
pub(crate) async fn edit(
    State(fake): Shared,
    Path((channel, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let payload = Payload::read(&headers, &body)?;
    let mut state = fake.state();
    find(&state, &channel, &id)?;
    answers::edit(&mut state, &id, &payload.json, &payload.files)?;
    let message = find(&state, &channel, &id)?;
    Ok(Json(model::message(&state, message)).into_response())
}

/// `DELETE /channels/{id}/messages/{message}`.
pub(crate) async fn delete(State(fake): Shared, Path((channel, id)): Path<(String, String)>) -> Answer {
    let mut state = fake.state();
    find(&state, &channel, &id)?;
    messages::delete(&mut state, &id)?;
    Ok(nothing())
}

/// `POST /channels/{id}/typing`.
pub(crate) async fn typing() -> Answer {
    Ok(nothing())
}

/// `POST /users/@me/channels`: the conversation with a user.
pub(crate) async fn open_dm(State(fake): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let body = Payload::read(&headers, &body)?.json;
    let user = body["recipient_id"].as_str().map_or_else(|| body["recipient_id"].to_string(), str::to_owned);
    if user.parse::<u64>().is_err() {
        return Err(Refusal::unknown_user());
    }
    let mut state = fake.state();
    let channel = state.dm(&user);
    let place = Place { channel, dm: true, locale: String::new(), permissions: "0".to_owned() };
    let mut shown = model::channel(&place);
    let unseen = || User { name: format!("user-{user}"), id: user.clone() };
    let recipient = state.users.get(&user).cloned().unwrap_or_else(unseen);
    shown["recipients"] = json!([model::user(&recipient)]);
    Ok(Json(shown).into_response())
}

/// `GET /users/{id}`.
pub(crate) async fn user(State(fake): Shared, Path(id): Path<String>) -> Answer {
    let state = fake.state();
    let user = state.users.get(&id).ok_or_else(Refusal::unknown_user)?;
    Ok(Json(model::user(user)).into_response())
}

/// A message of a channel that the bot can reach there: those only one user sees, it cannot.
fn find<'s>(state: &'s Everything, channel: &str, id: &str) -> Result<&'s Message, Refusal> {
    let reachable = |message: &&Message| {
        message.channel == channel && (message.origin == Origin::Channel || !message.ephemeral)
    };
    state.message(id).filter(reachable).ok_or_else(Refusal::unknown_message)
}
