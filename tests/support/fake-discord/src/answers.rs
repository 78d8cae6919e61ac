//! The rules of answering an interaction: what may be the first response, and what may follow.

use crate::{
    check::{self, Form, message::is_ephemeral},
    limits, messages,
    payload::File,
    records::{Interaction, Kind, Modal, Origin},
    refusal::Refusal,
    state::State,
};
use serde_json::Value;

/// Answers with a message.
pub(crate) const MESSAGE: u64 = 4;
/// Says that a message will come.
pub(crate) const DEFER: u64 = 5;
/// Says that the clicked message will change.
pub(crate) const DEFER_UPDATE: u64 = 6;
/// Changes the clicked message.
pub(crate) const UPDATE: u64 = 7;
/// Offers choices.
pub(crate) const COMPLETION: u64 = 8;
/// Opens a modal.
pub(crate) const MODAL: u64 = 9;

/// Takes the first response to an interaction.
pub(crate) fn respond(state: &mut State, id: &str, body: &Value, files: &[File]) -> Result<(), Refusal> {
    let now_ms = state.now_ms();
    let interaction = state.interactions.get(id).ok_or_else(Refusal::unknown_interaction)?.clone();
    if interaction.response.is_some() {
        return Err(Refusal::already_acknowledged());
    }
    if now_ms - interaction.delivered_ms > limits::FIRST_RESPONSE_MS {
        return Err(Refusal::unknown_interaction());
    }
    let kind = body["type"].as_u64().unwrap_or(0);
    check_response(&interaction, kind, body, files)?;
    let data = &body["data"];
    let place = format!("response {kind} to interaction {id}");
    let (original, modal) = match kind {
        MESSAGE => {
            state.watch_mentions(&place, data);
            (Some(messages::create(state, &interaction, Origin::Response, data, files)?), None)
        }
        DEFER => (Some(messages::defer(state, &interaction, is_ephemeral(data))), None),
        DEFER_UPDATE => (interaction.source.clone(), None),
        UPDATE => {
            state.watch_mentions(&place, data);
            let source = interaction.source.clone().ok_or_else(Refusal::unknown_message)?;
            messages::edit(state, &source, data, files)?;
            (Some(source), None)
        }
        MODAL => (None, Some(show_modal(state, &interaction, data))),
        _ => (None, None),
    };
    let stored = state.interactions.get_mut(id).ok_or_else(Refusal::unknown_interaction)?;
    stored.response = Some((kind, body.clone(), now_ms));
    stored.original = original;
    stored.modal = modal;
    Ok(())
}

/// Whether an interaction of this kind takes a response of this type, and whether its data is right.
fn check_response(interaction: &Interaction, kind: u64, body: &Value, files: &[File]) -> Result<(), Refusal> {
    let allowed: &[u64] = match (interaction.kind, &interaction.source) {
        (Kind::Command, _) => &[MESSAGE, DEFER, MODAL],
        (Kind::Click, _) => &[MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL],
        (Kind::Autocomplete, _) => &[COMPLETION],
        (Kind::Submit, Some(_)) => &[MESSAGE, DEFER, DEFER_UPDATE, UPDATE],
        (Kind::Submit, None) => &[MESSAGE, DEFER],
    };
    let mut form = Form::default();
    if !allowed.contains(&kind) {
        let message = format!("Value must be one of {allowed:?} for this kind of interaction, not {kind}.");
        form.wrong_at("type", "BASE_TYPE_CHOICES", message);
        return form.finish();
    }
    let data = &body["data"];
    form.at("data", |form| match kind {
        MESSAGE | UPDATE => check::message::check(form, data, files),
        COMPLETION => check::choices::check_completion(form, data, interaction.option_kind),
        MODAL => check::modal::check(form, data),
        _ => {}
    });
    form.finish()?;
    check::message::check_sizes(files)
}

fn show_modal(state: &mut State, interaction: &Interaction, data: &Value) -> String {
    let id = state.clock.next_id();
    state.modals.push(Modal {
        id: id.clone(),
        interaction: interaction.id.clone(),
        user: interaction.user.id.clone(),
        custom_id: data["custom_id"].as_str().unwrap_or_default().to_owned(),
        title: data["title"].as_str().unwrap_or_default().to_owned(),
        components: data["components"].as_array().cloned().unwrap_or_default(),
        submitted: false,
    });
    id
}

/// The interaction of a token that can still be used.
pub(crate) fn alive(state: &State, application: &str, token: &str) -> Result<Interaction, Refusal> {
    if application != state.settings.application_id {
        return Err(Refusal::unknown_webhook());
    }
    let interaction = state.by_token(token).ok_or_else(Refusal::invalid_webhook_token)?;
    if state.now_ms() - interaction.delivered_ms > limits::TOKEN_MS {
        return Err(Refusal::invalid_webhook_token());
    }
    if interaction.response.is_none() {
        return Err(Refusal::unknown_webhook());
    }
    Ok(interaction.clone())
}

/// The message `@original` or an id names; one that belongs to this interaction.
pub(crate) fn find(state: &State, interaction: &Interaction, which: &str) -> Result<String, Refusal> {
    let id = match which {
        "@original" => interaction.original.clone().ok_or_else(Refusal::unknown_message)?,
        id => id.to_owned(),
    };
    let message = state.message(&id).ok_or_else(Refusal::unknown_message)?;
    let own = message.interaction.as_ref() == Some(&interaction.id) || interaction.original == Some(id);
    if own { Ok(message.id.clone()) } else { Err(Refusal::unknown_message()) }
}

/// Changes a message of an interaction.
pub(crate) fn edit(state: &mut State, id: &str, body: &Value, files: &[File]) -> Result<(), Refusal> {
    check_new(body, files)?;
    state.watch_mentions(&format!("edit of message {id}"), body);
    let message = state.message(id).ok_or_else(Refusal::unknown_message)?;
    if body["flags"].is_u64() && message.thinking && is_ephemeral(body) != message.ephemeral {
        note_changed(state, id);
    }
    messages::edit(state, id, body, files)
}

/// Adds a message to an interaction. The first after a deferral takes its place, and with it who may see it.
pub(crate) fn follow_up(
    state: &mut State,
    interaction: &Interaction,
    body: &Value,
    files: &[File],
) -> Result<String, Refusal> {
    check_new(body, files)?;
    state.watch_mentions(&format!("follow-up to interaction {}", interaction.id), body);
    let original = interaction.original.as_ref().and_then(|id| state.message(id));
    let thinking = original.filter(|message| message.thinking);
    let Some((id, ephemeral)) = thinking.map(|message| (message.id.clone(), message.ephemeral)) else {
        return messages::create(state, interaction, Origin::Followup, body, files);
    };
    if is_ephemeral(body) != ephemeral {
        note_changed(state, &id);
    }
    messages::edit(state, &id, body, files)?;
    Ok(id)
}

/// Checks a message that is no first response.
pub(crate) fn check_new(body: &Value, files: &[File]) -> Result<(), Refusal> {
    let mut form = Form::default();
    check::message::check(&mut form, body, files);
    form.finish()?;
    check::message::check_sizes(files)
}

fn note_changed(state: &mut State, id: &str) {
    let detail = format!("message {id}: what was deferred fixes who sees it; the flags now say otherwise");
    state.violation("ephemerality", detail);
}
