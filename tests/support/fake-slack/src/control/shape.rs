//! What people choose and type, in the shape each kind of element has in payloads.

use crate::control::{find::elements, wrong};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

type Shaped = Result<Value, (StatusCode, String)>;

/// `state.values` of these blocks. `given` holds, by block, what was typed or chosen, or that by `action_id`; the rest
/// stays as it started.
pub(super) fn values(blocks: &[Value], given: &Value, complete: bool) -> Shaped {
    let mut values = Map::new();
    for block in blocks {
        let id = block["block_id"].as_str().unwrap_or_default();
        let mut shaped = Map::new();
        for element in elements(block).filter(|element| is_stateful(element)) {
            let action = element["action_id"].as_str().unwrap_or_default();
            let own = match &given[id] {
                Value::Object(actions) => actions.get(action).unwrap_or(&Value::Null),
                value => value,
            };
            let value = value(element, own)?;
            if complete && block["type"] == "input" && block["optional"] != true && is_empty(&value) {
                return wrong(format!("Slack does not submit: block {id} is required"));
            }
            shaped.insert(action.to_owned(), value);
        }
        if !shaped.is_empty() {
            values.insert(id.to_owned(), Value::Object(shaped));
        }
    }
    let unknown = given.as_object().into_iter().flatten().find(|(block, _)| !values.contains_key(*block));
    match unknown {
        Some((block, _)) => wrong(format!("no block {block} to fill in; there are {:?}", values.keys())),
        None => Ok(json!({"values": values})),
    }
}

fn is_stateful(element: &Value) -> bool {
    !matches!(element["type"].as_str(), Some("button" | "overflow" | "image") | None)
}

/// Whether nothing was typed or chosen.
fn is_empty(value: &Value) -> bool {
    let held = value.as_object().into_iter().flatten().filter(|(key, _)| *key != "type");
    held.map(|(_, value)| value)
        .all(|value| value.is_null() || *value == "" || value.as_array().is_some_and(Vec::is_empty))
}

/// The key under which an element says what was chosen, and the one with which it starts.
fn keys(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "static_select" | "external_select" | "radio_buttons" | "overflow" => {
            ("selected_option", "initial_option")
        }
        "multi_static_select" | "multi_external_select" | "checkboxes" => {
            ("selected_options", "initial_options")
        }
        "users_select" => ("selected_user", "initial_user"),
        "multi_users_select" => ("selected_users", "initial_users"),
        "conversations_select" => ("selected_conversation", "initial_conversation"),
        "multi_conversations_select" => ("selected_conversations", "initial_conversations"),
        "channels_select" => ("selected_channel", "initial_channel"),
        "multi_channels_select" => ("selected_channels", "initial_channels"),
        "datepicker" => ("selected_date", "initial_date"),
        "timepicker" => ("selected_time", "initial_time"),
        "datetimepicker" => ("selected_date_time", "initial_date_time"),
        _ => ("value", "initial_value"),
    }
}

/// An element's state after `given` was typed or chosen.
pub(super) fn value(element: &Value, given: &Value) -> Shaped {
    let kind = element["type"].as_str().unwrap_or_default();
    let (key, initial) = keys(kind);
    let chosen = match (key, given) {
        (_, Value::Null) => element[initial].clone(),
        ("selected_option", given) => option(element, given)?,
        ("selected_options", Value::Array(list)) => {
            Value::Array(list.iter().map(|given| option(element, given)).collect::<Result<_, _>>()?)
        }
        ("selected_options", given) => json!([option(element, given)?]),
        ("value", Value::String(text)) => {
            let max = element["max_length"].as_u64().unwrap_or(u64::MAX);
            if text.chars().count() as u64 > max {
                return wrong(format!("Slack does not let anybody type more than {max} characters"));
            }
            given.clone()
        }
        (_, given) => given.clone(),
    };
    // Several of nothing is an empty list.
    let chosen = if chosen.is_null() && key.ends_with('s') { json!([]) } else { chosen };
    Ok(json!({"type": kind, key: chosen}))
}

/// The option with this value, or a whole option; an external select whose options are not known takes any.
fn option(element: &Value, given: &Value) -> Shaped {
    if given.is_object() {
        return Ok(given.clone());
    }
    if element.get("options").is_none()
        && element["type"].as_str().is_some_and(|kind| kind.contains("external"))
    {
        return Ok(json!({"text": {"type": "plain_text", "text": given, "emoji": true}, "value": given}));
    }
    let groups = element["option_groups"].as_array().into_iter().flatten().map(|group| &group["options"]);
    let lists = groups.chain([&element["options"]]);
    let mut options = lists.filter_map(Value::as_array).flatten();
    match options.find(|option| option["value"] == *given || option["text"]["text"] == *given) {
        Some(option) => Ok(option.clone()),
        None => wrong(format!("{given} is not among the options of {element}")),
    }
}
