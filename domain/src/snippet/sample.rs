//! An example of a message, to fill a snippet or a form with.

use crate::schema::{Cardinality, Field, Kind, Schema};
use serde_json::{Map, Value, json};

/// Depth of messages in a sample; deeper ones, and recursion, hold what they require and nothing else.
const DEPTH_MAX: i32 = 3;
/// How much deeper required messages are followed: a schema may require itself without end.
const REQUIRED_MAX: i32 = 8;
/// Fields of a sample, over all its messages, apart from required ones.
const FIELDS_MAX: usize = 60;

/// An example of the message `name` as proto JSON: every field once, the first member of each oneof.
#[must_use]
pub fn sample(schema: &Schema, name: &str) -> Value {
    let mut left = FIELDS_MAX;
    message(schema, name, DEPTH_MAX, &mut left)
}

fn message(schema: &Schema, name: &str, depth: i32, left: &mut usize) -> Value {
    if let Some(known) = well_known(name) {
        return known;
    }
    let mut object = Map::new();
    let Some(message) = schema.messages.get(name).filter(|_| depth > -REQUIRED_MAX) else {
        return Value::Object(object);
    };
    let mut chosen = vec![false; message.oneofs.len()];
    for field in message.fields.iter().filter(|field| !field.deprecated) {
        let taken = field
            .oneof
            .and_then(|index| chosen.get_mut(index))
            .is_some_and(|taken| std::mem::replace(taken, true));
        if taken || (!field.required && (*left == 0 || depth <= 0)) {
            continue;
        }
        *left = left.saturating_sub(1);
        object.insert(field.json_name.clone(), value(schema, field, depth, left));
    }
    Value::Object(object)
}

fn value(schema: &Schema, field: &Field, depth: i32, left: &mut usize) -> Value {
    let one = single(schema, &field.kind, depth, left);
    match &field.cardinality {
        Cardinality::Singular => one,
        Cardinality::Repeated => json!([one]),
        Cardinality::Map(key) => {
            let key = match key {
                Kind::String => "key",
                Kind::Bool => "true",
                _ => "1",
            };
            json!({ key: one })
        }
    }
}

fn single(schema: &Schema, kind: &Kind, depth: i32, left: &mut usize) -> Value {
    match kind {
        Kind::Double | Kind::Float => json!(1.5),
        Kind::Int32 | Kind::Uint32 => json!(1),
        Kind::Int64 | Kind::Uint64 => json!("1"),
        Kind::Bool => json!(true),
        Kind::String => json!("text"),
        Kind::Bytes => json!("Ynl0ZXM="),
        Kind::Message(name) => message(schema, name, depth - 1, left),
        Kind::Enum(name) => {
            let values = schema.enums.get(name).map(|known| known.values.as_slice()).unwrap_or_default();
            // The first value is the unset one; an example sets something.
            json!(
                values.get(1).or_else(|| values.first()).map(|value| value.name.as_str()).unwrap_or_default()
            )
        }
    }
}

/// The JSON forms of the well-known types.
fn well_known(name: &str) -> Option<Value> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Timestamp" => json!("2026-01-31T12:00:00Z"),
        "Duration" => json!("1.5s"),
        "FieldMask" => json!(""),
        "Struct" => json!({ "key": "value" }),
        "Value" => json!("value"),
        "ListValue" => json!(["value"]),
        "Any" => json!({ "@type": "type.googleapis.com/google.protobuf.Empty", "value": {} }),
        "Empty" => json!({}),
        "DoubleValue" | "FloatValue" => json!(1.5),
        "Int32Value" | "UInt32Value" => json!(1),
        "Int64Value" | "UInt64Value" => json!("1"),
        "BoolValue" => json!(true),
        "StringValue" => json!("text"),
        "BytesValue" => json!("Ynl0ZXM="),
        _ => return None,
    })
}
