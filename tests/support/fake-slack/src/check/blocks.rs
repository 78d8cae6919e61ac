//! Each kind of block.

use crate::check::{
    elements::{self, Holder},
    limits::{
        ACTIONS_ELEMENTS_MAX, CONTEXT_ELEMENTS_MAX, FIELD_CHARS_MAX, FIELDS_MAX, HEADER_CHARS_MAX,
        LABEL_CHARS_MAX, MARKDOWN_CHARS_MAX, MESSAGE_BLOCKS_MAX, TABLE_COLUMNS_MAX, TABLE_ROWS_MAX,
        TEXT_CHARS_MAX, URL_CHARS_MAX, VIEW_BLOCKS_MAX,
    },
    report::{Report, Style, length},
};
use serde_json::Value;
use std::collections::HashSet;

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// In a message.
    Message,
    /// In a modal.
    Modal,
    /// In a home tab.
    Home,
}

/// Checks a list of blocks.
pub(super) fn check(blocks: &[Value], at: &str, surface: Surface, report: &mut Report) {
    let max = if surface == Surface::Message { MESSAGE_BLOCKS_MAX } else { VIEW_BLOCKS_MAX };
    if blocks.len() > max {
        report.problem(at, format!("no more than {max} items allowed"));
    }
    let mut ids = HashSet::new();
    for (index, block) in blocks.iter().enumerate() {
        let at = format!("{at}/{index}");
        report.id(block, "block_id", &at, &mut ids);
        one(block, &at, surface, report);
    }
    let markdown = blocks.iter().filter(|block| block["type"] == "markdown");
    let characters: usize = markdown.map(|block| length(block["text"].as_str().unwrap_or_default())).sum();
    if characters > MARKDOWN_CHARS_MAX {
        report.problem(at, format!("markdown must be less than {} characters", MARKDOWN_CHARS_MAX + 1));
    }
}

fn one(block: &Value, at: &str, surface: Surface, report: &mut Report) {
    let mut actions = HashSet::new();
    match (block["type"].as_str().unwrap_or("none"), surface) {
        ("section", _) => section(block, at, &mut actions, report),
        ("header", _) => {
            report.keys(block, at, &["block_id", "text", "level"]);
            report.required_text(block, "text", at, Style::Plain, HEADER_CHARS_MAX);
        }
        ("divider", _) => report.keys(block, at, &["block_id"]),
        ("image", _) => {
            report.keys(block, at, &["block_id", "image_url", "slack_file", "alt_text", "title"]);
            image(block, at, report);
            report.text(block, "title", at, Style::Plain, LABEL_CHARS_MAX);
        }
        ("actions", _) => {
            report.keys(block, at, &["block_id", "elements"]);
            for (at, element) in report.items(block, "elements", at, ACTIONS_ELEMENTS_MAX) {
                elements::check(element, &at, Holder::Actions, &mut actions, report);
            }
        }
        ("context", _) => context(block, at, report),
        ("input", _) => input(block, at, &mut actions, report),
        ("markdown", Surface::Message) => {
            report.keys(block, at, &["block_id", "text"]);
            report.required(block, "text", at, MARKDOWN_CHARS_MAX);
        }
        ("table", Surface::Message) => table(block, at, report),
        ("rich_text", _) => {
            report.keys(block, at, &["block_id", "elements"]);
            rich_text(block, at, report);
        }
        (kind, _) => report.problem(&format!("{at}/type"), format!("unsupported type: {kind}")),
    }
}

fn section(block: &Value, at: &str, actions: &mut HashSet<String>, report: &mut Report) {
    report.keys(block, at, &["block_id", "text", "fields", "accessory", "expand"]);
    if block["text"].is_null() && block["fields"].is_null() {
        report.problem(at, "missing required field: text or fields");
    }
    report.text(block, "text", at, Style::Any, TEXT_CHARS_MAX);
    if !block["fields"].is_null() {
        for (at, field) in report.items(block, "fields", at, FIELDS_MAX) {
            report.text_object(field, &at, Style::Any, FIELD_CHARS_MAX);
        }
    }
    if !block["accessory"].is_null() {
        elements::check(&block["accessory"], &format!("{at}/accessory"), Holder::Section, actions, report);
    }
}

fn context(block: &Value, at: &str, report: &mut Report) {
    report.keys(block, at, &["block_id", "elements"]);
    for (at, element) in report.items(block, "elements", at, CONTEXT_ELEMENTS_MAX) {
        if element["type"] == "image" {
            report.keys(element, &at, &["image_url", "slack_file", "alt_text"]);
            image(element, &at, report);
        } else {
            report.text_object(element, &at, Style::Any, TEXT_CHARS_MAX);
        }
    }
}

/// What an image needs, as a block or as an element.
pub(super) fn image(image: &Value, at: &str, report: &mut Report) {
    if image["image_url"].is_null() == image["slack_file"].is_null() {
        report.problem(at, "must have either image_url or slack_file");
    }
    report.address(image, "image_url", at, URL_CHARS_MAX);
    report.required(image, "alt_text", at, LABEL_CHARS_MAX);
}

fn input(block: &Value, at: &str, actions: &mut HashSet<String>, report: &mut Report) {
    report.keys(block, at, &["block_id", "label", "element", "hint", "optional", "dispatch_action"]);
    report.required_text(block, "label", at, Style::Plain, LABEL_CHARS_MAX);
    report.text(block, "hint", at, Style::Plain, LABEL_CHARS_MAX);
    elements::check(&block["element"], &format!("{at}/element"), Holder::Input, actions, report);
}

fn table(block: &Value, at: &str, report: &mut Report) {
    report.keys(block, at, &["block_id", "rows", "column_settings"]);
    if !block["column_settings"].is_null() {
        for (at, column) in report.items(block, "column_settings", at, TABLE_COLUMNS_MAX) {
            // A column without settings may be null.
            if !column.is_null() {
                report.keys(column, &at, &["align", "is_wrapped"]);
                report.one_of(column, "align", &at, &["left", "center", "right"]);
            }
        }
    }
    for (at, row) in report.items(block, "rows", at, TABLE_ROWS_MAX) {
        let Some(cells) = row.as_array() else {
            report.problem(&at, "must be an array");
            continue;
        };
        report.count(cells.len(), &at, TABLE_COLUMNS_MAX);
        for (index, cell) in cells.iter().enumerate() {
            let at = format!("{at}/{index}");
            match cell["type"].as_str() {
                Some("raw_text") => {
                    report.keys(cell, &at, &["text"]);
                    report.required(cell, "text", &at, TEXT_CHARS_MAX);
                }
                Some("rich_text") => rich_text(cell, &at, report),
                kind => report.problem(&at, format!("unsupported type: {}", kind.unwrap_or("none"))),
            }
        }
    }
}

/// The parts of rich text; what a part holds is not checked.
fn rich_text(block: &Value, at: &str, report: &mut Report) {
    let parts = ["rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"];
    let Some(elements) = block["elements"].as_array() else {
        return report.problem(at, "missing required field: elements");
    };
    for (index, part) in elements.iter().enumerate() {
        let at = format!("{at}/elements/{index}");
        if !part["elements"].is_array() {
            report.problem(&at, "missing required field: elements");
        }
        if part["type"].is_null() {
            report.problem(&at, "missing required field: type");
        }
        report.one_of(part, "type", &at, &parts);
    }
}
