//! Messages.

use super::{Form, Need, components, embeds};
use crate::{limits, payload::File, refusal::Refusal};
use serde_json::Value;

/// The flag of a message only one user sees.
pub(crate) const EPHEMERAL: u64 = 1 << 6;
/// The flag of a message of the second generation of components, which the product does not use.
const COMPONENTS_V2: u64 = 1 << 15;

/// Checks what a message says, be it new or an edit.
pub(crate) fn check(form: &mut Form, message: &Value, files: &[File]) {
    form.text(message, "content", 0..=limits::CONTENT_MAX, Need::Optional);
    embeds::check(form, message);
    components::check(form, message);
    check_files(form, message, files);
    if message["flags"].as_u64().unwrap_or(0) & COMPONENTS_V2 != 0 {
        form.wrong_at("flags", "MESSAGE_CANNOT_USE_COMPONENTS_V2", "The stand-in knows no components V2");
    }
}

fn check_files(form: &mut Form, message: &Value, files: &[File]) {
    if files.len() > limits::FILES_MAX {
        let message = format!("Must be {} or fewer in length.", limits::FILES_MAX);
        form.wrong_at("attachments", "BASE_TYPE_BAD_LENGTH", message);
    }
    let attachments = form.list(message, "attachments", 0..=limits::FILES_MAX);
    form.at("attachments", |form| {
        for (index, attachment) in attachments.iter().enumerate() {
            form.at(index, |form| {
                form.text(attachment, "description", 0..=limits::FILE_DESCRIPTION_MAX, Need::Optional);
                if attachment["id"].is_null() {
                    form.required("id");
                }
            });
        }
    });
}

/// Refuses files that are too large.
pub(crate) fn check_sizes(files: &[File]) -> Result<(), Refusal> {
    let too_large = files.iter().any(|file| file.bytes.len() > limits::FILE_BYTES_MAX);
    if too_large { Err(Refusal::too_large()) } else { Ok(()) }
}

/// What is wrong with who a message would notify: it must say that it notifies nobody.
pub(crate) fn mentions_somebody(message: &Value) -> Option<String> {
    let allowed = &message["allowed_mentions"];
    if allowed.is_null() {
        return Some("allowed_mentions is missing".to_owned());
    }
    if !allowed["parse"].is_array() {
        return Some(format!("allowed_mentions has no parse: {allowed}"));
    }
    let filled = |key: &&str| allowed[*key].as_array().is_some_and(|list| !list.is_empty());
    let filled = ["parse", "users", "roles"].into_iter().find(filled)?;
    Some(format!("allowed_mentions.{filled} is not empty: {allowed}"))
}

/// Whether a message is for one user only.
pub(crate) fn is_ephemeral(message: &Value) -> bool {
    message["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0
}
