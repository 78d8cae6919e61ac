//! What Discord checks of everything it is sent.
//!
//! A [`Form`] walks a JSON body and collects what is wrong with it, each problem with its path, so that one answer
//! names all of them, as Discord's do.

pub(crate) mod choices;
pub(crate) mod commands;
pub(crate) mod components;
pub(crate) mod embeds;
pub(crate) mod message;
pub(crate) mod modal;

use crate::refusal::Refusal;
use serde_json::{Value, json};
use std::{collections::HashSet, fmt::Display, ops::RangeInclusive};

/// One thing that is wrong.
#[derive(Debug)]
struct Problem {
    path: Vec<String>,
    code: &'static str,
    message: String,
}

/// Whether a text may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It must be there.
    Required,
    /// It may be missing or null.
    Optional,
}

/// A body being checked.
#[derive(Debug, Default)]
pub(crate) struct Form {
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl Form {
    /// Checks a part of the body, whose problems are named by where it is.
    pub(crate) fn at<T>(&mut self, key: impl Display, check: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.to_string());
        let result = check(self);
        self.path.pop();
        result
    }

    /// Notes that the part being checked is wrong.
    pub(crate) fn wrong(&mut self, code: &'static str, message: impl Into<String>) {
        self.problems.push(Problem { path: self.path.clone(), code, message: message.into() });
    }

    /// Notes that a field of the part is wrong.
    pub(crate) fn wrong_at(&mut self, key: impl Display, code: &'static str, message: impl Into<String>) {
        self.at(key, |form| form.wrong(code, message));
    }

    /// A text of the part, its length checked; empty where there is none.
    pub(crate) fn text<'v>(
        &mut self,
        part: &'v Value,
        key: &str,
        length: RangeInclusive<usize>,
        need: Need,
    ) -> &'v str {
        let text = match &part[key] {
            Value::Null => {
                if need == Need::Required {
                    self.required(key);
                }
                return "";
            }
            Value::String(text) => text.as_str(),
            _ => {
                self.wrong_at(key, "STRING_TYPE_CONVERT", "Could not interpret value as string.");
                return "";
            }
        };
        let characters = text.chars().count();
        if characters == 0 && *length.start() > 0 {
            self.required(key);
        } else if !length.contains(&characters) {
            self.too_long(key, &length);
        }
        text
    }

    /// An integer of the part, its size checked.
    pub(crate) fn integer(&mut self, part: &Value, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        if part[key].is_null() {
            return None;
        }
        let Some(number) = part[key].as_i64() else {
            self.wrong_at(key, "NUMBER_TYPE_COERCE", format!("Value \"{}\" is not int.", part[key]));
            return None;
        };
        if !range.contains(&number) {
            let message = format!("int value should be between {} and {}.", range.start(), range.end());
            self.wrong_at(key, "NUMBER_TYPE_RANGE", message);
        }
        Some(number)
    }

    /// A list of the part, its length checked; empty where there is none.
    pub(crate) fn list<'v>(
        &mut self,
        part: &'v Value,
        key: &str,
        length: RangeInclusive<usize>,
    ) -> &'v [Value] {
        match &part[key] {
            Value::Null if *length.start() == 0 => &[],
            Value::Null => {
                self.required(key);
                &[]
            }
            Value::Array(list) => {
                if !length.contains(&list.len()) {
                    self.too_long(key, &length);
                }
                list
            }
            _ => {
                let message = "Only iterables may be used in a ListType.";
                self.wrong_at(key, "LIST_TYPE_CONVERT", message);
                &[]
            }
        }
    }

    /// An address of the part: one of these schemes, and not too long.
    pub(crate) fn link(&mut self, part: &Value, key: &str, longest: usize, schemes: &[&str]) {
        let link = self.text(part, key, 0..=longest, Need::Optional);
        let known = |scheme: &&str| link.strip_prefix(*scheme).is_some_and(|rest| rest.starts_with("://"));
        if part[key].is_string() && !schemes.iter().any(known) {
            let message = format!("Scheme must be one of ('{}').", schemes.join("', '"));
            self.wrong_at(key, "URL_TYPE_INVALID_SCHEME", message);
        }
    }

    /// Notes that `text` was said before by a part that may not say the same.
    pub(crate) fn unique<'v>(
        &mut self,
        seen: &mut HashSet<&'v str>,
        key: &str,
        text: &'v str,
        code: &'static str,
    ) {
        if !text.is_empty() && !seen.insert(text) {
            self.wrong_at(key, code, format!("{key} \"{text}\" is used twice"));
        }
    }

    /// Notes that a field is missing.
    pub(crate) fn required(&mut self, key: &str) {
        self.wrong_at(key, "BASE_TYPE_REQUIRED", "This field is required");
    }

    fn too_long(&mut self, key: &str, length: &RangeInclusive<usize>) {
        let message = if *length.start() > 0 {
            format!("Must be between {} and {} in length.", length.start(), length.end())
        } else {
            format!("Must be {} or fewer in length.", length.end())
        };
        self.wrong_at(key, "BASE_TYPE_BAD_LENGTH", message);
    }

    /// Whether something was wrong so far.
    pub(crate) fn failed(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Refuses the body if something was wrong with it.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if !self.failed() {
            return Ok(());
        }
        let mut errors = json!({});
        for problem in self.problems {
            let mut place = &mut errors;
            for key in problem.path {
                place = &mut place[key];
            }
            let mut list = place["_errors"].as_array().cloned().unwrap_or_default();
            list.push(json!({"code": problem.code, "message": problem.message}));
            place["_errors"] = list.into();
        }
        Err(Refusal::invalid_form(errors))
    }
}
