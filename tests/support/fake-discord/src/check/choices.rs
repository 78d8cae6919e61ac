//! Choices: of a registered option, and of a completion.

use super::{Form, Need};
use crate::limits;
use serde_json::Value;
use std::collections::HashSet;

/// An option that takes text.
pub(crate) const STRING: i64 = 3;
/// An option that takes a whole number.
pub(crate) const INTEGER: i64 = 4;
/// An option that takes a number.
pub(crate) const NUMBER: i64 = 10;

/// Checks the choices of an option of this kind.
pub(crate) fn check(form: &mut Form, part: &Value, kind: i64) {
    let choices = form.list(part, "choices", 0..=limits::CHOICES_MAX);
    let mut names = HashSet::new();
    form.at("choices", |form| {
        for (index, choice) in choices.iter().enumerate() {
            form.at(index, |form| {
                let name = form.text(choice, "name", 1..=limits::CHOICE_TEXT_MAX, Need::Required);
                form.unique(&mut names, "name", name, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE");
                check_value(form, choice, kind);
            });
        }
    });
}

/// A completion must be there, be it empty.
pub(crate) fn check_completion(form: &mut Form, data: &Value, kind: i64) {
    if data["choices"].is_null() {
        form.required("choices");
    }
    check(form, data, kind);
}

fn check_value(form: &mut Form, choice: &Value, kind: i64) {
    let value = &choice["value"];
    let fits = match kind {
        STRING => {
            form.text(choice, "value", 1..=limits::CHOICE_TEXT_MAX, Need::Required);
            true
        }
        INTEGER => value.is_i64(),
        NUMBER => value.is_number(),
        _ => false,
    };
    if !fits {
        form.wrong_at("value", "BASE_TYPE_INVALID", format!("{value} is no value of this kind of option"));
    }
}
