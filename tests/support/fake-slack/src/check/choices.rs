//! The options of selects, menus, checkboxes and radio buttons.

use crate::check::{
    limits::{
        CHECKBOXES_MAX, OPTION_TEXT_CHARS_MAX, OPTION_VALUE_CHARS_MAX, OVERFLOW_OPTIONS_MAX,
        SELECT_OPTIONS_MAX, URL_CHARS_MAX,
    },
    report::{Report, Style},
};
use serde_json::Value;

/// What the options belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A select whose options are in the payload.
    Select,
    /// Suggestions, of which there may be none.
    Suggested,
    /// An overflow menu.
    Overflow,
    /// Checkboxes or radio buttons.
    Boxes,
}

/// Checks `options`, or `option_groups` where a select has them instead, and that what is chosen at first is offered.
pub(super) fn choices(element: &Value, at: &str, kind: Kind, report: &mut Report) {
    let groups = matches!(kind, Kind::Select | Kind::Suggested) && !element["option_groups"].is_null();
    if groups != element["options"].is_null() {
        return report.problem(at, "must have either options or option_groups");
    }
    let mut offered = Vec::new();
    if groups {
        for (at, group) in report.items(element, "option_groups", at, SELECT_OPTIONS_MAX) {
            report.keys(group, &at, &["label", "options"]);
            report.required_text(group, "label", &at, Style::Plain, OPTION_TEXT_CHARS_MAX);
            offered.extend(options(group, &at, kind, report));
        }
    } else {
        offered = options(element, at, kind, report);
    }
    for option in initial(element) {
        let same = |other: &&&Value| {
            other["value"] == option["value"] && other["text"]["text"] == option["text"]["text"]
        };
        if offered.iter().find(same).is_none() {
            report.problem(at, "initial option is not among the options");
        }
    }
}

/// Checks a select whose options are asked for: what it starts with has the shape of an option.
pub(super) fn external(element: &Value, at: &str, report: &mut Report) {
    let min = &element["min_query_length"];
    if !min.is_null() && !min.is_u64() {
        report.problem(&format!("{at}/min_query_length"), "must be a whole number");
    }
    for option in initial(element) {
        one(option, at, Kind::Suggested, report);
    }
}

/// What is chosen at first.
fn initial(element: &Value) -> impl Iterator<Item = &Value> {
    let one = Some(&element["initial_option"]).filter(|option| !option.is_null());
    let several = element["initial_options"].as_array().into_iter().flatten();
    one.into_iter().chain(several)
}

fn options<'a>(holder: &'a Value, at: &str, kind: Kind, report: &mut Report) -> Vec<&'a Value> {
    let max = match kind {
        Kind::Select | Kind::Suggested => SELECT_OPTIONS_MAX,
        Kind::Overflow => OVERFLOW_OPTIONS_MAX,
        Kind::Boxes => CHECKBOXES_MAX,
    };
    if kind == Kind::Suggested && holder["options"].as_array().is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    let items = report.items(holder, "options", at, max);
    for (at, option) in &items {
        one(option, at, kind, report);
    }
    items.into_iter().map(|(_, option)| option).collect()
}

/// Checks one option.
fn one(option: &Value, at: &str, kind: Kind, report: &mut Report) {
    report.keys(option, at, &["text", "value", "description", "url"]);
    let style = if kind == Kind::Boxes { Style::Any } else { Style::Plain };
    report.required_text(option, "text", at, style, OPTION_TEXT_CHARS_MAX);
    report.required(option, "value", at, OPTION_VALUE_CHARS_MAX);
    report.text(option, "description", at, style, OPTION_TEXT_CHARS_MAX);
    report.address(option, "url", at, URL_CHARS_MAX);
    if kind != Kind::Overflow && !option["url"].is_null() {
        report.problem(at, "invalid additional property: url");
    }
}
