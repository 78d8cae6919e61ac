use super::*;
use micro_domain::schema::{Cardinality, Enum, EnumValue, Field, GrpcService, Kind, Message, Method, Schema};

const LIMITS: Limits = Limits { choices: 25, characters: 100 };

fn method(service: &str, name: &str) -> Method {
    Method {
        name: name.to_owned(),
        service: service.to_owned(),
        comment: String::new(),
        input: "a.Request".to_owned(),
        output: "a.Reply".to_owned(),
        client_streaming: false,
        server_streaming: false,
        idempotent: false,
        read_only: false,
        deprecated: false,
    }
}

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

fn description() -> Description {
    let service =
        |name: &str, methods| GrpcService { name: name.to_owned(), comment: String::new(), methods };
    let value = |name: &str, number| EnumValue {
        name: name.to_owned(),
        number,
        comment: String::new(),
        deprecated: false,
    };
    let fields = vec![
        field("full_name", Kind::String, Cardinality::Singular),
        field("kind", Kind::Enum("a.Kind".to_owned()), Cardinality::Singular),
        field("tags", Kind::String, Cardinality::Repeated),
    ];
    let request =
        Message { name: "a.Request".to_owned(), comment: String::new(), fields, oneofs: Vec::new() };
    let kinds = Enum {
        name: "a.Kind".to_owned(),
        comment: String::new(),
        values: vec![value("KIND_WARM", 0), value("KIND_COLD", 1)],
    };
    let schema = Schema {
        services: vec![
            service("a.One", vec![method("a.One", "SayHello"), method("a.One", "Get")]),
            service("a.Two", vec![method("a.Two", "Get")]),
        ],
        messages: [("a.Request".to_owned(), request)].into(),
        enums: [("a.Kind".to_owned(), kinds)].into(),
        omitted: Vec::new(),
    };
    Description { service: "greeter".to_owned(), version: String::new(), schema }
}

#[test]
fn what_begins_like_it_comes_first() {
    let known = ["billing", "big-greeter", "Greeter", ""].map(str::to_owned);
    assert_eq!(fitting(&known, " GREE", LIMITS), ["Greeter", "big-greeter"]);
    assert_eq!(fitting(&known, "", LIMITS), ["billing", "big-greeter", "Greeter"]);
    let many = (0..60).map(|at| format!("s{at}")).chain(["x".repeat(101)]);
    assert_eq!(fitting(many, "", LIMITS).len(), LIMITS.choices);
    assert!(fitting(["x".repeat(101)], "x", LIMITS).is_empty());
}

#[test]
fn methods_are_short_where_that_is_clear() {
    assert_eq!(methods(&description()).collect::<Vec<_>>(), ["say-hello", "a.One.Get", "a.Two.Get"]);
}

#[test]
fn fields_follow_what_was_typed() {
    let description = description();
    let next = |so_far: &str| fields(&description, "say-hello", so_far, LIMITS);
    assert_eq!(next(""), ["full-name:", "kind:", "tags:"]);
    assert_eq!(next("full-name:Ann ta"), ["full-name:Ann tags:"]);
    assert_eq!(next("fullName:Ann tags:a "), ["fullName:Ann tags:a kind:", "fullName:Ann tags:a tags:"]);
    assert_eq!(next("kind:co"), ["kind:KIND_COLD"]);
    assert_eq!(next("full-name:Ann kind:"), ["full-name:Ann kind:KIND_WARM", "full-name:Ann kind:KIND_COLD"]);
    assert!(next(&"x".repeat(200)).is_empty());
    assert!(fields(&description, "nothing", "", LIMITS).is_empty());
}
