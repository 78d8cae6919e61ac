//! Changes to a form, each by the name of the value it changes.

use super::ask::message;
use super::path::{self, Step};
use super::{
    AnyValue, BytesFormat, BytesText, Form, Node, ROWS_MAX, Shape, fresh, has_presence, read, shape,
    untouched,
};
use crate::schema::{Cardinality, Field, Kind, Schema};

/// What a Timestamp just set shows where nobody knows the time.
pub const NEW_TIMESTAMP: &str = "1970-01-01T00:00:00Z";

/// A change that alters which values there are; the name of the button that asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Adds a row to a list or map, sets a message.
    Add(String),
    /// Removes a row, unsets a message.
    Remove(String),
}

impl Edit {
    /// The change a button's name asks for: `+tags`, `-tags[2]`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut chars = name.chars();
        let edit = match chars.next()? {
            path::ADD => Self::Add,
            path::REMOVE => Self::Remove,
            _ => return None,
        };
        Some(edit(chars.as_str().to_owned()))
    }

    /// The name of its button.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Add(path) => format!("{}{path}", path::ADD),
            Self::Remove(path) => format!("{}{path}", path::REMOVE),
        }
    }
}

/// Where a walk ended.
pub(super) struct Place<'f> {
    pub(super) node: &'f mut Node,
    /// What one value there is.
    pub(super) kind: Kind,
    /// The field, unless it is a row, the request itself or the content of an `Any`.
    pub(super) field: Option<Field>,
}

/// Finds the value at `steps`.
fn walk<'f>(schema: &Schema, node: &'f mut Node, kind: Kind, steps: &[Step]) -> Option<Place<'f>> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(Place { node, kind, field: None });
    };
    match (node, step) {
        (Node::Message(fields), Step::Field(part)) => {
            let field = schema
                .messages
                .get(&fields.message)?
                .fields
                .iter()
                .find(|field| path::part(field) == part)?;
            let node = fields.get_mut(part)?;
            let kind = field.kind.clone();
            if rest.is_empty() {
                return Some(Place { node, kind, field: Some(field.clone()) });
            }
            walk(schema, node, kind, rest)
        }
        (Node::List(rows), Step::Row(index)) => walk(schema, rows.get_mut(*index)?, kind, rest),
        (Node::Map(rows), Step::Entry(index)) => walk(schema, &mut rows.get_mut(*index)?.1, kind, rest),
        (Node::Any(any), Step::Field(part)) => {
            let kind = Kind::Message(any.type_name().to_owned());
            match &any.value {
                Node::Message(_) => walk(schema, &mut any.value, kind, steps),
                _ if part == "value" => walk(schema, &mut any.value, kind, rest),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Form {
    pub(super) fn place(&mut self, schema: &Schema, path: &str) -> Option<Place<'_>> {
        let steps = path::parse(path)?;
        let kind = self.kind();
        walk(schema, &mut self.root, kind, &steps)
    }

    /// Makes a change; false when it names nothing that can be changed so.
    pub fn apply(&mut self, schema: &Schema, edit: &Edit) -> bool {
        match edit {
            Edit::Add(path) => self.add(schema, path),
            Edit::Remove(path) => self.remove(schema, path),
        }
    }

    fn add(&mut self, schema: &Schema, path: &str) -> bool {
        let Some(place) = self.place(schema, path) else { return false };
        let new = fresh(schema, &place.kind);
        let rows = match (place.node, place.field) {
            (Node::List(rows), _) if rows.len() < ROWS_MAX => {
                rows.push(new);
                return true;
            }
            (Node::Map(rows), _) if rows.len() < ROWS_MAX => {
                rows.push((String::new(), new));
                return true;
            }
            (node @ Node::Absent, field) => {
                *node = new;
                field
            }
            _ => return false,
        };
        if let Some(oneof) = rows.and_then(|field| field.oneof) {
            self.clear_others(schema, path, oneof);
        }
        true
    }

    fn remove(&mut self, schema: &Schema, path: &str) -> bool {
        let Some(mut steps) = path::parse(path) else { return false };
        let last = steps.pop();
        let kind = self.kind();
        match last {
            Some(Step::Row(index)) => {
                match walk(schema, &mut self.root, kind, &steps).map(|place| place.node) {
                    Some(Node::List(rows)) if index < rows.len() => {
                        rows.remove(index);
                        true
                    }
                    _ => false,
                }
            }
            Some(Step::Entry(index)) => {
                match walk(schema, &mut self.root, kind, &steps).map(|place| place.node) {
                    Some(Node::Map(rows)) if index < rows.len() => {
                        rows.remove(index);
                        true
                    }
                    _ => false,
                }
            }
            _ => match self.place(schema, path) {
                Some(Place { node, field: Some(field), .. }) => {
                    *node = untouched(&field);
                    true
                }
                _ => false,
            },
        }
    }

    /// Takes what was typed for a value. Text of a number or time that becomes empty unsets an optional one.
    pub fn set_text(&mut self, schema: &Schema, path: &str, text: &str) -> bool {
        let Some(place) = self.place(schema, path) else { return false };
        let optional = place.field.as_ref().is_some_and(|field| has_presence(field) && field.oneof.is_none());
        let oneof = place.field.as_ref().and_then(|field| field.oneof);
        let list = place.field.as_ref().is_some_and(|field| field.cardinality != Cardinality::Singular);
        let blank_is_none = match shape(schema, &place.kind) {
            Shape::Scalar(kind) => !matches!(kind, Kind::String | Kind::Bytes),
            Shape::FieldMask => false,
            _ => true,
        };
        *place.node = match place.node {
            Node::Raw(_) => {
                let json = serde_json::from_str(text).unwrap_or_else(|_| text.into());
                match &place.field {
                    Some(field) if list => read::member(schema, field, &json),
                    _ => read::node(schema, &place.kind, &json),
                }
            }
            _ if list => return false,
            _ if text.is_empty() && optional && blank_is_none => Node::Absent,
            Node::Bytes(bytes) => Node::Bytes(BytesText { format: bytes.format, text: text.to_owned() }),
            _ if shape(schema, &place.kind) == Shape::Scalar(&Kind::Bytes) => {
                Node::Bytes(BytesText { format: BytesFormat::default(), text: text.to_owned() })
            }
            Node::Text(_) | Node::Absent => Node::Text(text.to_owned()),
            _ => return false,
        };
        if let Some(oneof) = oneof {
            self.clear_others(schema, path, oneof);
        }
        true
    }

    /// Sets an absent value to its default, or unsets it.
    pub fn set_present(&mut self, schema: &Schema, path: &str, present: bool) -> bool {
        if present { self.add(schema, path) } else { self.remove(schema, path) }
    }

    /// Chooses which field of a oneof is set; `choice` is the field's path, or none.
    pub fn choose(&mut self, schema: &Schema, parent: &str, oneof: usize, choice: Option<&str>) -> bool {
        if let Some(choice) = choice {
            return self.add(schema, choice)
                || self.place(schema, choice).is_some_and(|place| place.node.is_present());
        }
        let Some(fields) = self.place(schema, parent).and_then(|place| message(place.node)) else {
            return false;
        };
        clear(schema, fields, oneof, None);
        true
    }

    fn clear_others(&mut self, schema: &Schema, path: &str, oneof: usize) {
        let (parent, part) = path.rsplit_once('.').unwrap_or(("", path));
        let place = if parent == path::ROOT { self.place(schema, "") } else { self.place(schema, parent) };
        if let Some(fields) = place.and_then(|place| message(place.node)) {
            clear(schema, fields, oneof, Some(part));
        }
    }

    /// Takes the key of a map's row.
    pub fn set_key(&mut self, schema: &Schema, path: &str, key: &str) -> bool {
        let Some(mut steps) = path::parse(path) else { return false };
        let Some(Step::Entry(index)) = steps.pop() else { return false };
        let kind = self.kind();
        match walk(schema, &mut self.root, kind, &steps).map(|place| place.node) {
            Some(Node::Map(rows)) => rows.get_mut(index).is_some_and(|row| {
                key.clone_into(&mut row.0);
                true
            }),
            _ => false,
        }
    }

    /// Chooses how bytes are typed; what was typed is converted, unless it cannot be.
    pub fn set_format(&mut self, schema: &Schema, path: &str, format: BytesFormat) -> bool {
        let Some(Place { node: Node::Bytes(bytes), .. }) = self.place(schema, path) else { return false };
        if bytes.format == format {
            return true;
        }
        bytes.text = match format {
            BytesFormat::Base64 => super::scalar::encoded(bytes),
            BytesFormat::Text => {
                let text =
                    super::scalar::decode(bytes.text.trim()).and_then(|bytes| String::from_utf8(bytes).ok());
                let Some(text) = text else { return false };
                text
            }
        };
        bytes.format = format;
        true
    }

    /// Takes a file's content for bytes, as base64.
    pub fn set_content(&mut self, schema: &Schema, path: &str, base64: String) -> bool {
        let Some(place) = self.place(schema, path) else { return false };
        if shape(schema, &place.kind) != Shape::Scalar(&Kind::Bytes) {
            return false;
        }
        *place.node = Node::Bytes(BytesText { format: BytesFormat::Base64, text: base64 });
        true
    }

    /// Chooses the type of an `Any`; its content starts anew.
    pub fn set_type(&mut self, schema: &Schema, path: &str, type_url: &str) -> bool {
        let Some(Place { node: Node::Any(any), .. }) = self.place(schema, path) else { return false };
        **any = new_any(schema, type_url);
        true
    }
}

/// An `Any` of a type, its content not filled in yet.
pub(super) fn new_any(schema: &Schema, type_url: &str) -> AnyValue {
    let mut any = AnyValue { type_url: type_url.to_owned(), value: Node::Absent };
    if !type_url.is_empty() {
        any.value = fresh(schema, &Kind::Message(any.type_name().to_owned()));
    }
    any
}

/// Unsets the fields of a oneof, but for one.
fn clear(schema: &Schema, fields: &mut super::Fields, oneof: usize, keep: Option<&str>) {
    let described =
        schema.messages.get(&fields.message).map(|message| message.fields.as_slice()).unwrap_or_default();
    for (field, (part, node)) in described.iter().zip(&mut fields.values) {
        if field.oneof == Some(oneof) && Some(part.as_str()) != keep {
            *node = Node::Absent;
        }
    }
}
