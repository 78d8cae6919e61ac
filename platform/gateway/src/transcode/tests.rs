#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::testing;
use micro_domain::Code;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::{Value, json};

fn read(json: &str) -> Result<Bytes, Error> {
    json_to_wire(&testing::message("Everyone"), json.as_bytes())
}

fn write(wire: impl Into<Bytes>) -> Value {
    serde_json::from_str(&wire_to_json(&testing::message("Everyone"), wire.into()).unwrap()).unwrap()
}

/// Text in, and what comes out again.
fn round(json: &str) -> Value {
    write(read(json).unwrap())
}

/// Reads what is canonical, checks bytes and text against the reflection library, and expects the same text out.
fn canonical(json: Value) {
    let text = json.to_string();
    let descriptor = testing::message("Everyone");
    let mut reader = serde_json::Deserializer::from_str(&text);
    let oracle = DynamicMessage::deserialize(descriptor.clone(), &mut reader).unwrap();
    let wire = read(&text).unwrap();
    // The library's own debug output of some well-known types never ends, so no `assert_eq!`.
    assert!(
        DynamicMessage::decode(descriptor, wire.clone()).unwrap() == oracle,
        "{text} became {}",
        write(wire)
    );
    assert_eq!(write(wire), json);
    assert_eq!(write(oracle.encode_to_vec()), json);
}

/// Expects a violation at `path` whose text contains `why`.
fn refused(json: &str, path: &str, why: &str) {
    let error = read(json).unwrap_err();
    assert_eq!(error.code, Code::InvalidArgument, "{json}");
    let violation = error.violations.first().unwrap_or_else(|| panic!("{json}: {error}"));
    assert_eq!(violation.field, path, "{json}: {error}");
    assert!(violation.description.contains(why), "{json}: {}", violation.description);
    assert!(error.message.contains("line 1"), "{error}");
}

#[test]
fn every_scalar_survives() {
    canonical(json!({
        "aDouble": 1.5, "aFloat": 0.1, "anInt32": -7, "anInt64": "-9223372036854775808", "aUint32": 4_294_967_295_u32,
        "aUint64": "18446744073709551615", "aSint32": -2_147_483_648, "aSint64": "-1", "aFixed32": 7, "aFixed64": "8",
        "aSfixed32": -9, "aSfixed64": "-10", "aBool": true, "aString": "a \"quoted\" ☃\n", "someBytes": "+/8=",
        "aColor": "COLOR_GREEN",
    }));
    // No NaN is equal to another, so the oracle has no say in this one.
    assert_eq!(round(r#"{"aDouble": "NaN", "aFloat": "NaN"}"#), json!({"aDouble": "NaN", "aFloat": "NaN"}));
    canonical(json!({"aFloat": "-Infinity"}));
    canonical(json!({"aDouble": "Infinity", "aColor": 77}));
    canonical(json!({}));
}

#[test]
fn every_shape_survives() {
    canonical(json!({
        "address": {"city": "Ulm", "lines": [{"city": "a", "number": 1}, {}]}, "maybe": 0, "number": 0,
        "numbers": [1, 0, -1], "words": ["", "x"], "colors": ["COLOR_RED", "COLOR_UNSPECIFIED"], "doubles": [1.5, 0.0],
        "counts": {"a": 1, "": 0}, "places": {"-5": {"city": "x"}, "7": {}}, "flags": {"true": "COLOR_RED"},
        "child": {"child": {"child": {}}}, "newName": "x",
    }));
    canonical(json!({"word": ""}));
    canonical(json!({"nothing": null}));
    assert_eq!(
        round(r#"{"numbers": [], "counts": {}, "maybe": null, "address": null, "anInt32": 0}"#),
        json!({})
    );
}

#[test]
fn every_well_known_type_survives() {
    canonical(json!({
        "structure": {"a": 1.5, "b": [true, null, {"c": "d"}]}, "value": null, "list": [1.5, [], {}],
        "at": "2026-01-31T12:00:00.500Z", "took": "-1.000000001s", "mask": "aB,c.dE", "empty": {},
        "maybeString": "", "maybeInt64": "0", "maybeDouble": 0.5, "maybeBool": false, "maybeBytes": "AA==",
        "times": ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"],
        "values": {"x": null, "y": [1.5]}, "items": [null, {}, "x"], "maybeFloat": 0.5, "maybeUint64": "1",
    }));
    canonical(json!({"value": {"a": [null]}, "took": "0s"}));
    canonical(json!({"anything": {"@type": "type.googleapis.com/everything.v1.Address", "city": "Ulm"}}));
    canonical(json!({"anything": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}}));
    canonical(json!({"anything": {
        "@type": "type.googleapis.com/google.protobuf.Any",
        "value": {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"},
    }}));
}

#[test]
fn where_the_reflection_library_deviates_the_specification_counts() {
    // Non-finite wrappers are strings, an empty Any is an object, quoted exponents are integers.
    assert_eq!(
        round(r#"{"maybeDouble": "NaN", "maybeFloat": "-Infinity"}"#),
        json!({"maybeDouble": "NaN", "maybeFloat": "-Infinity"})
    );
    assert_eq!(round(r#"{"anything": {}}"#), json!({"anything": {}}));
    assert_eq!(
        round(r#"{"anInt32": "1e3", "anInt64": 2.0, "aUint32": 1E2}"#),
        json!({"anInt32": 1000, "anInt64": "2", "aUint32": 100})
    );
    // `@type` may come late.
    let late =
        r#"{"anything": {"city": "Ulm", "lines": [{"number": 1}], "@type": "x/everything.v1.Address"}}"#;
    assert_eq!(round(late)["anything"]["lines"][0]["number"], 1);
    refused(r#"{"anInt64": 9223372036854775808.0}"#, "anInt64", "out of range");
    refused(r#"{"aDouble": "inf"}"#, "aDouble", "expected a number");
    refused(r#"{"maybe": 1, "maybe": 2}"#, "maybe", "given twice");
    // An Any nobody can resolve shows its bytes.
    let any = prost_types::Any { type_url: "x/not.Known".to_owned(), value: vec![8, 1] };
    let mut wire = Vec::new();
    prost::encoding::message::encode(29, &any, &mut wire);
    assert_eq!(write(wire), json!({"anything": {"@type": "x/not.Known", "value": "CAE="}}));
}

#[test]
fn input_takes_both_spellings_and_every_form_of_a_value() {
    assert_eq!(
        round(r#"{"an_int64": 5, "aInt": null}"#.replace(r#", "aInt": null"#, "").as_str()),
        json!({"anInt64": "5"})
    );
    assert_eq!(round(r#"{"renamed": "x"}"#), json!({"newName": "x"}));
    assert_eq!(
        round(r#"{"anInt32": "-5", "aDouble": "1.5", "aColor": 1}"#),
        json!({"anInt32": -5, "aDouble": 1.5, "aColor": "COLOR_RED"})
    );
    for bytes in ["-_8=", "-_8", "+/8", "+/8="] {
        assert_eq!(round(&json!({"someBytes": bytes}).to_string()), json!({"someBytes": "+/8="}));
    }
    assert_eq!(round(r#"{"at": "2026-01-31T12:00:00+01:30"}"#), json!({"at": "2026-01-31T10:30:00Z"}));
    assert_eq!(round(""), json!({}));
    assert_eq!(round(" \n"), json!({}));
}

#[test]
fn wrong_values_name_their_path_and_what_was_expected() {
    refused(r#"{"address": {"lines": [{}, {}, {"city": 5}]}}"#, "address.lines[2].city", "expected a string");
    refused(r#"{"address": {"lines": [{"nmber": 5}]}}"#, "address.lines[0].nmber", "did you mean `number`?");
    refused(r#"{"anInt32": 2147483648}"#, "anInt32", "out of range, expected a 32-bit integer");
    refused(r#"{"aUint64": -1}"#, "aUint64", "out of range");
    refused(r#"{"aUint64": "18446744073709551616"}"#, "aUint64", "out of range");
    refused(r#"{"anInt32": 1.5}"#, "anInt32", "no whole number");
    refused(r#"{"aFloat": 1e39}"#, "aFloat", "out of range");
    refused(r#"{"aBool": "true"}"#, "aBool", "expected true or false");
    refused(r#"{"aColor": "COLOR_GREY"}"#, "aColor", "did you mean `COLOR_GREEN`?");
    refused(r#"{"someBytes": "*"}"#, "someBytes", "base64");
    refused(r#"{"numbers": [1, null]}"#, "numbers[1]", "expected a 32-bit integer");
    refused(r#"{"numbers": 1}"#, "numbers", "expected a list");
    refused(r#"{"counts": {"a b": "x"}}"#, r#"counts["a b"]"#, "no number");
    refused(r#"{"places": {"x": {}}}"#, "places.x", "no number");
    refused(r#"{"flags": {"yes": 0}}"#, "flags.yes", "neither");
    refused(r#"{"word": "a", "number": 1}"#, "number", "only one field of the oneof `choice`");
    refused(r#"{"aString": "a", "a_string": "b"}"#, "a_string", "given twice");
    refused(r#"{"at": "2026-02-30T00:00:00Z"}"#, "at", "no timestamp");
    refused(r#"{"at": "9999-12-31T23:59:59-00:01"}"#, "at", "out of range");
    refused(r#"{"at": 5}"#, "at", "expected a string");
    refused(r#"{"took": "5"}"#, "took", "no duration");
    refused(r#"{"took": "315576000001s"}"#, "took", "out of range");
    refused(r#"{"mask": "a_b"}"#, "mask", "no field mask");
    refused(r#"{"empty": {"x": 1}}"#, "empty.x", "no field");
    refused(r#"{"anything": {"city": "x"}}"#, "anything", "expected `@type`");
    refused(r#"{"anything": {"@type": "x/not.Known"}}"#, "anything.@type", "no type this service knows");
    refused(
        r#"{"anything": {"@type": "x/everything.v1.Address", "city": 5}}"#,
        "anything.city",
        "expected a string",
    );
    refused(
        r#"{"anything": {"@type": "x/google.protobuf.Duration", "value": 5}}"#,
        "anything.value",
        "expected a string",
    );
    let error = read("[]").unwrap_err();
    assert!(error.message.contains("expected a JSON object"), "{error}");
}

#[test]
fn broken_json_names_line_column_and_field() {
    let error = read("{\n  \"address\": {\n    \"city\" \"Ulm\"}}").unwrap_err();
    assert!(
        error.message.contains("not valid JSON") && error.message.contains("line 3, column 12"),
        "{error}"
    );
    assert!(error.message.contains("`address"), "{error}");
    let unclosed = read("{\n  \"aString\": \"Ann,\n  \"aBool\": true}").unwrap_err();
    assert!(unclosed.message.contains("line 2, column 19"), "{unclosed}");
    for broken in ["{", "{}}", "{\"aString\": \"\\ud800\"}", "nonsense", "{\"numbers\": [1,]}"] {
        assert!(read(broken).unwrap_err().message.contains("not valid JSON"), "{broken}");
    }
}

#[test]
fn nesting_has_an_end_in_both_directions() {
    let deep = |levels: usize| format!("{}{}", "{\"child\":".repeat(levels) + "{}", "}".repeat(levels));
    assert!(read(&deep(90)).is_ok());
    assert!(read(&deep(101)).unwrap_err().message.contains("levels deep"));
    let lists = format!("{{\"value\": {}{}}}", "[".repeat(110), "]".repeat(110));
    assert!(read(&lists).unwrap_err().message.contains("levels deep"));

    let mut wire = Vec::new();
    for _ in 0..200 {
        let mut outer = Vec::new();
        wire::bytes(&mut outer, 28, &wire);
        wire = outer;
    }
    assert_eq!(wire_to_json(&testing::message("Everyone"), wire.into()).unwrap_err().code, Code::Internal);
    // An Any in an Any in an Any: each level is decoded anew and still counts.
    let mut any = prost_types::Any::default();
    for _ in 0..5_000 {
        any = prost_types::Any { type_url: "x/google.protobuf.Any".to_owned(), value: any.encode_to_vec() };
    }
    let mut wire = Vec::new();
    prost::encoding::message::encode(29, &any, &mut wire);
    assert_eq!(wire_to_json(&testing::message("Everyone"), wire.into()).unwrap_err().code, Code::Internal);
}

#[test]
fn unusual_wire_forms_are_understood_and_broken_ones_refused() {
    // A message in two parts is merged, the last of a oneof counts, unpacked numbers and unknown fields are fine.
    let mut wire_bytes = Vec::new();
    wire::bytes(&mut wire_bytes, 17, &[0x0a, 1, b'a']);
    wire::bytes(&mut wire_bytes, 17, &[0x12, 2, 0x10, 5]);
    wire::bytes(&mut wire_bytes, 19, b"word");
    wire::varint(&mut wire_bytes, 20, 3);
    wire::varint(&mut wire_bytes, 21, 1);
    wire::bytes(&mut wire_bytes, 21, &[2, 3]);
    wire::varint(&mut wire_bytes, 999, 1);
    let expected =
        json!({"address": {"city": "a", "lines": [{"number": 5}]}, "number": 3, "numbers": [1, 2, 3]});
    assert_eq!(write(wire_bytes), expected);
    for broken in [&[0x0a][..], &[0x72, 5, b'x'], &[0x72, 1, 0xff], &[0x0f]] {
        let error = wire_to_json(&testing::message("Everyone"), Bytes::copy_from_slice(broken)).unwrap_err();
        assert_eq!(error.code, Code::Internal, "{broken:?}");
    }
}
