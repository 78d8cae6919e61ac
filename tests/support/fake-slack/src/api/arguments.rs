//! The arguments of a call, however they were sent.

use crate::refusal::{Refusal, refuse};
use axum::http::{header, request::Parts};
use serde_json::{Map, Value, json};

/// Arguments that a form or query carries as JSON text.
const JSON_ARGUMENTS: [&str; 5] = ["attachments", "blocks", "files", "metadata", "view"];

/// The query and the body as one object.
pub(crate) fn read(head: &Parts, body: &[u8]) -> Result<Value, Refusal> {
    let mut arguments = Map::new();
    form(head.uri.query().unwrap_or_default().as_bytes(), &mut arguments);
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    match kind {
        _ if body.is_empty() => {}
        "application/json" => match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => arguments.extend(object),
            Ok(_) => return refuse("json_not_object"),
            Err(_) => return refuse("invalid_json"),
        },
        "application/x-www-form-urlencoded" => form(body, &mut arguments),
        _ => return refuse("invalid_post_type"),
    }
    Ok(Value::Object(arguments))
}

fn form(text: &[u8], arguments: &mut Map<String, Value>) {
    for (name, value) in url::form_urlencoded::parse(text) {
        let parsed = JSON_ARGUMENTS.contains(&name.as_ref()).then(|| serde_json::from_str(&value).ok());
        arguments.insert(name.into_owned(), parsed.flatten().unwrap_or_else(|| json!(value)));
    }
}

/// An argument that must be there.
pub(crate) fn required<'a>(arguments: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    match arguments[name].as_str() {
        Some(value) if !value.is_empty() => Ok(value),
        _ => {
            let message = format!("[ERROR] missing required field: {name}");
            Err(Refusal::because("invalid_arguments", vec![message]))
        }
    }
}
