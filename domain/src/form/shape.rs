//! What a kind looks like in a form: well-known types are not messages there.

use crate::schema::{Kind, Message, Schema};

/// How a value is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape<'s> {
    /// A scalar or enum; wrappers are unboxed to theirs.
    Scalar(&'s Kind),
    /// RFC 3339 text.
    Timestamp,
    /// Seconds with an `s`.
    Duration,
    /// Paths with commas between.
    FieldMask,
    /// A piece of JSON.
    Json(JsonShape),
    /// A message of a type chosen by the caller.
    Any,
    /// `google.protobuf.Empty`: set or not.
    Empty(&'s str),
    /// A message, field by field.
    Message(&'s Message),
}

/// Which JSON is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonShape {
    /// `google.protobuf.Struct`: an object.
    Struct,
    /// `google.protobuf.Value`: anything.
    Value,
    /// `google.protobuf.ListValue`: a list.
    List,
    /// A message the schema does not describe.
    Undescribed,
}

/// Well-known types offered in an `Any`, besides those of the schema.
const WELL_KNOWN: [&str; 16] = [
    "google.protobuf.BoolValue",
    "google.protobuf.BytesValue",
    "google.protobuf.DoubleValue",
    "google.protobuf.Duration",
    "google.protobuf.Empty",
    "google.protobuf.FieldMask",
    "google.protobuf.FloatValue",
    "google.protobuf.Int32Value",
    "google.protobuf.Int64Value",
    "google.protobuf.ListValue",
    "google.protobuf.StringValue",
    "google.protobuf.Struct",
    "google.protobuf.Timestamp",
    "google.protobuf.UInt32Value",
    "google.protobuf.UInt64Value",
    "google.protobuf.Value",
];

/// How a value of `kind` is filled in.
#[must_use]
pub fn shape<'s>(schema: &'s Schema, kind: &'s Kind) -> Shape<'s> {
    let Kind::Message(name) = kind else { return Shape::Scalar(kind) };
    match name.strip_prefix("google.protobuf.").unwrap_or_default() {
        "Timestamp" => Shape::Timestamp,
        "Duration" => Shape::Duration,
        "FieldMask" => Shape::FieldMask,
        "Struct" => Shape::Json(JsonShape::Struct),
        "Value" => Shape::Json(JsonShape::Value),
        "ListValue" => Shape::Json(JsonShape::List),
        "Any" => Shape::Any,
        "Empty" => Shape::Empty(name),
        "DoubleValue" => Shape::Scalar(&Kind::Double),
        "FloatValue" => Shape::Scalar(&Kind::Float),
        "Int32Value" => Shape::Scalar(&Kind::Int32),
        "Int64Value" => Shape::Scalar(&Kind::Int64),
        "UInt32Value" => Shape::Scalar(&Kind::Uint32),
        "UInt64Value" => Shape::Scalar(&Kind::Uint64),
        "BoolValue" => Shape::Scalar(&Kind::Bool),
        "StringValue" => Shape::Scalar(&Kind::String),
        "BytesValue" => Shape::Scalar(&Kind::Bytes),
        _ => schema.messages.get(name).map_or(Shape::Json(JsonShape::Undescribed), Shape::Message),
    }
}

/// Whether JSON puts a value of this type into the `value` of an `Any`, beside `@type`.
pub(super) fn boxed_in_any(shape: Shape<'_>) -> bool {
    !matches!(shape, Shape::Message(_) | Shape::Json(JsonShape::Undescribed))
}

/// Full names of the types an `Any` may be chosen to hold.
#[must_use]
pub fn types(schema: &Schema) -> Vec<&str> {
    let own = schema.messages.keys().map(String::as_str).filter(|name| !name.starts_with("google.protobuf."));
    own.chain(WELL_KNOWN).collect()
}

/// Whether `google.protobuf.NullValue`, whose only JSON is `null`.
pub(super) fn is_null(kind: &Kind) -> bool {
    matches!(kind, Kind::Enum(name) if name == "google.protobuf.NullValue")
}
