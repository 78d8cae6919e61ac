//! JSON as a form. Total: what does not fit is kept as it is and reported by the check.

use super::shape::{boxed_in_any, is_null};
use super::{
    AnyValue, DEPTH_MAX, Fields, Form, JsonShape, Node, Shape, fresh, has_presence, path, scalar, shape,
    untouched,
};
use crate::schema::{Cardinality, Field, Kind, Message, Schema};
use serde_json::{Map, Value};

impl Form {
    /// The form that `json` fills in.
    #[must_use]
    pub fn from_json(schema: &Schema, message: &str, json: &Value) -> Self {
        let kind = Kind::Message(message.to_owned());
        let root = match json {
            Value::Null if shape(schema, &kind) != Shape::Json(JsonShape::Value) => fresh(schema, &kind),
            json => single(schema, &kind, json, 0),
        };
        Self { message: message.to_owned(), root }
    }
}

fn field(schema: &Schema, field: &Field, json: &Value, depth: usize) -> Node {
    let null_is_a_value = shape(schema, &field.kind) == Shape::Json(JsonShape::Value)
        || (is_null(&field.kind) && has_presence(field));
    if json.is_null() && !(null_is_a_value && field.cardinality == Cardinality::Singular) {
        return untouched(field);
    }
    match (&field.cardinality, json) {
        (Cardinality::Singular, json) => single(schema, &field.kind, json, depth),
        (Cardinality::Repeated, Value::Array(rows)) => {
            Node::List(rows.iter().map(|row| single(schema, &field.kind, row, depth)).collect())
        }
        (Cardinality::Map(_), Value::Object(rows)) => {
            let row =
                |(key, value): (&String, &Value)| (key.clone(), single(schema, &field.kind, value, depth));
            Node::Map(rows.iter().map(row).collect())
        }
        (_, other) => Node::Raw(other.clone()),
    }
}

fn single(schema: &Schema, kind: &Kind, json: &Value, depth: usize) -> Node {
    let fitting = match (shape(schema, kind), json) {
        (Shape::Scalar(kind), json) => scalar_text(kind, json),
        (Shape::Timestamp | Shape::Duration | Shape::FieldMask, Value::String(text)) => {
            Some(Node::Text(text.clone()))
        }
        (Shape::Json(JsonShape::Value), json)
        | (Shape::Json(JsonShape::List), json @ Value::Array(_))
        | (Shape::Json(JsonShape::Struct | JsonShape::Undescribed), json @ Value::Object(_)) => {
            Some(Node::Text(json.to_string()))
        }
        (_, _) if depth >= DEPTH_MAX => None,
        (Shape::Any, Value::Object(object)) => any(schema, object, depth),
        (Shape::Empty(name), Value::Object(object)) => {
            let unknown = object.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            Some(Node::Message(Fields { message: name.to_owned(), values: Vec::new(), unknown }))
        }
        (Shape::Message(message), Value::Object(object)) => {
            Some(Node::Message(fields(schema, message, object, depth)))
        }
        _ => None,
    };
    fitting.unwrap_or_else(|| Node::Raw(json.clone()))
}

fn scalar_text(kind: &Kind, json: &Value) -> Option<Node> {
    let text = match (kind, json) {
        (Kind::Bytes, Value::String(encoded)) => return Some(Node::Bytes(scalar::bytes(encoded))),
        (kind, Value::Null) if is_null(kind) => "NULL_VALUE".to_owned(),
        (Kind::Bool, Value::Bool(value)) => value.to_string(),
        (Kind::Bool | Kind::Bytes, _) => return None,
        (Kind::String, Value::String(text)) => text.clone(),
        (Kind::String, _) => return None,
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(number)) => number.to_string(),
        _ => return None,
    };
    Some(Node::Text(text))
}

fn fields(schema: &Schema, message: &Message, object: &Map<String, Value>, depth: usize) -> Fields {
    let mut fields = Fields::new(message);
    let mut seen = vec![false; message.fields.len()];
    for (key, value) in object {
        let known = message.fields.iter().position(|field| field.json_name == *key || field.name == *key);
        let slot = known.and_then(|index| {
            Some((message.fields.get(index)?, fields.values.get_mut(index)?, seen.get_mut(index)?))
        });
        match slot {
            // Both spellings of one field: the second is kept as unknown, so that it is reported.
            Some((described, node, seen)) if !*seen => {
                *seen = true;
                node.1 = field(schema, described, value, depth + 1);
            }
            _ => fields.unknown.push((key.clone(), value.clone())),
        }
    }
    fields
}

fn any(schema: &Schema, object: &Map<String, Value>, depth: usize) -> Option<Node> {
    let Some(type_url) = object.get("@type") else {
        let empty = Node::Any(Box::new(AnyValue { type_url: String::new(), value: Node::Absent }));
        return object.is_empty().then_some(empty);
    };
    let type_url = type_url.as_str()?.to_owned();
    let mut rest = object.clone();
    rest.remove("@type");
    let mut any = AnyValue { type_url, value: Node::Absent };
    let kind = Kind::Message(any.type_name().to_owned());
    if boxed_in_any(shape(schema, &kind)) {
        let value = rest.remove("value");
        if !rest.is_empty() {
            return None;
        }
        any.value =
            value.map_or_else(|| fresh(schema, &kind), |value| single(schema, &kind, &value, depth + 1));
    } else {
        any.value = single(schema, &kind, &Value::Object(rest), depth + 1);
    }
    Some(Node::Any(Box::new(any)))
}

/// The node of JSON typed for a value of `kind`.
pub(super) fn node(schema: &Schema, kind: &Kind, json: &Value) -> Node {
    single(schema, kind, json, 0)
}

/// The JSON of a path segment's field, for callers that know only the field.
pub(super) fn member(schema: &Schema, described: &Field, json: &Value) -> Node {
    field(schema, described, json, 0)
}

/// What the schema does not know, out of the JSON object that carried it through a form.
pub(super) fn unknown(text: &str) -> Vec<(String, Value)> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object.into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The part under which `key` is found in a message.
pub(super) fn part_of<'m>(message: &'m Message, key: &str) -> Option<&'m str> {
    message.fields.iter().find(|field| field.json_name == key || field.name == key).map(path::part)
}
