#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::schema::{Cardinality, Enum, EnumValue, Field, Kind, Message, Schema};

fn method(client_streaming: bool, server_streaming: bool) -> Method {
    Method {
        name: "Hello".to_owned(),
        service: "greet.v1.Greeter".to_owned(),
        comment: String::new(),
        input: "greet.v1.HelloRequest".to_owned(),
        output: "greet.v1.HelloResponse".to_owned(),
        client_streaming,
        server_streaming,
        idempotent: false,
        read_only: false,
        deprecated: false,
    }
}

fn code(id: &str, method: &Method, messages: &[&str]) -> String {
    let messages: Vec<String> = messages.iter().map(|message| (*message).to_owned()).collect();
    let subject = Subject {
        base_url: "http://localhost:8080",
        service: "greeter",
        method,
        ambiguous: false,
        messages: &messages,
        metadata: &[],
        timeout_ms: None,
    };
    snippets(&subject).into_iter().find(|snippet| snippet.id == id).unwrap().code
}

#[test]
fn a_unary_call() {
    let method = method(false, false);
    assert_eq!(
        code("curl", &method, &[r#"{"name":"Ann's"}"#]),
        "curl http://localhost:8080/v1/greeter/Hello \\\n  --header \"authorization: Bearer $MICRO_TOKEN\" \\\n  \
         --header 'content-type: application/json' \\\n  --data-binary '{\"name\":\"Ann'\\''s\"}'"
    );
    assert_eq!(
        code("grpcurl", &method, &["{}"]),
        "grpcurl -plaintext -H \"authorization: Bearer $MICRO_TOKEN\" -H 'micro-service: greeter' \\\n  \
         -d '{}' \\\n  localhost:8080 greet.v1.Greeter/Hello"
    );
    assert_eq!(code("micro", &method, &["{}"]), "micro call greeter Hello '{}'");
    assert!(code("javascript", &method, &["{}"]).contains("await response.json()"));
}

#[test]
fn streams_send_one_message_a_line() {
    let method = method(true, true);
    assert!(code("curl", &method, &["{}", "{}"]).contains("--no-buffer"));
    assert!(code("curl", &method, &["{}", "{}"]).contains("--data-binary '{}\n{}'"));
    assert_eq!(code("micro", &method, &["{}", "{}"]), "printf '%s\\n' '{}\n{}' | micro call greeter Hello -");
    assert!(code("python", &method, &["{}"]).contains("application/x-ndjson"));
}

#[test]
fn an_ambiguous_method_is_named_in_full() {
    let method = method(false, false);
    let subject = Subject {
        base_url: "https://micro.example",
        service: "s",
        method: &method,
        ambiguous: true,
        messages: &[],
        metadata: &[],
        timeout_ms: None,
    };
    let all = snippets(&subject);
    assert!(all.iter().any(|snippet| snippet.code.contains("/v1/s/greet.v1.Greeter.Hello")));
    assert!(all.iter().any(|snippet| snippet.code.contains("micro.example:443 greet.v1.Greeter/Hello")));
}

#[test]
fn metadata_and_the_deadline_go_along_and_secrets_do_not() {
    let row = |name: &str, value: &str| Metadata { name: name.to_owned(), value: value.to_owned() };
    let metadata = [
        row("x-colour", "teal & blue"),
        row("x-api-key", "hunter2"),
        row("authorization", "hunter2"),
        row("", "x"),
    ];
    let method = method(false, false);
    let messages = ["{}".to_owned()];
    let subject = Subject {
        base_url: "http://localhost:8080",
        service: "s",
        method: &method,
        ambiguous: false,
        messages: &messages,
        metadata: &metadata,
        timeout_ms: Some(1_500),
    };
    let all = snippets(&subject);
    for snippet in &all {
        let code = &snippet.code;
        assert!(code.contains("teal & blue") && code.contains("REPLACE_ME"), "{code}");
        assert!(!code.contains("hunter2"), "{code}");
    }
    let code = |id: &str| all.iter().find(|snippet| snippet.id == id).unwrap().code.as_str();
    assert!(code("curl").contains("--header 'connect-timeout-ms: 1500'"));
    assert!(
        code("grpcurl").contains("-H 'x-colour: teal & blue' -H 'x-api-key: REPLACE_ME' -max-time 1.5 -d")
    );
    assert!(code("micro").ends_with("-H 'x-colour:teal & blue' -H x-api-key:REPLACE_ME --timeout 1500ms"));
    assert!(code("java").contains(".header(\"x-colour\", \"teal & blue\")"));
}

fn field(name: &str, kind: Kind, cardinality: Cardinality, oneof: Option<usize>) -> Field {
    Field {
        name: name.to_owned(),
        json_name: name.to_owned(),
        number: 1,
        kind,
        cardinality,
        presence: false,
        required: false,
        oneof,
        comment: String::new(),
        deprecated: false,
        redact: false,
    }
}

#[test]
fn a_sample_ends_for_recursive_messages() {
    let node = |kind| field("child", kind, Cardinality::Singular, None);
    let fields = vec![
        field("id", Kind::Int64, Cardinality::Repeated, None),
        field("tags", Kind::Enum("E".to_owned()), Cardinality::Map(Kind::String), None),
        field("one", Kind::Bool, Cardinality::Singular, Some(0)),
        field("two", Kind::Bool, Cardinality::Singular, Some(0)),
        node(Kind::Message("Node".to_owned())),
        field("at", Kind::Message("google.protobuf.Timestamp".to_owned()), Cardinality::Singular, None),
    ];
    let value = |name: &str, number| EnumValue {
        name: name.to_owned(),
        number,
        comment: String::new(),
        deprecated: false,
    };
    let mut required = field("must", Kind::Bool, Cardinality::Singular, None);
    required.required = true;
    let fields = [fields, vec![required]].concat();
    let mut schema = Schema::default();
    let node =
        Message { name: "Node".to_owned(), comment: String::new(), fields, oneofs: vec!["which".to_owned()] };
    schema.messages.insert("Node".to_owned(), node);
    let values = vec![value("E_UNSPECIFIED", 0), value("E_A", 1)];
    schema.enums.insert("E".to_owned(), Enum { name: "E".to_owned(), comment: String::new(), values });
    let sample = sample(&schema, "Node");
    assert_eq!(sample.pointer("/id/0").unwrap(), "1");
    assert_eq!(sample.pointer("/tags/key").unwrap(), "E_A");
    assert!(sample.get("two").is_none());
    assert_eq!(sample.pointer("/at").unwrap(), "2026-01-31T12:00:00Z");
    assert_eq!(sample.pointer("/child/child/child").unwrap(), &serde_json::json!({"must": true}));
}
