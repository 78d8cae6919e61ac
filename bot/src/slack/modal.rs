//! A form as a modal.

use super::render::{cut, plain_text};
use micro_domain::view::form::{Input, InputKind, Sheet};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest title, and longest text of a modal's buttons, in characters.
const TITLE_MAX: usize = 24;
/// Longest label and hint, in characters.
const LABEL_MAX: usize = 2_000;
/// Longest text of an input, in characters.
const VALUE_MAX: usize = 3_000;
/// Options of a menu, and the longest text of one, in characters.
const OPTIONS_MAX: usize = 100;
const OPTION_MAX: usize = 75;
/// Inputs of a modal that has one for each field.
pub(super) const INPUTS_MAX: usize = 20;

/// What a modal brings back, besides what was filled in.
#[derive(Serialize, Deserialize)]
pub(super) struct Meta {
    /// The form's id.
    pub(super) id: String,
    /// Where its answer goes.
    #[serde(default)]
    pub(super) response_url: String,
}

impl Meta {
    /// What was brought back.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The modal of a form.
pub(super) fn modal(sheet: &Sheet, meta: &Meta) -> Value {
    let mut blocks = Vec::new();
    let about = if sheet.about.is_empty() { sheet.method.clone() } else { sheet.about.clone() };
    blocks.push(json!({"type": "context", "elements": [plain_text(&cut(&about, LABEL_MAX))]}));
    blocks.extend(sheet.inputs.iter().map(input));
    if sheet.inputs.is_empty() {
        blocks.push(json!({"type": "section", "text": plain_text("It takes nothing.")}));
    }
    json!({
        "type": "modal",
        "callback_id": "call",
        "private_metadata": serde_json::to_string(meta).unwrap_or_default(),
        "title": plain_text(&cut(&sheet.title, TITLE_MAX)),
        "submit": plain_text("Call"),
        "close": plain_text("Cancel"),
        "blocks": blocks,
    })
}

fn input(input: &Input) -> Value {
    let mut block = json!({
        "type": "input",
        "block_id": input.name,
        "optional": !input.required,
        "label": plain_text(&cut(&input.label, LABEL_MAX)),
        "element": element(input),
    });
    if !input.hint.is_empty()
        && let Some(block) = block.as_object_mut()
    {
        block.insert("hint".to_owned(), json!(plain_text(&cut(&input.hint, LABEL_MAX))));
    }
    block
}

fn element(input: &Input) -> Value {
    match &input.kind {
        InputKind::Choice(choices) if !choices.is_empty() && fits(choices) => choice(input, choices),
        kind => {
            let mut element = json!({
                "type": "plain_text_input",
                "action_id": "value",
                "multiline": *kind == InputKind::Json,
                "max_length": VALUE_MAX,
            });
            // A value that is too long would be cut; an empty input shows that it has to be typed.
            if !input.value.is_empty()
                && input.value.chars().count() <= VALUE_MAX
                && let Some(element) = element.as_object_mut()
            {
                element.insert("initial_value".to_owned(), json!(input.value));
            }
            element
        }
    }
}

fn fits(choices: &[String]) -> bool {
    choices.len() <= OPTIONS_MAX && choices.iter().all(|choice| choice.chars().count() <= OPTION_MAX)
}

fn choice(input: &Input, choices: &[String]) -> Value {
    let option = |choice: &String| json!({"text": plain_text(choice), "value": choice});
    // Yes or no is seen at once; more is a menu.
    let kind = if choices.len() == 2 { "radio_buttons" } else { "static_select" };
    let options: Vec<Value> = choices.iter().map(option).collect();
    let mut element = json!({"type": kind, "action_id": "value", "options": options});
    if let Some(held) = choices.iter().find(|choice| **choice == input.value)
        && let Some(element) = element.as_object_mut()
    {
        element.insert("initial_option".to_owned(), option(held));
    }
    element
}
