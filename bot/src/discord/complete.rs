//! What may follow what is being typed.

use super::payload::Typed;
use crate::{
    Core,
    complete::{Limits, Topic, Wanted, commands, fields, fitting, soon},
};
use micro_domain::{
    chat::Person,
    command::{Choices, Surface, chat},
};
use serde_json::{Value, json};
use std::time::Duration;

/// Choices at most, and characters of one.
const LIMITS: Limits = Limits { choices: 25, characters: 100 };
/// How long it may take: Discord waits 3 s with everything on the way.
const WITHIN: Duration = Duration::from_secs(1);

/// The choices for the option in focus; none where they do not come in time, or to those without an account.
pub(super) async fn choices(core: &Core, person: &Person, typed: &Typed) -> Vec<Value> {
    let known = tokio::time::timeout(WITHIN, Box::pin(known(core, person, typed))).await;
    known
        .ok()
        .flatten()
        .unwrap_or_default()
        .into_iter()
        .map(|text| json!({"name": text, "value": text}))
        .collect()
}

async fn known(core: &Core, person: &Person, typed: &Typed) -> Option<Vec<String>> {
    let focused = typed.focused.as_deref()?;
    let (part, service) = (typed.value(focused), typed.value("service"));
    let command = chat::find(&typed.subcommand).ok()?;
    let argument = command.arguments_on(Surface::Chat).find(|argument| argument.name == focused)?;
    if let Some(topic) = Topic::of(argument, service) {
        let names = soon(core, &Wanted { person: person.clone(), topic }).await.ok()?;
        return Some(fitting(names.iter(), part, LIMITS));
    }
    match argument.choices? {
        Choices::Commands => Some(fitting(commands(), part, LIMITS)),
        Choices::Fields if !service.is_empty() => {
            let description = core.client_of(person).describe(service).await.ok()?;
            Some(fields(&description, typed.value("method"), part, LIMITS))
        }
        _ => None,
    }
}
