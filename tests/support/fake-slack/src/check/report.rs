//! What is found wrong, and the checks that every part of a payload needs.

use crate::check::limits::{ID_CHARS_MAX, TEXT_CHARS_MAX};
use serde_json::Value;
use std::{collections::HashSet, fmt::Display};

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(super) problems: Vec<String>,
}

/// Which text objects a place takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Only `plain_text`.
    Plain,
    /// `plain_text` or `mrkdwn`.
    Any,
}

/// The length as Slack counts it, after escaping.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

impl Report {
    /// Notes a problem in Slack's words.
    pub(super) fn problem(&mut self, at: &str, what: impl Display) {
        self.problems.push(format!("[ERROR] {what} [json-pointer:{at}]"));
    }

    /// Only these keys, beside `type`.
    pub(super) fn keys(&mut self, value: &Value, at: &str, allowed: &[&str]) {
        let Some(object) = value.as_object() else { return self.problem(at, "must be an object") };
        for key in object.keys().filter(|key| *key != "type" && !allowed.contains(&key.as_str())) {
            self.problem(at, format!("invalid additional property: {key}"));
        }
    }

    /// A string that may be absent.
    pub(super) fn string(&mut self, object: &Value, key: &str, at: &str, max: usize) {
        let at = format!("{at}/{key}");
        match &object[key] {
            Value::Null => {}
            Value::String(text) if length(text) > max => self.too_long(&at, max),
            Value::String(_) => {}
            _ => self.problem(&at, "must be a string"),
        }
    }

    /// A string that must be there and say something.
    pub(super) fn required(&mut self, object: &Value, key: &str, at: &str, max: usize) {
        match object[key].as_str() {
            None => self.problem(at, format!("missing required field: {key}")),
            Some("") => self.problem(&format!("{at}/{key}"), "must be more than 0 characters"),
            Some(_) => self.string(object, key, at, max),
        }
    }

    /// An id: up to 255 characters, and not in `seen` yet.
    pub(super) fn id(&mut self, object: &Value, key: &str, at: &str, seen: &mut HashSet<String>) {
        self.string(object, key, at, ID_CHARS_MAX);
        if let Some(id) = object[key].as_str()
            && !seen.insert(id.to_owned())
        {
            self.problem(&format!("{at}/{key}"), format!("duplicate {key}: {id}"));
        }
    }

    /// A text object that may be absent.
    pub(super) fn text(&mut self, object: &Value, key: &str, at: &str, style: Style, max: usize) {
        if !object[key].is_null() {
            self.text_object(&object[key], &format!("{at}/{key}"), style, max);
        }
    }

    /// A text object that must be there.
    pub(super) fn required_text(&mut self, object: &Value, key: &str, at: &str, style: Style, max: usize) {
        if object[key].is_null() {
            self.problem(at, format!("missing required field: {key}"));
        }
        self.text(object, key, at, style, max);
    }

    /// A text object.
    pub(super) fn text_object(&mut self, value: &Value, at: &str, style: Style, max: usize) {
        match (value["type"].as_str(), style) {
            (Some("plain_text"), _) => self.keys(value, at, &["text", "emoji"]),
            (Some("mrkdwn"), Style::Any) => self.keys(value, at, &["text", "verbatim"]),
            (kind, _) => self.problem(at, format!("unsupported type: {}", kind.unwrap_or("none"))),
        }
        self.required(value, "text", at, max.min(TEXT_CHARS_MAX));
    }

    /// A list of 1 to `max` items, each with its place.
    pub(super) fn items<'a>(
        &mut self,
        object: &'a Value,
        key: &str,
        at: &str,
        max: usize,
    ) -> Vec<(String, &'a Value)> {
        let Some(items) = object[key].as_array() else {
            self.problem(at, format!("missing required field: {key}"));
            return Vec::new();
        };
        let at = format!("{at}/{key}");
        self.count(items.len(), &at, max);
        items.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect()
    }

    /// Between 1 and `max` of something.
    pub(super) fn count(&mut self, count: usize, at: &str, max: usize) {
        if count == 0 {
            self.problem(at, "no fewer than 1 item allowed");
        }
        if count > max {
            self.problem(at, format!("no more than {max} items allowed"));
        }
    }

    /// One of these words, or absent.
    pub(super) fn one_of(&mut self, object: &Value, key: &str, at: &str, words: &[&str]) {
        let value = &object[key];
        if !value.is_null() && !value.as_str().is_some_and(|word| words.contains(&word)) {
            self.problem(&format!("{at}/{key}"), format!("must be a valid enum value: {value}"));
        }
    }

    /// An `http` or `https` address that may be absent.
    pub(super) fn address(&mut self, object: &Value, key: &str, at: &str, max: usize) {
        self.string(object, key, at, max);
        let Some(address) = object[key].as_str() else { return };
        if !address.starts_with("https://") && !address.starts_with("http://") {
            self.problem(&format!("{at}/{key}"), "must be a valid url");
        }
    }

    fn too_long(&mut self, at: &str, max: usize) {
        self.problem(at, format!("must be less than {} characters", max + 1));
    }
}
