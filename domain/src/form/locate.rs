//! From a place in the JSON, as errors name it, to the value of the form that stands for it.

use super::{Form, Node, path, read};
use crate::schema::Schema;

impl Form {
    /// The [`path`] of the value that `place` (`animals.rex.legs`, `animals["rex"].legs`, `tags[2]`) leads to, or of
    /// what is nearest above it.
    #[must_use]
    pub fn locate(&self, schema: &Schema, place: &str) -> String {
        let at = if matches!(self.root, Node::Message(_)) { "" } else { path::ROOT };
        descend(schema, &self.root, at.to_owned(), place.trim_start_matches('$'))
    }
}

fn descend(schema: &Schema, node: &Node, at: String, place: &str) -> String {
    let rest = place.strip_prefix('.').unwrap_or(place);
    if rest.is_empty() {
        return at;
    }
    match node {
        Node::Message(fields) => {
            let (name, below) = word(rest);
            let part = schema.messages.get(&fields.message).and_then(|message| read::part_of(message, name));
            match part.and_then(|part| Some((part, fields.get(part)?))) {
                Some((part, node)) => descend(schema, node, path::join(&at, part), below),
                None => path::join(&at, name),
            }
        }
        Node::List(rows) => {
            match index(rest).and_then(|(index, below)| Some((index, rows.get(index)?, below))) {
                Some((index, row, below)) => descend(schema, row, path::row(&at, index), below),
                None => at,
            }
        }
        Node::Map(rows) => {
            let row = rows
                .iter()
                .enumerate()
                .find_map(|(index, (key, row))| Some((index, row, after_key(rest, key)?)));
            match row {
                Some((index, row, below)) => descend(schema, row, path::entry(&at, index), below),
                None => at,
            }
        }
        Node::Any(any) => match (&any.value, word(rest)) {
            (value @ Node::Message(_), _) => descend(schema, value, at, rest),
            (value, ("value", below)) => descend(schema, value, path::join(&at, "value"), below),
            _ => at,
        },
        _ => at,
    }
}

/// A field's name and what follows it.
fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(['.', '[']).unwrap_or(text.len()))
}

fn index(text: &str) -> Option<(usize, &str)> {
    let (number, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((number.parse().ok()?, rest))
}

/// What follows a map's key, in any of its spellings; keys may hold dots and brackets themselves.
fn after_key<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let quoted = serde_json::Value::String(key.to_owned()).to_string();
    let spellings = [format!("[{quoted}]"), format!("[{key}]"), key.to_owned()];
    let rest = spellings.iter().find_map(|spelling| text.strip_prefix(spelling.as_str()))?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}
