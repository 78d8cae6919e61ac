//! Answers to interactions: the first by callback, the others through the webhook that the token names.

use super::{Answer, Shared, nothing};
use crate::{answers, messages, model, payload::Payload, refusal::Refusal, state::State as Everything};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    response::IntoResponse,
};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

/// `POST /interactions/{id}/{token}/callback`.
pub(crate) async fn callback(
    State(fake): Shared,
    Path((id, token)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let payload = Payload::read(&headers, &body)?;
    let mut state = fake.state();
    if state.interactions.get(&id).is_none_or(|interaction| interaction.token != token) {
        return Err(Refusal::unknown_interaction());
    }
    answers::respond(&mut state, &id, &payload.json, &payload.files)?;
    if !query.is_some_and(|query| query.contains("with_response=true")) {
        return Ok(nothing());
    }
    let original = state.interactions[&id].original.as_ref().and_then(|id| state.message(id));
    let message = original.map(|message| model::message(&state, message));
    let interaction = json!({"id": id, "type": state.interactions[&id].kind.number()});
    let resource = json!({"type": payload.json["type"], "message": message});
    Ok(Json(json!({"interaction": interaction, "resource": resource})).into_response())
}

/// `POST /webhooks/{application}/{token}`.
pub(crate) async fn follow_up(
    State(fake): Shared,
    Path((application, token)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let payload = Payload::read(&headers, &body)?;
    let mut state = fake.state();
    let interaction = answers::alive(&state, &application, &token)?;
    let id = answers::follow_up(&mut state, &interaction, &payload.json, &payload.files)?;
    shown(&state, &id)
}

/// `GET /webhooks/{application}/{token}/messages/{message}`.
pub(crate) async fn show(
    State(fake): Shared,
    Path((application, token, message)): Path<(String, String, String)>,
) -> Answer {
    let state = fake.state();
    let interaction = answers::alive(&state, &application, &token)?;
    let id = answers::find(&state, &interaction, &message)?;
    shown(&state, &id)
}

/// `PATCH /webhooks/{application}/{token}/messages/{message}`.
pub(crate) async fn edit(
    State(fake): Shared,
    Path((application, token, message)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let payload = Payload::read(&headers, &body)?;
    let mut state = fake.state();
    let interaction = answers::alive(&state, &application, &token)?;
    let id = answers::find(&state, &interaction, &message)?;
    answers::edit(&mut state, &id, &payload.json, &payload.files)?;
    shown(&state, &id)
}

/// `DELETE /webhooks/{application}/{token}/messages/{message}`.
pub(crate) async fn delete(
    State(fake): Shared,
    Path((application, token, message)): Path<(String, String, String)>,
) -> Answer {
    let mut state = fake.state();
    let interaction = answers::alive(&state, &application, &token)?;
    let id = answers::find(&state, &interaction, &message)?;
    messages::delete(&mut state, &id)?;
    Ok(nothing())
}

fn shown(state: &Everything, id: &str) -> Answer {
    let message = state.message(id).ok_or_else(Refusal::unknown_message)?;
    Ok(Json(model::message(state, message)).into_response())
}
