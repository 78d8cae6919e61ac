//! Whether a user could click or send something: what Discord does not show or lets be filled in, nobody sends.

use super::{Complaint, complain};
use crate::{
    check::components::{BUTTON, CHANNEL_SELECT, LINK_STYLE, TEXT_SELECT, USER_SELECT},
    limits,
    records::{Message, Modal},
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The data of a click on a component of a message.
pub(crate) fn click(message: &Message, custom_id: &str, values: &[String]) -> Result<Value, Complaint> {
    let parts = message.said.components.iter().filter_map(|row| row["components"].as_array()).flatten();
    let there: Vec<&Value> = parts.collect();
    let Some(part) = there.iter().find(|part| part["custom_id"] == custom_id) else {
        let ids: Vec<String> = there.iter().map(|part| part["custom_id"].to_string()).collect();
        return complain(format!("message {} has no {custom_id}, only {}", message.id, ids.join(", ")));
    };
    if part["disabled"] == true {
        return complain(format!("{custom_id} is disabled"));
    }
    let kind = part["type"].as_i64().unwrap_or(0);
    if kind == BUTTON && part["style"] == LINK_STYLE {
        return complain(format!("{custom_id} only opens an address"));
    }
    let mut data = json!({"custom_id": custom_id, "component_type": kind});
    match kind {
        BUTTON if values.is_empty() => return Ok(data),
        BUTTON => return complain("a button has no values"),
        TEXT_SELECT => check_offered(part, values)?,
        USER_SELECT..=CHANNEL_SELECT => {}
        _ => return complain(format!("{custom_id} cannot be clicked")),
    }
    let least = part["min_values"].as_u64().unwrap_or(1);
    let most = part["max_values"].as_u64().unwrap_or(1);
    if !(least..=most).contains(&u64::try_from(values.len()).unwrap_or(u64::MAX)) {
        return complain(format!("{custom_id} takes {least} to {most} values, not {}", values.len()));
    }
    data["values"] = json!(values);
    Ok(data)
}

fn check_offered(part: &Value, values: &[String]) -> Result<(), Complaint> {
    let options = part["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    let offered = |value: &&String| options.iter().any(|option| option["value"] == value.as_str());
    match values.iter().find(|value| !offered(value)) {
        Some(other) => complain(format!("{} does not offer {other}", part["custom_id"])),
        None => Ok(()),
    }
}

/// The data of a modal that is sent with these texts; the others are as they were shown.
pub(crate) fn submit(modal: &Modal, values: &HashMap<String, String>) -> Result<Value, Complaint> {
    let mut left: HashMap<&str, &str> =
        values.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let mut rows = Vec::new();
    for row in &modal.components {
        let input = &row["components"][0];
        let id = input["custom_id"].as_str().unwrap_or_default();
        let text = left.remove(id).or(input["value"].as_str()).unwrap_or_default();
        check_text(input, text)?;
        rows.push(json!({"type": 1, "components": [{"type": 4, "custom_id": id, "value": text}]}));
    }
    if let Some(id) = left.keys().next() {
        return complain(format!("the modal has no {id}"));
    }
    Ok(json!({"custom_id": modal.custom_id, "components": rows}))
}

fn check_text(input: &Value, text: &str) -> Result<(), Complaint> {
    let characters = text.chars().count();
    let limit = |key: &str| input[key].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let required = input["required"].as_bool().unwrap_or(true);
    if characters == 0 && !required {
        return Ok(());
    }
    let least = limit("min_length").unwrap_or(0).max(usize::from(required));
    let most = limit("max_length").unwrap_or(limits::INPUT_VALUE_MAX);
    if (least..=most).contains(&characters) {
        return Ok(());
    }
    complain(format!("{} takes {least} to {most} characters, not {characters}", input["custom_id"]))
}
