#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use micro_domain::schema::{Cardinality, Enum, EnumValue, Field, GrpcService, Kind, Message, Method};
use std::collections::{BTreeMap, BTreeSet};

fn field(name: &str, kind: Kind, cardinality: Cardinality) -> Field {
    Field {
        name: name.to_owned(),
        json_name: name.to_owned(),
        number: 1,
        kind,
        cardinality,
        presence: false,
        required: false,
        oneof: None,
        comment: String::new(),
        deprecated: false,
        redact: false,
    }
}

fn method(service: &str, name: &str, streaming: (bool, bool)) -> Method {
    Method {
        name: name.to_owned(),
        service: service.to_owned(),
        comment: "Greets.\nMore of it.".to_owned(),
        input: "greet.v1.HelloRequest".to_owned(),
        output: "google.protobuf.Struct".to_owned(),
        client_streaming: streaming.0,
        server_streaming: streaming.1,
        idempotent: false,
        read_only: false,
        deprecated: false,
    }
}

fn offer(service: &str, extra: &str) -> Offer {
    let every_kind = [
        ("double", Kind::Double),
        ("int64", Kind::Int64),
        ("bytes", Kind::Bytes),
        ("colour", Kind::Enum("greet.v1.Colour".to_owned())),
        ("inner", Kind::Message("greet.v1.HelloRequest".to_owned())),
        ("lost", Kind::Message("greet.v1.Lost".to_owned())),
        ("at", Kind::Message("google.protobuf.Timestamp".to_owned())),
        (extra, Kind::String),
    ];
    let mut fields: Vec<Field> =
        every_kind.into_iter().map(|(name, kind)| field(name, kind, Cardinality::Singular)).collect();
    fields.push(field("tags", Kind::String, Cardinality::Repeated));
    fields.push(field("counts", Kind::Uint64, Cardinality::Map(Kind::Int32)));
    let request = Message {
        name: "greet.v1.HelloRequest".to_owned(),
        comment: String::new(),
        fields,
        oneofs: Vec::new(),
    };
    let value =
        EnumValue { name: "RED".to_owned(), number: 0, comment: "Warm.".to_owned(), deprecated: false };
    let colour = Enum { name: "greet.v1.Colour".to_owned(), comment: String::new(), values: vec![value] };
    let methods =
        |service: &str| vec![method(service, "Hello", (false, false)), method(service, "Chat", (true, true))];
    let grpc = |name: &str, methods| GrpcService { name: name.to_owned(), comment: String::new(), methods };
    let second = vec![method("greet.v1.Other", "Chat", (false, true))];
    let schema = Schema {
        services: vec![grpc("greet.v1.Greeter", methods("greet.v1.Greeter")), grpc("greet.v1.Other", second)],
        messages: BTreeMap::from([(request.name.clone(), request)]),
        enums: BTreeMap::from([(colour.name.clone(), colour)]),
        omitted: Vec::new(),
    };
    Offer {
        service: service.to_owned(),
        versions: vec!["1".to_owned(), "2".to_owned()],
        schema: Arc::new(schema),
    }
}

/// Every `$ref` in the document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(target) = object.get("$ref").and_then(Value::as_str) {
                found.insert(target.to_owned());
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_document_has_the_structure_of_openapi() {
    let document =
        document(&[offer("greeter", "same"), offer("twin", "same"), offer("stranger", "different")]);
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/v1/") && path.split('/').count() == 4, "{path}");
        let operation = &item["post"];
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
        assert!(operation["responses"]["200"]["description"].is_string(), "{path}");
        assert!(operation["requestBody"]["content"].is_object(), "{path}");
        assert_eq!(operation["summary"], "Greets.");
    }
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 5);
    for target in found {
        assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{name}");
    }
}

#[test]
fn names_are_short_where_unique_and_types_of_strangers_stay_apart() {
    let document =
        document(&[offer("greeter", "same"), offer("twin", "same"), offer("stranger", "different")]);
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/v1/greeter/Hello"));
    assert!(paths.contains_key("/v1/greeter/greet.v1.Greeter.Chat"));
    assert!(paths.contains_key("/v1/greeter/greet.v1.Other.Chat"));
    let input = |path: &str| {
        paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].clone()
    };
    assert_eq!(input("/v1/twin/Hello"), "#/components/schemas/greet.v1.HelloRequest");
    assert_eq!(input("/v1/stranger/Hello"), "#/components/schemas/stranger.greet.v1.HelloRequest");
    let inner = &document["components"]["schemas"]["stranger.greet.v1.HelloRequest"]["properties"]["inner"];
    assert_eq!(inner["$ref"], "#/components/schemas/stranger.greet.v1.HelloRequest");
}

#[test]
fn values_are_described_as_proto_json_writes_them() {
    let document = document(&[offer("greeter", "same")]);
    let properties = &document["components"]["schemas"]["greet.v1.HelloRequest"]["properties"];
    assert_eq!(properties["int64"]["type"], "string");
    assert_eq!(properties["bytes"]["contentEncoding"], "base64");
    assert_eq!(properties["at"], json!({ "type": "string", "format": "date-time" }));
    assert_eq!(properties["counts"]["propertyNames"], json!({ "pattern": "^-?[0-9]+$" }));
    assert_eq!(properties["tags"]["items"], json!({ "type": "string" }));
    let chat = &document["paths"]["/v1/greeter/greet.v1.Greeter.Chat"]["post"];
    assert!(chat["requestBody"]["content"]["application/x-ndjson"].is_object());
    assert!(chat["responses"]["200"]["content"]["text/event-stream"].is_object());
}
