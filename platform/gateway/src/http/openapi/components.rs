//! Proto types as JSON Schema, in the form ProtoJSON gives their values.

use micro_domain::schema::{Cardinality, Enum, Field, Kind, Message, Schema};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where references point.
const SCHEMAS: &str = "#/components/schemas/";
/// Types whose JSON form is their own.
const WELL_KNOWN: &str = "google.protobuf.";

/// A schema with a description, where there is one.
pub(super) fn described(mut schema: Value, description: &str) -> Value {
    if let (Some(object), false) = (schema.as_object_mut(), description.is_empty()) {
        object.insert("description".into(), description.into());
    }
    schema
}

/// The schemas of all services' types.
#[derive(Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, Value>,
    messages: BTreeMap<String, Message>,
    enums: BTreeMap<String, Enum>,
}

/// How one service's types are called in the document.
pub(super) struct Names {
    /// Before every name; empty where the names are free.
    prefix: String,
}

impl Components {
    /// Takes in a service's types. Where another service has a different type of the same name, all of this one's get
    /// its name in front: what refers to a type then always means its own.
    pub(super) fn add(&mut self, service: &str, schema: &Schema) -> Names {
        let clash = |known: &BTreeMap<String, Message>, message: &Message| {
            known.get(&message.name).is_some_and(|other| other != message)
        };
        let clashes = schema.messages.values().any(|message| clash(&self.messages, message))
            || schema.enums.values().any(|one| self.enums.get(&one.name).is_some_and(|other| other != one));
        let names = Names { prefix: if clashes { format!("{service}.") } else { String::new() } };
        for message in schema.messages.values().filter(|message| well_known(&message.name).is_none()) {
            self.schemas.insert(format!("{}{}", names.prefix, message.name), object(message, &names));
        }
        for one in schema.enums.values().filter(|one| well_known(&one.name).is_none()) {
            self.schemas.insert(format!("{}{}", names.prefix, one.name), enumeration(one));
        }
        if !clashes {
            self.messages.extend(schema.messages.clone());
            self.enums.extend(schema.enums.clone());
        }
        names
    }

    /// All schemas, Micro's own included. What a description left out, and a method still names, may be anything.
    pub(super) fn into_schemas(mut self) -> Value {
        let mut named = BTreeSet::new();
        self.schemas.values().for_each(|schema| references(schema, &mut named));
        for name in named {
            self.schemas
                .entry(name)
                .or_insert_with(|| json!({ "description": "Not described by its service." }));
        }
        self.schemas.insert("Error".into(), error());
        self.schemas.insert("StreamError".into(), stream_error());
        self.schemas.into_iter().collect::<Map<_, _>>().into()
    }
}

fn references(schema: &Value, named: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(name) =
                object.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(SCHEMAS))
            {
                named.insert(name.to_owned());
            }
            object.values().for_each(|value| references(value, named));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, named)),
        _ => {}
    }
}

impl Names {
    /// The schema of a message or enum, by its full name.
    pub(super) fn message(&self, name: &str) -> Value {
        well_known(name).unwrap_or_else(|| json!({ "$ref": format!("{SCHEMAS}{}{name}", self.prefix) }))
    }
}

fn object(message: &Message, names: &Names) -> Value {
    let mut properties = Map::new();
    for field in &message.fields {
        properties.insert(field.json_name.clone(), property(field, names));
    }
    let required: Vec<&str> =
        message.fields.iter().filter(|field| field.required).map(|field| field.json_name.as_str()).collect();
    let mut description = message.comment.clone();
    for (index, oneof) in message.oneofs.iter().enumerate() {
        let members = message.fields.iter().filter(|field| field.oneof == Some(index));
        let members: Vec<String> = members.map(|field| format!("`{}`", field.json_name)).collect();
        let separator = if description.is_empty() { "" } else { "\n\n" };
        description = format!("{description}{separator}`{oneof}`: at most one of {}.", members.join(", "));
    }
    let mut schema = described(
        json!({ "type": "object", "properties": properties, "additionalProperties": false }),
        &description,
    );
    if let (Some(object), false) = (schema.as_object_mut(), required.is_empty()) {
        object.insert("required".into(), json!(required));
    }
    schema
}

fn property(field: &Field, names: &Names) -> Value {
    let one = value(&field.kind, names);
    let schema = match &field.cardinality {
        Cardinality::Singular => one,
        Cardinality::Repeated => json!({ "type": "array", "items": one }),
        Cardinality::Map(key) => {
            json!({ "type": "object", "propertyNames": key_names(key), "additionalProperties": one })
        }
    };
    let mut schema = described(schema, &field.comment);
    if let (Some(object), true) = (schema.as_object_mut(), field.deprecated) {
        object.insert("deprecated".into(), true.into());
    }
    schema
}

fn value(kind: &Kind, names: &Names) -> Value {
    match kind {
        Kind::Double => floating("double"),
        Kind::Float => floating("float"),
        Kind::Int32 => {
            json!({ "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX })
        }
        Kind::Uint32 => json!({ "type": "integer", "format": "uint32", "minimum": 0, "maximum": u32::MAX }),
        // Strings, because JSON readers round large numbers.
        Kind::Int64 => json!({ "type": "string", "format": "int64", "pattern": "^-?[0-9]+$" }),
        Kind::Uint64 => json!({ "type": "string", "format": "uint64", "pattern": "^[0-9]+$" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::String => json!({ "type": "string" }),
        Kind::Bytes => json!({ "type": "string", "format": "byte", "contentEncoding": "base64" }),
        Kind::Message(name) | Kind::Enum(name) => names.message(name),
    }
}

fn floating(format: &str) -> Value {
    json!({ "anyOf": [
        { "type": "number", "format": format },
        { "type": "string", "enum": ["NaN", "Infinity", "-Infinity"] },
    ] })
}

fn key_names(key: &Kind) -> Value {
    match key {
        Kind::Bool => json!({ "enum": ["true", "false"] }),
        Kind::Int32 | Kind::Int64 => json!({ "pattern": "^-?[0-9]+$" }),
        Kind::Uint32 | Kind::Uint64 => json!({ "pattern": "^[0-9]+$" }),
        _ => json!({ "type": "string" }),
    }
}

fn enumeration(one: &Enum) -> Value {
    let values: Vec<&str> = one.values.iter().map(|value| value.name.as_str()).collect();
    let mut description = one.comment.clone();
    for value in one.values.iter().filter(|value| !value.comment.is_empty()) {
        let separator = if description.is_empty() { "" } else { "\n" };
        description =
            format!("{description}{separator}- `{}`: {}", value.name, value.comment.replace('\n', " "));
    }
    described(json!({ "type": "string", "enum": values }), &description)
}

/// The schema of a type whose JSON form is its own.
fn well_known(name: &str) -> Option<Value> {
    let schema = match name.strip_prefix(WELL_KNOWN)? {
        "Any" => json!({
            "type": "object",
            "properties": { "@type": { "type": "string", "description": "`type.googleapis.com/` and the full name of the type." } },
            "required": ["@type"],
            "additionalProperties": true,
        }),
        "Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "Duration" => {
            json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$", "description": "Seconds, such as `1.5s`." })
        }
        "FieldMask" => {
            json!({ "type": "string", "description": "Paths in lowerCamelCase, separated by commas." })
        }
        "Empty" => json!({ "type": "object", "additionalProperties": false }),
        "Struct" => json!({ "type": "object", "additionalProperties": true }),
        "ListValue" => json!({ "type": "array", "items": {} }),
        "Value" => json!({ "description": "Any JSON value." }),
        "NullValue" => json!({ "type": "null" }),
        "BoolValue" => json!({ "type": ["boolean", "null"] }),
        "StringValue" => json!({ "type": ["string", "null"] }),
        "BytesValue" => json!({ "type": ["string", "null"], "format": "byte", "contentEncoding": "base64" }),
        "Int32Value" => {
            json!({ "type": ["integer", "null"], "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX })
        }
        "UInt32Value" => {
            json!({ "type": ["integer", "null"], "format": "uint32", "minimum": 0, "maximum": u32::MAX })
        }
        "Int64Value" => json!({ "type": ["string", "null"], "format": "int64", "pattern": "^-?[0-9]+$" }),
        "UInt64Value" => json!({ "type": ["string", "null"], "format": "uint64", "pattern": "^[0-9]+$" }),
        "DoubleValue" => nullable(&floating("double")),
        "FloatValue" => nullable(&floating("float")),
        _ => return None,
    };
    Some(schema)
}

fn nullable(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn error() -> Value {
    json!({
        "type": "object",
        "description": "How a call failed, in the form of the Connect protocol.",
        "required": ["code"],
        "properties": {
            "code": { "type": "string", "enum": codes() },
            "message": { "type": "string", "description": "What failed, why, and what to do." },
            "details": { "type": "array", "items": {
                "type": "object",
                "required": ["type", "value"],
                "properties": {
                    "type": { "type": "string", "description": "The full name of the detail's type." },
                    "value": { "type": "string", "contentEncoding": "base64", "description": "The detail, without padding." },
                    "debug": { "description": "The detail as JSON, where its type is known." },
                },
            } },
        },
    })
}

fn codes() -> Vec<&'static str> {
    (1..=16).map(|number| micro_domain::Code::from_number(number).connect_name()).collect()
}

fn stream_error() -> Value {
    json!({
        "type": "object",
        "description": "The last line of a stream that failed.",
        "required": ["error"],
        "properties": { "error": { "$ref": "#/components/schemas/Error" } },
    })
}
