//! What is wrong with a form, by the name of each value.

use super::{
    AnyValue, Fields, Form, JsonShape, Node, REDACTED, Shape, VIOLATIONS_MAX, has_presence, path, scalar,
    shape,
};
use crate::error::Violation;
use crate::schema::{Cardinality, Field, Kind, Schema};
use crate::suggest;
use serde_json::Value;
use std::collections::BTreeSet;

impl Form {
    /// What is wrong, at most [`VIOLATIONS_MAX`] problems; [`Violation::field`] is the value's [`path`].
    #[must_use]
    pub fn violations(&self, schema: &Schema) -> Vec<Violation> {
        let mut check = Check { schema, found: Vec::new() };
        let root = if matches!(self.root, Node::Message(_)) { "" } else { path::ROOT };
        check.single(&self.kind(), &self.root, root);
        check.found.truncate(VIOLATIONS_MAX);
        check.found
    }
}

struct Check<'s> {
    schema: &'s Schema,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn add(&mut self, field: &str, description: impl Into<String>) {
        self.found.push(Violation { field: field.to_owned(), description: description.into() });
    }

    fn single(&mut self, kind: &Kind, node: &Node, at: &str) {
        if self.found.len() >= VIOLATIONS_MAX {
            return;
        }
        let problem = match (shape(self.schema, kind), node) {
            (_, Node::Raw(_)) => Some(format!("This is no {}; it is kept as it is.", label(kind))),
            (Shape::Scalar(kind), Node::Text(text)) => scalar::problem(self.schema, kind, text),
            (Shape::Scalar(_), Node::Bytes(bytes)) => {
                let wrong =
                    bytes.format == super::BytesFormat::Base64 && scalar::decode(bytes.text.trim()).is_none();
                wrong.then(|| "Expected base64.".to_owned())
            }
            (Shape::Timestamp, Node::Text(text)) => scalar::timestamp_problem(text),
            (Shape::Duration, Node::Text(text)) => scalar::duration_problem(text),
            (Shape::Json(json), Node::Text(text)) => piece_problem(json, text),
            (_, Node::Message(fields)) => return self.fields(fields, at),
            (_, Node::Any(any)) => return self.any(any, at),
            _ => None,
        };
        if let Some(problem) = problem {
            self.add(at, problem);
        }
    }

    fn fields(&mut self, fields: &Fields, at: &str) {
        let message = self.schema.messages.get(&fields.message);
        let described = message.map(|message| message.fields.as_slice()).unwrap_or_default();
        for (field, (part, node)) in described.iter().zip(&fields.values) {
            self.field(field, node, &path::join(at, part));
        }
        for (index, name) in
            message.map(|message| message.oneofs.as_slice()).unwrap_or_default().iter().enumerate()
        {
            let set = described
                .iter()
                .zip(&fields.values)
                .filter(|(field, value)| field.oneof == Some(index) && value.1.is_present());
            let set: Vec<&str> = set.map(|(field, _)| field.json_name.as_str()).collect();
            if set.len() > 1 {
                self.add(
                    &path::join(at, name),
                    format!("At most one of these may be set, not {}.", set.join(" and ")),
                );
            }
        }
        for (name, _) in &fields.unknown {
            let near = suggest::nearest(name, described.iter().map(|field| field.json_name.as_str()));
            let hint = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
            self.add(&path::join(at, name), format!("{} has no field {name}.{hint}", fields.message));
        }
    }

    fn field(&mut self, field: &Field, node: &Node, at: &str) {
        if field.redact && node.text().trim_matches('"') == REDACTED {
            return self.add(at, "This was masked when the call was stored. Fill it in again.");
        }
        match (&field.cardinality, node) {
            (_, Node::Absent) if field.required => self.add(at, "This field is required."),
            (Cardinality::Repeated, Node::List(rows)) => {
                for (index, row) in rows.iter().enumerate() {
                    self.single(&field.kind, row, &path::row(at, index));
                }
            }
            (Cardinality::Map(key), Node::Map(rows)) => {
                let mut seen = BTreeSet::new();
                for (index, (name, row)) in rows.iter().enumerate() {
                    let at = path::entry(at, index);
                    if let Some(problem) = scalar::problem(self.schema, key, name) {
                        self.add(&path::mark(&at, path::KEY), problem);
                    } else if !seen.insert(name.trim()) {
                        self.add(&path::mark(&at, path::KEY), format!("The key “{name}” occurs twice."));
                    }
                    self.single(&field.kind, row, &at);
                }
            }
            (Cardinality::Singular, Node::Text(text)) if text.is_empty() && !has_presence(field) => {}
            (Cardinality::Repeated, Node::Raw(_)) => self.add(at, "This is no list; it is kept as it is."),
            (Cardinality::Map(_), Node::Raw(_)) => self.add(at, "This is no map; it is kept as it is."),
            (_, node) => self.single(&field.kind, node, at),
        }
    }

    fn any(&mut self, any: &AnyValue, at: &str) {
        if any.type_url.is_empty() {
            return;
        }
        if !any.type_url.contains('/') {
            let expected = format!("Expected a type URL, such as type.googleapis.com/{}.", any.type_url);
            self.add(&path::mark(at, path::TYPE), expected);
        }
        let kind = Kind::Message(any.type_name().to_owned());
        match &any.value {
            node @ Node::Message(_) => self.single(&kind, node, at),
            node => self.single(&kind, node, &path::join(at, "value")),
        }
    }
}

impl Node {
    /// Whether it is set, be it to the default.
    #[must_use]
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

fn label(kind: &Kind) -> &str {
    let name = kind.label();
    name.strip_prefix("google.protobuf.").unwrap_or(name)
}

fn piece_problem(json: JsonShape, text: &str) -> Option<String> {
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(error) => return Some(format!("Expected JSON: {error}.")),
    };
    match json {
        JsonShape::Struct | JsonShape::Undescribed if !value.is_object() => {
            Some("Expected a JSON object.".to_owned())
        }
        JsonShape::List if !value.is_array() => Some("Expected a JSON list.".to_owned()),
        _ => None,
    }
}
