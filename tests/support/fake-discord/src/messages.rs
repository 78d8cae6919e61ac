//! Messages: made, changed and taken back.

use crate::{
    check::{embeds, message::is_ephemeral},
    payload::File,
    records::{Attachment, Interaction, Message, Origin, Said},
    refusal::Refusal,
    state::State,
};
use serde_json::Value;

/// Makes a message that answers an interaction.
pub(crate) fn create(
    state: &mut State,
    interaction: &Interaction,
    origin: Origin,
    body: &Value,
    files: &[File],
) -> Result<String, Refusal> {
    let said = say(state, Said::default(), body, files)?;
    let message = of_interaction(state, interaction, origin, is_ephemeral(body), said);
    Ok(add(state, message))
}

/// Makes a message in a channel.
pub(crate) fn post(
    state: &mut State,
    channel: &str,
    body: &Value,
    files: &[File],
) -> Result<String, Refusal> {
    let said = say(state, Said::default(), body, files)?;
    let id = state.clock.next_id();
    let message = Message {
        id,
        origin: Origin::Channel,
        interaction: None,
        channel: channel.to_owned(),
        user: None,
        ephemeral: false,
        thinking: false,
        deleted: false,
        said,
        history: Vec::new(),
    };
    Ok(add(state, message))
}

/// Makes the message that says that the bot is thinking.
pub(crate) fn defer(state: &mut State, interaction: &Interaction, ephemeral: bool) -> String {
    let said = Said { at_ms: state.now_ms(), ..Said::default() };
    let mut message = of_interaction(state, interaction, Origin::Response, ephemeral, said);
    message.thinking = true;
    add(state, message)
}

/// Changes what a body names of a message.
pub(crate) fn edit(state: &mut State, id: &str, body: &Value, files: &[File]) -> Result<(), Refusal> {
    let before = state.message(id).ok_or_else(Refusal::unknown_message)?.said.clone();
    let said = say(state, before.clone(), body, files)?;
    let message = state.message_mut(id).ok_or_else(Refusal::unknown_message)?;
    message.history.push(before);
    message.said = said;
    message.thinking = false;
    Ok(())
}

/// Takes a message back.
pub(crate) fn delete(state: &mut State, id: &str) -> Result<(), Refusal> {
    state.message_mut(id).ok_or_else(Refusal::unknown_message)?.deleted = true;
    Ok(())
}

fn add(state: &mut State, message: Message) -> String {
    let id = message.id.clone();
    state.messages.push(message);
    id
}

fn of_interaction(
    state: &mut State,
    interaction: &Interaction,
    origin: Origin,
    ephemeral: bool,
    said: Said,
) -> Message {
    Message {
        id: state.clock.next_id(),
        origin,
        interaction: Some(interaction.id.clone()),
        channel: interaction.place.channel.clone(),
        user: Some(interaction.user.id.clone()),
        ephemeral,
        thinking: false,
        deleted: false,
        said,
        history: Vec::new(),
    }
}

/// What a message says once `body` is applied to what it said. Refuses to say nothing.
fn say(state: &mut State, mut said: Said, body: &Value, files: &[File]) -> Result<Said, Refusal> {
    let list = |key: &str| body[key].as_array().cloned().unwrap_or_default();
    let has = |key: &str| body.get(key).is_some();
    said.at_ms = state.now_ms();
    if has("content") {
        said.content = body["content"].as_str().unwrap_or_default().to_owned();
    }
    if has("embeds") {
        said.embeds = list("embeds");
    }
    if has("components") {
        said.components = list("components");
    }
    // Files listed by id stay; those not listed go. Without a list, all stay.
    if has("attachments") {
        let kept: Vec<Value> = list("attachments").into_iter().map(|file| file["id"].clone()).collect();
        said.attachments.retain(|file| kept.iter().any(|id| text_of(id) == file.id));
    }
    for file in files {
        let id = state.clock.next_id();
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let (filename, content_type, size) = (file.name.clone(), file.media.clone(), file.bytes.len());
        said.attachments.push(Attachment { id, filename, content_type, size, text });
    }
    watch_files(state, &said, body, files);
    let parts = [said.embeds.is_empty(), said.components.is_empty(), said.attachments.is_empty()];
    if said.content.trim().is_empty() && parts.iter().all(|empty| *empty) {
        return Err(Refusal::empty_message());
    }
    Ok(said)
}

/// Notes pictures and descriptions of files that did not come: Discord drops them silently.
fn watch_files(state: &mut State, said: &Said, body: &Value, files: &[File]) {
    for name in embeds::files_named(body) {
        if !said.attachments.iter().any(|file| file.filename == name) {
            state.violation("attachment", format!("an embed shows {name}, which is not attached"));
        }
    }
    let listed = body["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known = |id: &str| {
        files.iter().any(|file| file.number == id) || said.attachments.iter().any(|file| file.id == id)
    };
    let unknown: Vec<String> =
        listed.iter().map(|file| text_of(&file["id"])).filter(|id| !known(id)).collect();
    for id in unknown {
        state.violation("attachment", format!("attachments names {id}, which is not a file of this message"));
    }
}

/// An id, sent as text or as a number.
fn text_of(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
