//! What may follow what is being typed.

use super::payload::Typed;
use micro_client::Client;
use micro_domain::{
    arguments::{self, kebab},
    command::{Surface, generated, on},
    schema::Description,
};
use serde_json::{Value, json};
use std::time::Duration;

/// Choices at most.
const CHOICES_MAX: usize = 25;
/// Characters of a choice.
const CHOICE_MAX: usize = 100;
/// How long it may take: Discord waits 3 s with everything on the way.
const WITHIN: Duration = Duration::from_secs(1);

/// The choices for the option in focus; none where they do not come in time, or to those without an account.
pub(super) async fn choices(client: &Client, typed: &Typed) -> Vec<Value> {
    let known = tokio::time::timeout(WITHIN, Box::pin(known(client, typed))).await;
    known
        .ok()
        .flatten()
        .unwrap_or_default()
        .into_iter()
        .map(|text| json!({"name": text, "value": text}))
        .collect()
}

async fn known(client: &Client, typed: &Typed) -> Option<Vec<String>> {
    let focused = typed.focused.as_deref()?;
    let part = typed.value(focused);
    match focused {
        "service" | "name" | "query" => {
            let catalog = client.registry().list().await.ok()?;
            Some(fitting(catalog.services.into_iter().map(|service| service.name), part))
        }
        "method" => Some(fitting(methods(&described(client, typed).await?), part)),
        "command" => Some(fitting(on(Surface::Chat).map(|command| command.path.join(" ")), part)),
        "args" => {
            let description = described(client, typed).await?;
            Some(fields(&description, typed.value("method"), part))
        }
        _ => None,
    }
}

async fn described(client: &Client, typed: &Typed) -> Option<Description> {
    match typed.value("service") {
        "" => None,
        service => client.describe(service).await.ok(),
    }
}

/// Methods as they are typed: in short where that names one alone.
fn methods(description: &Description) -> impl Iterator<Item = String> {
    description.schema.methods().filter(|method| !method.client_streaming).map(|method| {
        let same = |other: &&micro_domain::schema::Method| arguments::same_name(&other.name, &method.name);
        let unique = description.schema.methods().filter(same).count() == 1;
        if unique { kebab(&method.name) } else { method.full_name() }
    })
}

/// What was typed so far with the next field, or the next field's value, at its end.
fn fields(description: &Description, method: &str, so_far: &str) -> Vec<String> {
    let words = [method.to_owned()];
    let Ok(Some(method)) = generated::find_method(description, &words) else { return Vec::new() };
    let start = so_far.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, part) = so_far.split_at_checked(start).unwrap_or((so_far, ""));
    let given = |name: &str| {
        let keys = before.split_whitespace().filter_map(|word| word.split_once(':'));
        keys.into_iter().any(|(key, _)| arguments::same_name(key, name))
    };
    let flags = arguments::flags(&description.schema, method);
    let next = match part.split_once(':') {
        Some((key, value)) => {
            let flag = flags.iter().find(|flag| arguments::same_name(&flag.name, key));
            let values = flag.map(|flag| flag.values.clone()).unwrap_or_default();
            fitting(values, value).into_iter().map(|value| format!("{key}:{value}")).collect()
        }
        None => {
            let free = flags.iter().filter(|flag| flag.repeated || !given(&flag.name));
            fitting(free.map(|flag| flag.name.clone()), part)
                .into_iter()
                .map(|name| format!("{name}:"))
                .collect::<Vec<_>>()
        }
    };
    let whole = next.into_iter().map(|next| format!("{before}{next}"));
    whole.filter(|text| text.chars().count() <= CHOICE_MAX).collect()
}

/// Those that contain what was typed, whatever its case, those that begin with it first.
fn fitting(known: impl IntoIterator<Item = String>, part: &str) -> Vec<String> {
    let part = part.trim().to_lowercase();
    let fits = |text: &String| {
        !text.is_empty() && text.chars().count() <= CHOICE_MAX && text.to_lowercase().contains(&part)
    };
    let mut found: Vec<String> = known.into_iter().filter(fits).collect();
    found.sort_by_key(|text| !text.to_lowercase().starts_with(&part));
    found.truncate(CHOICES_MAX);
    found
}

#[cfg(test)]
mod tests;
