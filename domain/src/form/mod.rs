//! A request as a form: a tree made from the schema that people fill in, converted to and from proto JSON without loss.
//!
//! A [`Form`] holds texts as they were typed, so that a half-typed number is kept and explained instead of refused, and
//! it keeps what the schema does not know. Nested messages are absent until set, so that recursive types end. Every value
//! has a name, `address.lines[2].city`, under which an HTML form posts it; see [`path`] for the grammar.

mod ask;
mod check;
mod edit;
pub mod json;
mod locate;
mod mask;
mod pairs;
pub mod path;
mod read;
mod scalar;
mod shape;
mod write;

pub use edit::{Edit, NEW_TIMESTAMP};
pub use mask::{MASK, mask};
pub use pairs::{from_pairs, type_url};
pub use shape::{JsonShape, Shape, shape, types};

use crate::schema::{Cardinality, Field, Kind, Message, Schema};
use serde_json::Value;

/// Nested messages deeper than this are not read or built: JSON itself ends at 128.
pub const DEPTH_MAX: usize = 100;
/// Rows of one list or map that a form takes.
pub const ROWS_MAX: usize = 1_000;
/// What stands in a stored request for a text that the schema marks `debug_redact`; it is never sent in its place.
pub const REDACTED: &str = "[redacted]";
/// Problems reported at once.
pub const VIOLATIONS_MAX: usize = 100;

/// A request being filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Full name of the request message.
    pub message: String,
    /// Its content; [`Node::Message`] unless the request is a well-known type.
    pub root: Node,
}

/// One value of a form.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Not set; only where unset differs from the default.
    Absent,
    /// A scalar, enum, time, mask or piece of JSON, as typed. Empty means the default where the field has no presence.
    Text(String),
    /// Bytes, as typed.
    Bytes(BytesText),
    /// A message.
    Message(Fields),
    /// A list.
    List(Vec<Node>),
    /// A map, keys as typed; the same key twice is reported, not lost.
    Map(Vec<(String, Node)>),
    /// A message of a type chosen by the caller.
    Any(Box<AnyValue>),
    /// JSON that does not fit the schema here; kept as it is.
    Raw(Value),
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// The message's full name.
    pub message: String,
    /// Every field of the schema in its order, by [`path::part`].
    pub values: Vec<(String, Node)>,
    /// What the JSON held that the schema does not know.
    pub unknown: Vec<(String, Value)>,
}

/// A `google.protobuf.Any`.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyValue {
    /// The `@type`, as typed; empty for none.
    pub type_url: String,
    /// The message; text holding JSON where its type is not described.
    pub value: Node,
}

impl AnyValue {
    /// The full name of the type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        self.type_url.rsplit('/').next().unwrap_or_default()
    }
}

/// How bytes are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BytesFormat {
    /// As UTF-8 text.
    #[default]
    Text,
    /// As base64.
    Base64,
}

/// Bytes as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BytesText {
    /// How to read the text.
    pub format: BytesFormat,
    /// The text.
    pub text: String,
}

impl Form {
    /// An empty request of type `message`.
    #[must_use]
    pub fn new(schema: &Schema, message: &str) -> Self {
        Self { message: message.to_owned(), root: fresh(schema, &Kind::Message(message.to_owned())) }
    }

    /// The kind of the whole request.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::Message(self.message.clone())
    }
}

/// The node of a field nobody touched.
#[must_use]
pub(crate) fn untouched(field: &Field) -> Node {
    match (&field.cardinality, &field.kind) {
        (Cardinality::Repeated, _) => Node::List(Vec::new()),
        (Cardinality::Map(_), _) => Node::Map(Vec::new()),
        (Cardinality::Singular, _) if has_presence(field) => Node::Absent,
        (Cardinality::Singular, Kind::Bytes) => Node::Bytes(BytesText::default()),
        (Cardinality::Singular, _) => Node::Text(String::new()),
    }
}

/// Whether unset differs from the default.
#[must_use]
pub fn has_presence(field: &Field) -> bool {
    field.presence || matches!(field.kind, Kind::Message(_)) || field.oneof.is_some()
}

/// The node of a value just set: a list's new row, a field that was absent.
#[must_use]
pub(crate) fn fresh(schema: &Schema, kind: &Kind) -> Node {
    match shape(schema, kind) {
        Shape::Scalar(kind) => match kind {
            Kind::String => Node::Text(String::new()),
            Kind::Bytes => Node::Bytes(BytesText::default()),
            Kind::Bool => Node::Text("false".to_owned()),
            Kind::Enum(name) => Node::Text(first_value(schema, name)),
            _ => Node::Text("0".to_owned()),
        },
        Shape::Timestamp => Node::Text(NEW_TIMESTAMP.to_owned()),
        Shape::Duration => Node::Text("0s".to_owned()),
        Shape::FieldMask => Node::Text(String::new()),
        Shape::Json(JsonShape::Value) => Node::Text("null".to_owned()),
        Shape::Json(JsonShape::List) => Node::Text("[]".to_owned()),
        Shape::Json(JsonShape::Struct | JsonShape::Undescribed) => Node::Text("{}".to_owned()),
        Shape::Any => Node::Any(Box::new(AnyValue { type_url: String::new(), value: Node::Absent })),
        Shape::Empty(name) => {
            Node::Message(Fields { message: name.to_owned(), values: Vec::new(), unknown: Vec::new() })
        }
        Shape::Message(message) => Node::Message(Fields::new(message)),
    }
}

fn first_value(schema: &Schema, name: &str) -> String {
    let first = schema.enums.get(name).and_then(|known| known.values.first());
    first.map_or_else(|| "0".to_owned(), |value| value.name.clone())
}

impl Fields {
    pub(crate) fn new(message: &Message) -> Self {
        let values =
            message.fields.iter().map(|field| (path::part(field).to_owned(), untouched(field))).collect();
        Self { message: message.name.clone(), values, unknown: Vec::new() }
    }

    /// The node of the field with this [`path::part`].
    #[must_use]
    pub fn get(&self, part: &str) -> Option<&Node> {
        self.values.iter().find(|(name, _)| name == part).map(|(_, node)| node)
    }

    pub(crate) fn get_mut(&mut self, part: &str) -> Option<&mut Node> {
        self.values.iter_mut().find(|(name, _)| name == part).map(|(_, node)| node)
    }
}

impl Node {
    /// Whether there is anything to send: neither absent, nor the default, nor an empty list.
    #[must_use]
    pub fn is_set(&self) -> bool {
        match self {
            Self::Absent => false,
            Self::Text(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.text.is_empty(),
            Self::List(rows) => !rows.is_empty(),
            Self::Map(rows) => !rows.is_empty(),
            Self::Message(_) | Self::Any(_) | Self::Raw(_) => true,
        }
    }

    /// What was typed; the JSON for what does not fit the schema.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => bytes.text.clone(),
            Self::Raw(value) => value.to_string(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
