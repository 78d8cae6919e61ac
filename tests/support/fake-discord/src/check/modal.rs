//! Modals.

use super::{
    Form, Need,
    components::{self, ROW, TEXT_INPUT},
};
use crate::limits;
use serde_json::Value;
use std::collections::HashSet;

/// The longest text of an input, as a number of Discord's.
const VALUE_MAX: i64 = 4_000;

/// Checks the data of an answer that opens a modal.
pub(crate) fn check(form: &mut Form, modal: &Value) {
    components::custom_id(form, modal);
    form.text(modal, "title", 1..=limits::MODAL_TITLE_MAX, Need::Required);
    let rows = form.list(modal, "components", 1..=limits::MODAL_INPUTS_MAX);
    let mut ids = HashSet::new();
    form.at("components", |form| {
        for (index, row) in rows.iter().enumerate() {
            form.at(index, |form| check_row(form, row, &mut ids));
        }
    });
}

/// Labels, which Discord takes as well, are refused: serenity loses what is typed into them.
fn check_row<'v>(form: &mut Form, row: &'v Value, ids: &mut HashSet<&'v str>) {
    if row["type"].as_i64() != Some(ROW) {
        return components::misplaced(form, row, "1,");
    }
    let inputs = form.list(row, "components", 1..=1);
    form.at("components", |form| {
        for (index, input) in inputs.iter().enumerate() {
            form.at(index, |form| {
                if input["type"].as_i64() != Some(TEXT_INPUT) {
                    return components::misplaced(form, input, "4,");
                }
                check_input(form, input);
                let id = input["custom_id"].as_str().unwrap_or_default();
                form.unique(ids, "custom_id", id, "COMPONENT_CUSTOM_ID_DUPLICATED");
            });
        }
    });
}

fn check_input(form: &mut Form, input: &Value) {
    components::custom_id(form, input);
    form.text(input, "label", 1..=limits::INPUT_LABEL_MAX, Need::Required);
    form.text(input, "placeholder", 0..=limits::INPUT_PLACEHOLDER_MAX, Need::Optional);
    if form.integer(input, "style", 1..=2).is_none() {
        form.required("style");
    }
    let value = form.text(input, "value", 0..=limits::INPUT_VALUE_MAX, Need::Optional);
    let least = form.integer(input, "min_length", 0..=VALUE_MAX).unwrap_or(0);
    let most = form.integer(input, "max_length", 1..=VALUE_MAX).unwrap_or(VALUE_MAX);
    if least > most {
        form.wrong_at("min_length", "BASE_TYPE_BAD_RANGE", "min_length is more than max_length");
    }
    let typed = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    if typed > most {
        form.wrong_at("value", "BASE_TYPE_BAD_LENGTH", format!("Must be {most} or fewer in length."));
    }
    if typed > 0 && typed < least {
        form.wrong_at("value", "BASE_TYPE_BAD_LENGTH", format!("Must be {least} or more in length."));
    }
}
