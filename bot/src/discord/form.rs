//! A form as a modal. Discord's have five text inputs at most, so choices are told in the placeholder.

use super::render::{label, length};
use crate::Core;
use micro_domain::{
    chat::Person,
    command::generated,
    view::{
        Calling, Does,
        form::{Input, InputKind, Room, Sheet, WHOLE, sheet},
    },
};
use serde_json::{Value, json};

/// What a modal can hold.
pub(super) const ROOM: Room = Room { inputs: 5, json: false };
/// Characters of a title, and of an input's label and placeholder.
const TITLE_MAX: usize = 45;
const LABEL_MAX: usize = 45;
const PLACEHOLDER_MAX: usize = 100;
/// Characters that an input holds.
const VALUE_MAX: usize = 4_000;
/// Characters of an input's id.
const ID_MAX: usize = 100;

const ROW: u8 = 1;
const TEXT_INPUT: u8 = 4;
const SHORT: u8 = 1;
const PARAGRAPH: u8 = 2;

/// The modal of a form.
pub(super) fn modal(sheet: &Sheet, id: &str) -> Value {
    let mut inputs: Vec<Value> =
        sheet.inputs.iter().take(ROOM.inputs).enumerate().map(|(at, one)| input(at, one)).collect();
    if inputs.is_empty() {
        // Discord shows no modal without inputs.
        inputs.push(input(0, &nothing()));
    }
    let rows: Vec<Value> =
        inputs.into_iter().map(|input| json!({"type": ROW, "components": [input]})).collect();
    json!({"custom_id": id, "title": label(&sheet.title, TITLE_MAX), "components": rows})
}

/// What stands for the request of a method that takes nothing.
fn nothing() -> Input {
    Input {
        name: WHOLE.to_owned(),
        label: "Request".to_owned(),
        hint: "it takes nothing".to_owned(),
        kind: InputKind::Json,
        value: "{}".to_owned(),
        required: false,
    }
}

fn input(at: usize, input: &Input) -> Value {
    let fits = length(&input.value) <= VALUE_MAX;
    let mut out = json!({
        "type": TEXT_INPUT,
        "custom_id": input_id(at, &input.name),
        "label": label(&input.label, LABEL_MAX),
        "style": if input.kind == InputKind::Json { PARAGRAPH } else { SHORT },
        "required": input.required,
        "max_length": VALUE_MAX,
        "placeholder": label(&placeholder(input, fits), PLACEHOLDER_MAX),
    });
    // A value that is too long would be cut; an empty input shows that it has to be typed.
    if let (true, false, Some(out)) = (fits, input.value.is_empty(), out.as_object_mut()) {
        out.insert("value".to_owned(), json!(input.value));
    }
    out
}

fn placeholder(input: &Input, fits: bool) -> String {
    if !fits {
        return format!("{}; what it held is too long for this form", input.hint);
    }
    match &input.kind {
        InputKind::Choice(choices) if !choices.is_empty() => {
            let one_of = format!("one of: {}", choices.join(", "));
            if input.hint.is_empty() { one_of } else { format!("{one_of} · {}", input.hint) }
        }
        _ => input.hint.clone(),
    }
}

/// An input's id: its name, or where that is too long its place.
fn input_id(at: usize, name: &str) -> String {
    if length(name) <= ID_MAX { name.to_owned() } else { format!("#{at}") }
}

/// What was filled in, under the inputs' names.
pub(super) fn named(
    core: &Core,
    person: &Person,
    id: &str,
    values: Vec<(String, String)>,
) -> Vec<(String, String)> {
    // No field's name begins like this.
    if !values.iter().any(|(input, _)| input.starts_with('#')) {
        return values;
    }
    let names = names(core, person, id).unwrap_or_default();
    let name = |input: String| {
        let at = input.strip_prefix('#').and_then(|at| at.parse::<usize>().ok());
        at.and_then(|at| names.get(at).cloned()).unwrap_or(input)
    };
    values.into_iter().map(|(input, value)| (name(input), value)).collect()
}

fn names(core: &Core, person: &Person, id: &str) -> Option<Vec<String>> {
    let kept = core.actions.find(id, person).ok()?;
    let (description, Does::Form { service, method, request }) = (kept.description?, &kept.does) else {
        return None;
    };
    let method = generated::method(&description, method).ok()?;
    let sheet = sheet(Calling { service, method, schema: &description.schema }, request, ROOM);
    Some(sheet.inputs.into_iter().map(|input| input.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input_of(name: &str, kind: InputKind, value: &str) -> Input {
        Input {
            name: name.to_owned(),
            label: "L".repeat(60),
            hint: "string".to_owned(),
            kind,
            value: value.to_owned(),
            required: false,
        }
    }

    fn modal_of(inputs: Vec<Input>) -> Value {
        let sheet = Sheet {
            service: "s".to_owned(),
            method: "a.b.C".to_owned(),
            title: "T".repeat(60),
            about: String::new(),
            inputs,
        };
        modal(&sheet, "id")
    }

    #[test]
    fn a_modal_keeps_discord_s_limits() {
        let choices = (0..50).map(|n| format!("CHOICE_{n}")).collect();
        let modal = modal_of(vec![
            input_of("name", InputKind::Line, "Ann"),
            input_of("kind", InputKind::Choice(choices), ""),
            input_of(&"n".repeat(101), InputKind::Line, &"v".repeat(4_001)),
        ]);
        assert_eq!(modal["custom_id"], "id");
        let characters = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
        assert_eq!(characters(&modal["title"]), TITLE_MAX);
        let input = |at: usize| &modal["components"][at]["components"][0];
        assert_eq!(input(0)["value"], "Ann");
        assert_eq!(characters(&input(0)["label"]), LABEL_MAX);
        assert_eq!(characters(&input(1)["placeholder"]), PLACEHOLDER_MAX);
        assert!(input(1)["placeholder"].as_str().is_some_and(|text| text.starts_with("one of: CHOICE_0")));
        assert_eq!((&input(2)["custom_id"], &input(2)["value"]), (&json!("#2"), &Value::Null));
    }

    #[test]
    fn a_method_that_takes_nothing_has_a_modal_too() {
        let modal = modal_of(Vec::new());
        let input = &modal["components"][0]["components"][0];
        assert_eq!((&input["custom_id"], &input["value"]), (&json!("$"), &json!("{}")));
    }
}
