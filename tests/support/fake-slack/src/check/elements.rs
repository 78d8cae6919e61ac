//! Each kind of interactive element.

use crate::check::{
    blocks,
    choices::{Kind, choices, external},
    limits::{
        BUTTON_TEXT_CHARS_MAX, BUTTON_VALUE_CHARS_MAX, CONFIRM_CHARS_MAX, INPUT_CHARS_MAX,
        PLACEHOLDER_CHARS_MAX, URL_CHARS_MAX,
    },
    report::{Report, Style},
};
use serde_json::Value;
use std::collections::HashSet;

/// What an element is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// At the side of a section.
    Section,
    /// In an actions block.
    Actions,
    /// In an input block.
    Input,
}

const EVERYWHERE: &[&str] = &[
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "datepicker",
    "timepicker",
    "checkboxes",
    "radio_buttons",
];
const MULTI: &[&str] = &[
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
];
const TYPED: &[&str] =
    &["plain_text_input", "number_input", "url_text_input", "email_text_input", "datetimepicker"];

fn allowed(kind: &str, holder: Holder) -> bool {
    let own = match holder {
        Holder::Section => kind == "button" || kind == "overflow" || kind == "image" || MULTI.contains(&kind),
        Holder::Actions => kind == "button" || kind == "overflow" || kind == "datetimepicker",
        Holder::Input => MULTI.contains(&kind) || TYPED.contains(&kind),
    };
    own || EVERYWHERE.contains(&kind)
}

/// Checks an element; `actions` are the ids seen in its block.
pub(super) fn check(
    element: &Value,
    at: &str,
    holder: Holder,
    actions: &mut HashSet<String>,
    report: &mut Report,
) {
    let kind = element["type"].as_str().unwrap_or("none");
    if !allowed(kind, holder) {
        return report.problem(&format!("{at}/type"), format!("unsupported type: {kind}"));
    }
    report.id(element, "action_id", at, actions);
    confirm(&element["confirm"], &format!("{at}/confirm"), report);
    report.text(element, "placeholder", at, Style::Plain, PLACEHOLDER_CHARS_MAX);
    report.keys(
        element,
        at,
        &[keys(kind), &["action_id", "confirm", "placeholder", "focus_on_load"]].concat(),
    );
    match kind {
        "image" => blocks::image(element, at, report),
        "button" => button(element, at, report),
        "static_select" | "multi_static_select" => choices(element, at, Kind::Select, report),
        "external_select" | "multi_external_select" => external(element, at, report),
        "overflow" => choices(element, at, Kind::Overflow, report),
        "checkboxes" | "radio_buttons" => choices(element, at, Kind::Boxes, report),
        "number_input" if !element["is_decimal_allowed"].is_boolean() => {
            report.problem(at, "missing required field: is_decimal_allowed");
        }
        _ => {}
    }
    if TYPED.contains(&kind) && kind != "datetimepicker" {
        typed(element, at, report);
    }
}

/// What an element of this kind may have beside what all may.
fn keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "image" => &["image_url", "slack_file", "alt_text"],
        "button" => &["text", "url", "value", "style", "accessibility_label"],
        "static_select" => &["options", "option_groups", "initial_option"],
        "multi_static_select" => &["options", "option_groups", "initial_options", "max_selected_items"],
        "external_select" => &["initial_option", "min_query_length"],
        "multi_external_select" => &["initial_options", "min_query_length", "max_selected_items"],
        "users_select" => &["initial_user"],
        "multi_users_select" => &["initial_users", "max_selected_items"],
        "conversations_select" => {
            &["initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter"]
        }
        "multi_conversations_select" => {
            &["initial_conversations", "default_to_current_conversation", "max_selected_items", "filter"]
        }
        "channels_select" => &["initial_channel", "response_url_enabled"],
        "multi_channels_select" => &["initial_channels", "max_selected_items"],
        "overflow" => &["options"],
        "checkboxes" => &["options", "initial_options"],
        "radio_buttons" => &["options", "initial_option"],
        "datepicker" => &["initial_date"],
        "timepicker" => &["initial_time", "timezone"],
        "datetimepicker" => &["initial_date_time"],
        "plain_text_input" => {
            &["initial_value", "multiline", "min_length", "max_length", "dispatch_action_config"]
        }
        "number_input" => {
            &["initial_value", "is_decimal_allowed", "min_value", "max_value", "dispatch_action_config"]
        }
        _ => &["initial_value", "dispatch_action_config"],
    }
}

fn button(element: &Value, at: &str, report: &mut Report) {
    report.required_text(element, "text", at, Style::Plain, BUTTON_TEXT_CHARS_MAX);
    report.string(element, "value", at, BUTTON_VALUE_CHARS_MAX);
    report.address(element, "url", at, URL_CHARS_MAX);
    report.one_of(element, "style", at, &["primary", "danger"]);
    report.string(element, "accessibility_label", at, BUTTON_TEXT_CHARS_MAX);
}

fn typed(element: &Value, at: &str, report: &mut Report) {
    report.string(element, "initial_value", at, INPUT_CHARS_MAX);
    for key in ["min_length", "max_length"] {
        let Some(length) = element[key].as_u64() else { continue };
        if length > INPUT_CHARS_MAX as u64 || (key == "max_length" && length == 0) {
            report.problem(&format!("{at}/{key}"), format!("must be between 1 and {INPUT_CHARS_MAX}"));
        }
    }
    let max = element["max_length"].as_u64().unwrap_or(INPUT_CHARS_MAX as u64);
    if element["initial_value"].as_str().is_some_and(|text| text.chars().count() as u64 > max) {
        report.problem(&format!("{at}/initial_value"), "must not be longer than max_length");
    }
}

fn confirm(confirm: &Value, at: &str, report: &mut Report) {
    if confirm.is_null() {
        return;
    }
    report.keys(confirm, at, &["title", "text", "confirm", "deny", "style"]);
    report.one_of(confirm, "style", at, &["primary", "danger"]);
    for (key, max) in CONFIRM_CHARS_MAX {
        let style = if key == "text" { Style::Any } else { Style::Plain };
        report.required_text(confirm, key, at, style, max);
    }
}
