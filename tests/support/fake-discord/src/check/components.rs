//! Rows, buttons and selects of a message.

use super::{Form, Need};
use crate::limits;
use serde_json::Value;
use std::collections::HashSet;

/// A row.
pub(crate) const ROW: i64 = 1;
/// A button.
pub(crate) const BUTTON: i64 = 2;
/// A select of given texts.
pub(crate) const TEXT_SELECT: i64 = 3;
/// A text input, of modals only.
pub(crate) const TEXT_INPUT: i64 = 4;
/// A select of users, the first of those that Discord fills.
pub(crate) const USER_SELECT: i64 = 5;
/// A select of channels, the last of those that Discord fills.
pub(crate) const CHANNEL_SELECT: i64 = 8;
/// A button that opens an address.
pub(crate) const LINK_STYLE: i64 = 5;
/// A button that sells something.
const PREMIUM_STYLE: i64 = 6;

/// Says that a component may not stand where it does.
pub(crate) fn misplaced(form: &mut Form, component: &Value, allowed: &str) {
    let message = format!("Value of field \"type\" must be one of ({allowed}), not {}.", component["type"]);
    form.wrong_at("type", "UNION_TYPE_CHOICES", message);
}

/// Checks a message's components.
pub(crate) fn check(form: &mut Form, message: &Value) {
    let rows = form.list(message, "components", 0..=limits::ROWS_MAX);
    let mut ids = HashSet::new();
    form.at("components", |form| {
        for (index, row) in rows.iter().enumerate() {
            form.at(index, |form| check_row(form, row, &mut ids));
        }
    });
}

fn check_row<'v>(form: &mut Form, row: &'v Value, ids: &mut HashSet<&'v str>) {
    if row["type"].as_i64() != Some(ROW) {
        return misplaced(form, row, "1,");
    }
    let parts = form.list(row, "components", 1..=limits::BUTTONS_MAX);
    let selects = parts.iter().filter(|part| part["type"].as_i64() != Some(BUTTON)).count();
    if selects > 0 && parts.len() > 1 {
        let message = "A row holds up to five buttons or one select, not both";
        form.wrong_at("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
    }
    form.at("components", |form| {
        for (index, part) in parts.iter().enumerate() {
            form.at(index, |form| {
                match part["type"].as_i64() {
                    Some(BUTTON) => button(form, part),
                    Some(TEXT_SELECT) => text_select(form, part),
                    Some(USER_SELECT..=CHANNEL_SELECT) => select(form, part, limits::SELECT_OPTIONS_MAX),
                    _ => misplaced(form, part, "2, 3, 5, 6, 7, 8"),
                }
                let id = part["custom_id"].as_str().unwrap_or_default();
                let code = "COMPONENT_CUSTOM_ID_DUPLICATED";
                form.unique(ids, "custom_id", id, code);
            });
        }
    });
}

fn button(form: &mut Form, button: &Value) {
    form.text(button, "label", 0..=limits::BUTTON_LABEL_MAX, Need::Optional);
    let style = form.integer(button, "style", 1..=PREMIUM_STYLE);
    let labelled = !button["label"].as_str().unwrap_or_default().is_empty() || !button["emoji"].is_null();
    match style {
        None => form.required("style"),
        Some(PREMIUM_STYLE) => drop(form.text(button, "sku_id", 1..=limits::NAME_MAX, Need::Required)),
        Some(_) if !labelled => form.required("label"),
        Some(LINK_STYLE) => {
            form.link(button, "url", limits::LINK_MAX, &["http", "https", "discord"]);
            if !button["url"].is_string() {
                form.required("url");
            }
            if !button["custom_id"].is_null() {
                let message = "A custom id and url cannot both be specified";
                form.wrong_at("custom_id", "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", message);
            }
        }
        Some(_) => {
            custom_id(form, button);
            if !button["url"].is_null() {
                let message = "Only link buttons have a url";
                form.wrong_at("url", "BUTTON_COMPONENT_INVALID_STYLE", message);
            }
        }
    }
}

/// Checks the id of a component or a modal.
pub(crate) fn custom_id(form: &mut Form, part: &Value) {
    form.text(part, "custom_id", 1..=limits::CUSTOM_ID_MAX, Need::Required);
}

fn select(form: &mut Form, select: &Value, options: usize) {
    custom_id(form, select);
    form.text(select, "placeholder", 0..=limits::SELECT_PLACEHOLDER_MAX, Need::Optional);
    let most = i64::try_from(limits::SELECT_OPTIONS_MAX).unwrap_or(i64::MAX);
    let least = form.integer(select, "min_values", 0..=most).unwrap_or(1);
    let largest = form.integer(select, "max_values", 1..=most).unwrap_or(1);
    if least > largest {
        form.wrong_at("min_values", "BASE_TYPE_BAD_RANGE", "min_values is more than max_values");
    }
    if usize::try_from(largest).is_ok_and(|largest| largest > options) {
        let message = format!("Must be {options} or less: there are no more options");
        form.wrong_at("max_values", "BASE_TYPE_BAD_RANGE", message);
    }
}

fn text_select(form: &mut Form, part: &Value) {
    let options = form.list(part, "options", 1..=limits::SELECT_OPTIONS_MAX);
    select(form, part, options.len());
    let mut values = HashSet::new();
    form.at("options", |form| {
        let length = 1..=limits::SELECT_OPTION_TEXT_MAX;
        for (index, option) in options.iter().enumerate() {
            form.at(index, |form| {
                form.text(option, "label", length.clone(), Need::Required);
                form.text(option, "description", 0..=limits::SELECT_OPTION_TEXT_MAX, Need::Optional);
                let value = form.text(option, "value", length.clone(), Need::Required);
                form.unique(&mut values, "value", value, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED");
            });
        }
    });
    let chosen = options.iter().filter(|option| option["default"].as_bool() == Some(true)).count();
    let largest = part["max_values"].as_u64().and_then(|largest| usize::try_from(largest).ok()).unwrap_or(1);
    if chosen > largest {
        form.wrong_at("options", "SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More defaults than max_values");
    }
}
