//! What may follow what is being typed or looked through: names and fields that fit, of what a person's account can see.

mod known;

pub(crate) use known::{Known, Topic, Wanted, ask, at_once, soon};

use micro_domain::{
    arguments::{self, kebab},
    command::{Surface, generated, on},
    schema::{Description, Method},
};
use std::sync::Arc;

/// Names of one kind, in the order they are shown.
pub(crate) type Names = Arc<[String]>;

/// What a platform can show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Choices at most.
    pub(crate) choices: usize,
    /// Characters of what a choice stands for. A longer one cannot be cut: it would stand for something else.
    pub(crate) characters: usize,
}

/// Those that contain what was typed, whatever its case, those that begin with it first.
pub(crate) fn fitting(
    known: impl IntoIterator<Item = impl AsRef<str>>,
    part: &str,
    limits: Limits,
) -> Vec<String> {
    let part = part.trim().to_lowercase();
    let mut found: Vec<(bool, String)> = known
        .into_iter()
        .filter_map(|text| {
            let text = text.as_ref();
            if text.is_empty() || text.chars().count() > limits.characters {
                return None;
            }
            let at = text.to_lowercase().find(&part)?;
            Some((at > 0, text.to_owned()))
        })
        .collect();
    found.sort_by_key(|(inside, _)| *inside);
    found.truncate(limits.choices);
    found.into_iter().map(|(_, text)| text).collect()
}

/// The commands of chat.
pub(crate) fn commands() -> impl Iterator<Item = String> {
    on(Surface::Chat).map(|command| command.path.join(" "))
}

/// Methods as they are typed: in short where that names one alone.
fn methods(description: &Description) -> impl Iterator<Item = String> {
    description.schema.methods().filter(|method| !method.client_streaming).map(|method| {
        let same = |other: &&Method| arguments::same_name(&other.name, &method.name);
        let unique = description.schema.methods().filter(same).count() == 1;
        if unique { kebab(&method.name) } else { method.full_name() }
    })
}

/// What was typed so far with the next field, or the next field's value, at its end.
pub(crate) fn fields(description: &Description, method: &str, so_far: &str, limits: Limits) -> Vec<String> {
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
            let values = flag.map(|flag| flag.values.as_slice()).unwrap_or_default();
            fitting(values, value, limits).into_iter().map(|value| format!("{key}:{value}")).collect()
        }
        None => {
            let free = flags.iter().filter(|flag| flag.repeated || !given(&flag.name));
            fitting(free.map(|flag| &flag.name), part, limits)
                .into_iter()
                .map(|name| format!("{name}:"))
                .collect::<Vec<_>>()
        }
    };
    let whole = next.into_iter().map(|next| format!("{before}{next}"));
    whole.filter(|text| text.chars().count() <= limits.characters).collect()
}

#[cfg(test)]
mod tests;
