//! Names of values: `address.lines[2].city` for a field of a list's third row, `labels{0}` for a map's first row.
//!
//! A mark after `~` names what goes with a value: `labels{0}~key` its key, `nickname~set` whether it is set. The request
//! itself, where it is no ordinary message, is `$`.

use crate::schema::Field;

/// The request itself.
pub const ROOT: &str = "$";
/// The mark of a map row's key.
pub const KEY: &str = "key";
/// The mark that a value is set although empty.
pub const SET: &str = "set";
/// The mark of how bytes are typed: `text` or `base64`.
pub const FORMAT: &str = "format";
/// The mark of the type of an `Any`.
pub const TYPE: &str = "type";
/// The mark of a oneof's choice.
pub const CHOICE: &str = "choice";
/// The mark of JSON the schema does not know, kept.
pub const UNKNOWN: &str = "unknown";
/// The mark of JSON that does not fit, kept.
pub const RAW: &str = "raw";
/// Before the name of a button that adds a row or sets a message.
pub const ADD: char = '+';
/// Before the name of a button that removes a row or unsets a message.
pub const REMOVE: char = '-';

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A message's field, by [`part`].
    Field(String),
    /// A row of a list.
    Row(usize),
    /// A row of a map, by its place.
    Entry(usize),
}

/// What a field is called in a path: its JSON name, unless that would not be a word.
#[must_use]
pub fn part(field: &Field) -> &str {
    let word = !field.json_name.is_empty()
        && field.json_name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !field.json_name.starts_with(|c: char| c.is_ascii_digit());
    if word { &field.json_name } else { &field.name }
}

/// The path of a field of the message at `parent`.
#[must_use]
pub fn join(parent: &str, part: &str) -> String {
    if parent.is_empty() { part.to_owned() } else { format!("{parent}.{part}") }
}

/// The path of a list's row.
#[must_use]
pub fn row(list: &str, index: usize) -> String {
    format!("{list}[{index}]")
}

/// The path of a map's row.
#[must_use]
pub fn entry(map: &str, index: usize) -> String {
    format!("{map}{{{index}}}")
}

/// What goes with the value at `path`.
#[must_use]
pub fn mark(path: &str, mark: &str) -> String {
    format!("{path}~{mark}")
}

/// A name as its path and mark.
#[must_use]
pub fn split_mark(name: &str) -> (&str, Option<&str>) {
    name.split_once('~').map_or((name, None), |(path, mark)| (path, Some(mark)))
}

/// The steps of a path; none when it is malformed, too deep or past [`super::ROWS_MAX`].
#[must_use]
pub fn parse(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let rest = path.strip_prefix(ROOT).map_or(path, |rest| rest.strip_prefix('.').unwrap_or(rest));
    if rest.is_empty() {
        return Some(steps);
    }
    for segment in rest.split('.') {
        let end = segment.find(['[', '{']).unwrap_or(segment.len());
        let (name, mut indices) = segment.split_at(end);
        // `$[0]` does not exist, so only a row may lack its field's name, and only after another row.
        if name.is_empty() {
            return None;
        }
        steps.push(Step::Field(name.to_owned()));
        while let Some((index, close)) = opening(indices) {
            let end = indices.find(close)?;
            let number: usize =
                indices.get(1..end)?.parse().ok().filter(|number| *number < super::ROWS_MAX)?;
            steps.push(index(number));
            indices = indices.get(end + 1..)?;
        }
        if !indices.is_empty() || steps.len() > 2 * super::DEPTH_MAX {
            return None;
        }
    }
    Some(steps)
}

/// Makes a row's step of its number.
type ToStep = fn(usize) -> Step;

/// Which kind of row begins here, and what closes its number.
fn opening(text: &str) -> Option<(ToStep, char)> {
    match text.chars().next()? {
        '[' => Some((Step::Row, ']')),
        '{' => Some((Step::Entry, '}')),
        _ => None,
    }
}
