//! The application, its commands, and where its gateway is.

use super::{Answer, Shared, nothing};
use crate::{
    check::{Form, commands},
    limits, model,
    payload::Payload,
    refusal::Refusal,
    state::State as Everything,
};
use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// `GET /gateway`.
pub(crate) async fn gateway(State(fake): Shared) -> Answer {
    Ok(Json(json!({"url": format!("ws://{}", fake.settings.address)})).into_response())
}

/// `GET /gateway/bot`.
pub(crate) async fn gateway_bot(State(fake): Shared) -> Answer {
    let mut state = fake.state();
    let now_ms = state.now_ms();
    let limit = state.gateway.session_start_limit(now_ms);
    let url = format!("ws://{}", fake.settings.address);
    Ok(Json(json!({"url": url, "shards": 1, "session_start_limit": limit})).into_response())
}

/// `GET /users/@me`.
pub(crate) async fn me(State(fake): Shared) -> Answer {
    Ok(Json(model::bot(&fake.settings)).into_response())
}

/// `GET /users/@me/guilds`: the one server.
pub(crate) async fn guilds(State(fake): Shared) -> Answer {
    let (id, name) = (&fake.settings.guild, &fake.settings.guild_name);
    let guild = json!({
        "id": id, "name": name, "icon": null, "owner": false, "permissions": model::BOT_PERMISSIONS, "features": [],
    });
    Ok(Json(json!([guild])).into_response())
}

/// `GET /applications/@me`.
pub(crate) async fn show(State(fake): Shared) -> Answer {
    Ok(Json(model::application(&fake.settings, &fake.keys.public_hex())).into_response())
}

/// `GET /applications/{id}/commands`.
pub(crate) async fn commands(State(fake): Shared, Path(id): Path<String>) -> Answer {
    let state = fake.state();
    own(&state, &id)?;
    Ok(Json(&state.commands).into_response())
}

/// `PUT /applications/{id}/commands`: these, and no others.
pub(crate) async fn overwrite(
    State(fake): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let mut state = fake.state();
    own(&state, &id)?;
    let body = Payload::read(&headers, &body)?.json;
    let Some(wanted) = body.as_array() else {
        let mut form = Form::default();
        form.wrong("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType.");
        form.finish()?;
        return Err(Refusal::invalid_json());
    };
    if wanted.len() > limits::COMMANDS_MAX {
        return Err(Refusal::too_many_commands());
    }
    let mut form = Form::default();
    commands::check_all(&mut form, wanted);
    form.finish()?;
    let stored: Vec<Value> = wanted.iter().map(|command| registered(&mut state, command)).collect();
    state.commands = stored;
    Ok(Json(&state.commands).into_response())
}

/// `POST /applications/{id}/commands`: this one too, in place of one of the same name.
pub(crate) async fn create(
    State(fake): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let mut state = fake.state();
    own(&state, &id)?;
    let command = Payload::read(&headers, &body)?.json;
    checked(&command)?;
    let stored = registered(&mut state, &command);
    let before = state.commands.len();
    state.commands.retain(|other| other["id"] != stored["id"]);
    let status = if state.commands.len() < before { StatusCode::OK } else { StatusCode::CREATED };
    if state.commands.len() >= limits::COMMANDS_MAX {
        return Err(Refusal::too_many_commands());
    }
    state.commands.push(stored.clone());
    Ok((status, Json(stored)).into_response())
}

/// `GET /applications/{id}/commands/{command}`.
pub(crate) async fn command(State(fake): Shared, Path((id, command)): Path<(String, String)>) -> Answer {
    let state = fake.state();
    own(&state, &id)?;
    let found = state.commands.iter().find(|other| other["id"] == command.as_str());
    Ok(Json(found.ok_or_else(Refusal::unknown_command)?).into_response())
}

/// `PATCH /applications/{id}/commands/{command}`: what the body names, changed.
pub(crate) async fn change(
    State(fake): Shared,
    Path((id, command)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let mut state = fake.state();
    own(&state, &id)?;
    let body = Payload::read(&headers, &body)?.json;
    let found = state.commands.iter_mut().find(|other| other["id"] == command.as_str());
    let found = found.ok_or_else(Refusal::unknown_command)?;
    let mut changed = found.clone();
    for (key, value) in body.as_object().into_iter().flatten() {
        changed[key] = value.clone();
    }
    checked(&changed)?;
    *found = changed.clone();
    Ok(Json(changed).into_response())
}

/// `DELETE /applications/{id}/commands/{command}`.
pub(crate) async fn remove(State(fake): Shared, Path((id, command)): Path<(String, String)>) -> Answer {
    let mut state = fake.state();
    own(&state, &id)?;
    let before = state.commands.len();
    state.commands.retain(|other| other["id"] != command.as_str());
    if state.commands.len() == before { Err(Refusal::unknown_command()) } else { Ok(nothing()) }
}

fn own(state: &Everything, id: &str) -> Result<(), Refusal> {
    if id == state.settings.application_id { Ok(()) } else { Err(Refusal::unknown_application()) }
}

fn checked(command: &Value) -> Result<(), Refusal> {
    let mut form = Form::default();
    commands::check(&mut form, command);
    form.finish()
}

/// A command as Discord keeps it: one of the same name keeps its id.
fn registered(state: &mut Everything, command: &Value) -> Value {
    let kind = if command["type"].is_null() { json!(1) } else { command["type"].clone() };
    let same = |other: &&Value| other["name"] == command["name"] && other["type"] == kind;
    let id = state.commands.iter().find(same).map(|other| other["id"].clone());
    let id = id.unwrap_or_else(|| state.clock.next_id().into());
    let mut stored = command.clone();
    stored["id"] = id;
    stored["type"] = kind;
    stored["application_id"] = state.settings.application_id.clone().into();
    stored["version"] = state.clock.next_id().into();
    for (key, value) in [
        ("default_member_permissions", Value::Null),
        ("description", json!("")),
        ("nsfw", json!(false)),
        ("options", json!([])),
    ] {
        if stored[key].is_null() {
            stored[key] = value;
        }
    }
    stored
}
