//! A form as JSON, fields in the schema's order.

use super::shape::{boxed_in_any, is_null};
use super::{AnyValue, Fields, Form, JsonShape, Node, Shape, has_presence, scalar, shape};
use crate::schema::{Cardinality, Field, Kind, Schema};
use serde_json::Value;

impl Form {
    /// The request as JSON on one line.
    #[must_use]
    pub fn to_json(&self, schema: &Schema) -> String {
        let mut out = String::new();
        single(schema, &self.kind(), &self.root, &mut out);
        out
    }
}

/// Writes `"key":` with what goes before it.
fn key(out: &mut String, key: &str, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(',');
    }
    string(out, key);
    out.push(':');
}

fn string(out: &mut String, text: &str) {
    out.push_str(&Value::String(text.to_owned()).to_string());
}

fn single(schema: &Schema, kind: &Kind, node: &Node, out: &mut String) {
    match (shape(schema, kind), node) {
        (_, Node::Raw(value)) => out.push_str(&value.to_string()),
        (Shape::Scalar(kind), Node::Text(text)) => out.push_str(&scalar::json(kind, text).to_string()),
        (Shape::Scalar(_), Node::Bytes(bytes)) => string(out, &scalar::encoded(bytes)),
        (Shape::Json(json), Node::Text(text)) => out.push_str(&piece(json, text)),
        (_, Node::Text(text)) => string(out, text),
        (_, Node::Message(fields)) => object(schema, fields, None, out),
        (_, Node::Any(any)) => any_object(schema, any, out),
        // Never made: lists and maps are fields, and absent values are not written.
        (_, Node::List(_) | Node::Map(_) | Node::Absent | Node::Bytes(_)) => out.push_str("null"),
    }
}

/// A piece of JSON; what is none is sent as a string where that is allowed anyhow, and reported.
fn piece(json: JsonShape, text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => value.to_string(),
        Err(_) if text.trim().is_empty() && json == JsonShape::Value => "null".to_owned(),
        Err(_) => Value::String(text.to_owned()).to_string(),
    }
}

fn object(schema: &Schema, fields: &Fields, type_url: Option<&str>, out: &mut String) {
    out.push('{');
    let mut first = true;
    if let Some(type_url) = type_url {
        key(out, "@type", &mut first);
        string(out, type_url);
    }
    let described =
        schema.messages.get(&fields.message).map(|message| message.fields.as_slice()).unwrap_or_default();
    for (field, (_, node)) in described.iter().zip(&fields.values) {
        if is_written(field, node) {
            key(out, &field.json_name, &mut first);
            value(schema, field, node, out);
        }
    }
    for (name, value) in &fields.unknown {
        key(out, name, &mut first);
        out.push_str(&value.to_string());
    }
    out.push('}');
}

fn is_written(field: &Field, node: &Node) -> bool {
    match node {
        Node::Text(_) | Node::Bytes(_) if !has_presence(field) => node.is_set() && !is_null(&field.kind),
        Node::Text(_) | Node::Bytes(_) => true,
        other => other.is_set(),
    }
}

fn value(schema: &Schema, field: &Field, node: &Node, out: &mut String) {
    match (&field.cardinality, node) {
        (Cardinality::Repeated, Node::List(rows)) => {
            out.push('[');
            for (index, row) in rows.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                single(schema, &field.kind, row, out);
            }
            out.push(']');
        }
        (Cardinality::Map(_), Node::Map(rows)) => {
            out.push('{');
            let mut first = true;
            for (name, row) in rows {
                key(out, name, &mut first);
                single(schema, &field.kind, row, out);
            }
            out.push('}');
        }
        (_, node) => single(schema, &field.kind, node, out),
    }
}

fn any_object(schema: &Schema, any: &AnyValue, out: &mut String) {
    if any.type_url.is_empty() {
        out.push_str("{}");
        return;
    }
    let kind = Kind::Message(any.type_name().to_owned());
    let of = shape(schema, &kind);
    match &any.value {
        Node::Message(fields) if !boxed_in_any(of) => object(schema, fields, Some(&any.type_url), out),
        node if boxed_in_any(of) => {
            out.push_str("{\"@type\":");
            string(out, &any.type_url);
            out.push_str(",\"value\":");
            single(schema, &kind, node, out);
            out.push('}');
        }
        node => {
            // A type that is not described: its JSON object, with the type put in front.
            let rest = match node {
                Node::Text(text) => serde_json::from_str::<Value>(text).ok(),
                Node::Raw(value) => Some(value.clone()),
                _ => None,
            };
            let object = rest.as_ref().and_then(Value::as_object);
            out.push('{');
            let mut first = true;
            key(out, "@type", &mut first);
            string(out, &any.type_url);
            for (name, value) in object.into_iter().flatten().filter(|(name, _)| *name != "@type") {
                key(out, name, &mut first);
                out.push_str(&value.to_string());
            }
            out.push('}');
        }
    }
}
