//! `/micro` as Discord knows it: made from the command tree, and registered where it changed.

use super::{
    render::cut,
    rest::{Call, Refusal, Rest},
    take::COMMAND,
};
use micro_domain::command::{Argument, Command, Surface, on};
use serde_json::{Map, Value, json};

/// Characters of a description.
const DESCRIPTION_MAX: usize = 100;

const CHAT_INPUT: u8 = 1;
const SUBCOMMAND: u8 = 1;
const STRING: u8 = 3;

/// What of a registered command is compared; the rest is Discord's own.
const COMPARED: [&str; 11] = [
    "type",
    "name",
    "description",
    "options",
    "required",
    "autocomplete",
    "choices",
    "contexts",
    "integration_types",
    "default_member_permissions",
    "nsfw",
];

/// The commands.
pub(crate) fn commands() -> Value {
    json!([{
        "type": CHAT_INPUT,
        "name": COMMAND,
        "description": "Share, find, call and watch services",
        // Servers and the bot's own direct messages, installed to servers alone.
        "contexts": [0, 1],
        "integration_types": [0],
        "options": on(Surface::Chat).map(subcommand).collect::<Vec<_>>(),
    }])
}

fn subcommand(command: &'static Command) -> Value {
    let mut arguments: Vec<&Argument> = command.arguments_on(Surface::Chat).collect();
    // Discord wants the required ones first; the order is kept otherwise.
    arguments.sort_by_key(|argument| !argument.required);
    json!({
        "type": SUBCOMMAND,
        "name": command.path.join("-"),
        "description": cut(command.title, DESCRIPTION_MAX),
        "options": arguments.into_iter().map(option).collect::<Vec<_>>(),
    })
}

fn option(argument: &Argument) -> Value {
    json!({
        "type": STRING,
        "name": argument.name,
        "description": cut(argument.help, DESCRIPTION_MAX),
        "required": argument.required,
        "autocomplete": argument.choices.is_some(),
    })
}

/// Registers the commands of an application where they are not what is registered; whether that was so.
pub(crate) async fn register(rest: &Rest, application: &str) -> Result<bool, Refusal> {
    if is_registered(rest, application).await? {
        return Ok(false);
    }
    rest.call(Call::new("PUT", &path(application)).body(&commands())).await?;
    Ok(true)
}

/// Whether the commands of an application are these.
pub(crate) async fn is_registered(rest: &Rest, application: &str) -> Result<bool, Refusal> {
    let known = rest.call(Call::new("GET", &path(application))).await?;
    Ok(normal(&known) == normal(&commands()))
}

fn path(application: &str) -> String {
    format!("applications/{application}/commands")
}

/// Commands without what Discord adds, and without what means the same as nothing.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(normal).collect()),
        Value::Object(parts) => {
            let kept = parts.iter().filter(|(key, _)| COMPARED.contains(&key.as_str()));
            let kept = kept.map(|(key, value)| {
                let mut value = normal(value);
                // These are sets.
                if let ("contexts" | "integration_types", Some(items)) = (key.as_str(), value.as_array_mut())
                {
                    items.sort_by_key(Value::as_u64);
                }
                (key.clone(), value)
            });
            Value::Object(kept.filter(|(_, value)| !is_nothing(value)).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
