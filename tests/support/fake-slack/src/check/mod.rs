//! Refuses what Slack refuses: messages and views past its limits, or of a shape it does not know.
//!
//! Stricter than Slack in one point: a message with blocks must have `text` too, since notifications and screen
//! readers show nothing else.

mod blocks;
mod choices;
mod elements;
pub(crate) mod limits;
mod report;
#[cfg(test)]
mod tests;

use crate::refusal::Refusal;
use blocks::Surface;
use limits::{
    ATTACHMENTS_MAX, ID_CHARS_MAX, MARKDOWN_CHARS_MAX, MESSAGE_BLOCKS_CHARS_MAX, MESSAGE_TEXT_CHARS_MAX,
    MODAL_LABEL_CHARS_MAX, PRIVATE_METADATA_CHARS_MAX, VIEW_BYTES_MAX,
};
use report::{Report, Style, length};
use serde_json::Value;

/// Checks a message's `text`, `blocks` and `attachments`.
pub(crate) fn message(content: &Value) -> Result<(), Refusal> {
    let text = content["text"].as_str().unwrap_or_default();
    if let Some(markdown) = content["markdown_text"].as_str() {
        return markdown_text(content, markdown);
    }
    if text.is_empty() {
        return Err(Refusal::new("no_text"));
    }
    if length(text) > MESSAGE_TEXT_CHARS_MAX {
        return Err(Refusal::new("msg_too_long"));
    }
    let mut report = Report::default();
    message_blocks(&content["blocks"], "", &mut report)?;
    attachments(&content["attachments"], &mut report)?;
    if !report.problems.is_empty() {
        return Err(Refusal::because("invalid_blocks", report.problems));
    }
    if characters(&content["blocks"]) + characters(&content["attachments"]) > MESSAGE_BLOCKS_CHARS_MAX {
        return Err(Refusal::new("msg_blocks_too_long"));
    }
    Ok(())
}

fn markdown_text(content: &Value, markdown: &str) -> Result<(), Refusal> {
    if !content["text"].is_null() || !content["blocks"].is_null() {
        return Err(Refusal::new("markdown_text_conflict"));
    }
    match length(markdown) {
        0 => Err(Refusal::new("no_text")),
        1..=MARKDOWN_CHARS_MAX => Ok(()),
        _ => Err(Refusal::new("msg_too_long")),
    }
}

fn message_blocks(blocks: &Value, at: &str, report: &mut Report) -> Result<(), Refusal> {
    if blocks.is_null() {
        return Ok(());
    }
    let Some(list) = blocks.as_array() else { return Err(Refusal::new("invalid_blocks_format")) };
    if list.iter().filter(|block| block["type"] == "table").count() > 1 {
        return Err(Refusal::new("only_one_table_allowed"));
    }
    blocks::check(list, &format!("{at}/blocks"), Surface::Message, report);
    Ok(())
}

fn attachments(attachments: &Value, report: &mut Report) -> Result<(), Refusal> {
    if attachments.is_null() {
        return Ok(());
    }
    let Some(list) = attachments.as_array() else { return Err(Refusal::new("invalid_attachments")) };
    if list.len() > ATTACHMENTS_MAX {
        return Err(Refusal::new("too_many_attachments"));
    }
    for (index, attachment) in list.iter().enumerate() {
        message_blocks(&attachment["blocks"], &format!("/attachments/{index}"), report)?;
    }
    Ok(())
}

/// All the text in blocks, which is what trips `msg_blocks_too_long`.
fn characters(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(characters).sum(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) if key == "text" => length(text),
                value => characters(value),
            })
            .sum(),
        _ => 0,
    }
}

/// Checks a view; `kind` is `modal` or `home`.
pub(crate) fn view(view: &Value, kind: &str) -> Result<(), Refusal> {
    if view.to_string().len() > VIEW_BYTES_MAX {
        return Err(Refusal::new("view_too_large"));
    }
    let mut report = Report::default();
    if view["type"] != kind {
        report.problem("/view/type", format!("must be {kind}"));
    }
    let surface = if kind == "modal" { Surface::Modal } else { Surface::Home };
    if surface == Surface::Modal {
        modal(view, &mut report);
    } else {
        report.keys(view, "/view", &["blocks", "private_metadata", "callback_id", "external_id"]);
    }
    report.string(view, "private_metadata", "/view", PRIVATE_METADATA_CHARS_MAX);
    report.string(view, "callback_id", "/view", ID_CHARS_MAX);
    report.string(view, "external_id", "/view", ID_CHARS_MAX);
    match view["blocks"].as_array() {
        Some(list) => blocks::check(list, "/view/blocks", surface, &mut report),
        None => report.problem("/view", "missing required field: blocks"),
    }
    if report.problems.is_empty() {
        return Ok(());
    }
    Err(Refusal::because("invalid_arguments", report.problems))
}

fn modal(view: &Value, report: &mut Report) {
    let keys = [
        "title",
        "blocks",
        "close",
        "submit",
        "private_metadata",
        "callback_id",
        "external_id",
        "clear_on_close",
        "notify_on_close",
        "submit_disabled",
    ];
    report.keys(view, "/view", &keys);
    report.required_text(view, "title", "/view", Style::Plain, MODAL_LABEL_CHARS_MAX);
    report.text(view, "submit", "/view", Style::Plain, MODAL_LABEL_CHARS_MAX);
    report.text(view, "close", "/view", Style::Plain, MODAL_LABEL_CHARS_MAX);
    let inputs =
        view["blocks"].as_array().is_some_and(|list| list.iter().any(|block| block["type"] == "input"));
    if inputs && view["submit"].is_null() {
        report
            .problem("/view", "submit is required when an input is present: missing required field: submit");
    }
}

/// Checks the answer to a `block_suggestion`.
pub(crate) fn suggestions(answer: &Value) -> Result<(), Refusal> {
    let mut report = Report::default();
    choices::choices(answer, "", choices::Kind::Suggested, &mut report);
    report.keys(answer, "", &["options", "option_groups"]);
    if report.problems.is_empty() {
        return Ok(());
    }
    Err(Refusal::because("invalid_options", report.problems))
}
