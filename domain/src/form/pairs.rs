//! A form out of what a browser without scripts posts: `name=value` pairs.

use super::edit::new_any;
use super::path::{self, Step};
use super::{
    BytesFormat, BytesText, DEPTH_MAX, Edit, Fields, Form, Node, Shape, fresh, has_presence, read, shape,
    untouched,
};
use crate::error::Violation;
use crate::schema::{Cardinality, Field, Kind, Message, Method, Schema};
use std::collections::BTreeMap;

/// Pairs read of one form; the rest is ignored.
const PAIRS_MAX: usize = 20_000;

/// The request that `pairs` fill in, as JSON.
///
/// # Errors
/// What is wrong, by the name of each value.
pub fn from_pairs(
    schema: &Schema,
    method: &Method,
    pairs: &[(String, String)],
) -> Result<String, Vec<Violation>> {
    let form = Form::from_pairs(schema, &method.input, pairs);
    let violations = form.violations(schema);
    if violations.is_empty() { Ok(form.to_json(schema)) } else { Err(violations) }
}

/// What was posted below one name.
#[derive(Default)]
struct Posted {
    value: Option<String>,
    marks: BTreeMap<String, String>,
    fields: BTreeMap<String, Posted>,
    rows: BTreeMap<usize, Posted>,
}

impl Posted {
    fn new(pairs: &[(String, String)]) -> Self {
        let mut root = Self::default();
        for (name, value) in pairs.iter().take(PAIRS_MAX) {
            if name.starts_with([path::ADD, path::REMOVE]) {
                continue;
            }
            let (at, mark) = path::split_mark(name);
            let Some(steps) = path::parse(at) else { continue };
            let place = steps.into_iter().fold(&mut root, |place, step| match step {
                Step::Field(name) => place.fields.entry(name).or_default(),
                Step::Row(index) | Step::Entry(index) => place.rows.entry(index).or_default(),
            });
            match mark {
                Some(mark) => {
                    place.marks.insert(mark.to_owned(), value.clone());
                }
                None => place.value = Some(value.clone()),
            }
        }
        root
    }

    fn mark(&self, mark: &str) -> Option<&str> {
        self.marks.get(mark).map(String::as_str)
    }

    fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// Whether the value is set: said so, or not empty.
    fn is_set(&self) -> bool {
        self.marks.contains_key(path::SET) || self.marks.contains_key(path::RAW) || !self.text().is_empty()
    }
}

impl Form {
    /// The form that was posted; then the row operations that were asked for by buttons among the pairs.
    #[must_use]
    pub fn from_pairs(schema: &Schema, message: &str, pairs: &[(String, String)]) -> Self {
        let posted = Posted::new(pairs);
        let kind = Kind::Message(message.to_owned());
        let root = match shape(schema, &kind) {
            Shape::Message(described) if posted.mark(path::RAW).is_none() => {
                Node::Message(fields(schema, described, &posted, 0))
            }
            _ => single(schema, &kind, &posted, 0),
        };
        let mut form = Self { message: message.to_owned(), root };
        for edit in pairs.iter().filter_map(|(name, _)| Edit::parse(name)) {
            form.apply(schema, &edit);
        }
        form
    }
}

fn fields(schema: &Schema, message: &Message, posted: &Posted, depth: usize) -> Fields {
    let mut fields = Fields::new(message);
    // Which field of each oneof was chosen; a oneof whose radios were not posted goes by what is set.
    let chosen = |index: usize| {
        let oneof = message.oneofs.get(index)?;
        posted.fields.get(oneof)?.mark(path::CHOICE)
    };
    for (field, (part, node)) in message.fields.iter().zip(&mut fields.values) {
        let choice = field.oneof.and_then(chosen);
        if choice.is_some_and(|choice| choice != part) {
            continue;
        }
        let below = posted.fields.get(part);
        *node = match (below, choice) {
            (Some(below), Some(_)) => single(schema, &field.kind, below, depth + 1),
            (None, Some(_)) => fresh(schema, &field.kind),
            (Some(below), None) => member(schema, field, below, depth + 1),
            (None, None) => untouched(field),
        };
    }
    fields.unknown = posted.mark(path::UNKNOWN).map(read::unknown).unwrap_or_default();
    fields
}

fn member(schema: &Schema, field: &Field, posted: &Posted, depth: usize) -> Node {
    if posted.mark(path::RAW).is_some() {
        let json = serde_json::from_str(posted.text()).unwrap_or_else(|_| posted.text().into());
        return read::member(schema, field, &json);
    }
    match &field.cardinality {
        Cardinality::Repeated => {
            Node::List(posted.rows.values().map(|row| single(schema, &field.kind, row, depth)).collect())
        }
        Cardinality::Map(_) => {
            let row = |row: &Posted| {
                (row.mark(path::KEY).unwrap_or_default().to_owned(), single(schema, &field.kind, row, depth))
            };
            Node::Map(posted.rows.values().map(row).collect())
        }
        Cardinality::Singular if has_presence(field) && !posted.is_set() => Node::Absent,
        Cardinality::Singular => single(schema, &field.kind, posted, depth),
    }
}

fn single(schema: &Schema, kind: &Kind, posted: &Posted, depth: usize) -> Node {
    if depth > DEPTH_MAX {
        return Node::Absent;
    }
    if posted.mark(path::RAW).is_some() {
        let json = serde_json::from_str(posted.text()).unwrap_or_else(|_| posted.text().into());
        return read::node(schema, kind, &json);
    }
    match shape(schema, kind) {
        Shape::Scalar(Kind::Bytes) => {
            let format = match posted.mark(path::FORMAT) {
                Some("base64") => BytesFormat::Base64,
                _ => BytesFormat::Text,
            };
            Node::Bytes(BytesText { format, text: lines(posted.text()) })
        }
        Shape::Scalar(Kind::String) => Node::Text(lines(posted.text())),
        Shape::Message(message) => Node::Message(fields(schema, message, posted, depth)),
        Shape::Empty(name) => {
            let unknown = posted.mark(path::UNKNOWN).map(read::unknown).unwrap_or_default();
            Node::Message(Fields { message: name.to_owned(), values: Vec::new(), unknown })
        }
        Shape::Any => any(schema, posted, depth),
        _ => Node::Text(posted.text().to_owned()),
    }
}

fn any(schema: &Schema, posted: &Posted, depth: usize) -> Node {
    let mut any = new_any(schema, &type_url(posted.mark(path::TYPE).unwrap_or_default()));
    let kind = Kind::Message(any.type_name().to_owned());
    match (shape(schema, &kind), posted.fields.get("value")) {
        (Shape::Message(message), _) => any.value = Node::Message(fields(schema, message, posted, depth + 1)),
        (_, Some(below)) if !any.type_url.is_empty() && below.is_set() => {
            any.value = single(schema, &kind, below, depth + 1);
        }
        _ => {}
    }
    Node::Any(Box::new(any))
}

/// A type as people type it, its name alone allowed, as a type URL.
#[must_use]
pub fn type_url(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.contains('/') {
        text.to_owned()
    } else {
        format!("type.googleapis.com/{text}")
    }
}

/// Browsers post every line break as CR LF; people type LF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}
