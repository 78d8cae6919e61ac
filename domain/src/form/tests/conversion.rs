use super::*;
use std::{fs, path::PathBuf};

/// Requests that every test service is sent, by name.
fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/services/fixtures").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files
        .map(|path| {
            (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn every_type_survives_the_way_through_json() {
    let schema = schema();
    let fixtures = fixtures(".");
    assert!(fixtures.len() > 30);
    for (name, text) in fixtures {
        let form = filled(&text);
        let json = form.to_json(&schema);
        assert_eq!(filled(&json), form, "{name}: {json}");
        assert_eq!(filled(&json).to_json(&schema), json, "{name}");
        assert_eq!(problems(&form), [], "{name}");
    }
}

#[test]
fn every_type_survives_the_way_through_an_html_form() {
    let schema = schema();
    for (name, text) in fixtures(".").into_iter().chain(fixtures("invalid")) {
        let Ok(json) = serde_json::from_str(&text) else { continue };
        let form = Form::from_json(&schema, zoo::EVERYTHING, &json);
        let mut pairs = Vec::new();
        let at = if matches!(form.root, Node::Message(_)) { "" } else { path::ROOT };
        post(&schema, &form.root, at, &mut pairs);
        assert_eq!(Form::from_pairs(&schema, zoo::EVERYTHING, &pairs), form, "{name}: {pairs:?}");
    }
}

/// What a browser posts for a form: what the page renders.
fn post(schema: &Schema, node: &Node, at: &str, pairs: &mut Vec<(String, String)>) {
    let mut pair = |name: String, value: &str| pairs.push((name, value.to_owned()));
    match node {
        Node::Absent => {}
        Node::Raw(value) => {
            pair(path::mark(at, path::RAW), "1");
            pair(at.to_owned(), &value.to_string());
        }
        Node::Text(text) => {
            pair(path::mark(at, path::SET), "1");
            pair(at.to_owned(), text);
        }
        Node::Bytes(bytes) => {
            pair(path::mark(at, path::SET), "1");
            pair(
                path::mark(at, path::FORMAT),
                if bytes.format == BytesFormat::Base64 { "base64" } else { "text" },
            );
            pair(at.to_owned(), &bytes.text);
        }
        Node::List(rows) => rows.iter().enumerate().for_each(|(index, row)| {
            let at = path::row(at, index);
            pairs.push((path::mark(&at, path::SET), "1".to_owned()));
            post(schema, row, &at, pairs);
        }),
        Node::Map(rows) => rows.iter().enumerate().for_each(|(index, (key, row))| {
            let at = path::entry(at, index);
            pairs.push((path::mark(&at, path::KEY), key.clone()));
            post(schema, row, &at, pairs);
        }),
        Node::Any(any) => {
            pair(path::mark(at, path::SET), "1");
            pair(path::mark(at, path::TYPE), &any.type_url);
            let kind = Kind::Message(any.type_name().to_owned());
            let inside = matches!(shape(schema, &kind), Shape::Message(_));
            let below = if inside { at.to_owned() } else { path::join(at, "value") };
            post(schema, &any.value, &below, pairs);
        }
        Node::Message(fields) => {
            pair(path::mark(at, path::SET), "1");
            if !fields.unknown.is_empty() {
                let unknown: serde_json::Map<String, serde_json::Value> =
                    fields.unknown.iter().cloned().collect();
                pair(path::mark(at, path::UNKNOWN), &serde_json::Value::Object(unknown).to_string());
            }
            let Some(message) = schema.messages.get(&fields.message) else { return };
            for (field, (part, node)) in message.fields.iter().zip(&fields.values) {
                let untouched = *node == untouched(field);
                if !untouched {
                    post(schema, node, &path::join(at, part), pairs);
                }
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_kept_and_named() {
    let schema = schema();
    let form = filled(
        r#"{"int32Value":{"a":1},"int64Value":"x","bools":true,"labels":[1],"unknown_to_us":[1,{"b":2}],"colour":1,
            "cage":{"locks":[{},5]},"any":{"@type":"type.googleapis.com/zoo.v1.Nest","eggz":1},"bytesValue":"!!",
            "duration":"5","timestamp":"yesterday","color":"COLOR_RDE","floatValue":1e39,"doubles":["Infinity",null]}"#,
    );
    assert_eq!(filled(&form.to_json(&schema)), form);
    let found = problems(&form);
    let expected = [
        "floatValue",
        "int32Value",
        "int64Value",
        "bytesValue",
        "color",
        "cage.locks[1]",
        "doubles[1]",
        "bools",
        "labels",
        "any.eggz",
        "timestamp",
        "duration",
        "colour",
        "unknown_to_us",
    ];
    assert_eq!(found.iter().map(|found| found.0.as_str()).collect::<Vec<_>>(), expected);
    let told = |field: &str| found.iter().find(|found| found.0 == field).unwrap().1.clone();
    assert_eq!(told("color"), "Expected a name or number of zoo.v1.Color. Did you mean COLOR_RED?");
    assert_eq!(told("any.eggz"), "zoo.v1.Nest has no field eggz. Did you mean eggs?");
    assert_eq!(told("duration"), "Expected seconds with an s, such as 1.5s.");
    assert!(form.to_json(&schema).contains(r#""unknown_to_us":[1,{"b":2}]"#));
}

#[test]
fn numbers_keep_every_digit() {
    let schema = schema();
    let json =
        r#"{"int64Value":"9007199254740993","uint64Value":"18446744073709551615","fixed32Value":4294967295}"#;
    assert_eq!(filled(json).to_json(&schema), json);
    assert_eq!(
        filled(r#"{"int64Value":9007199254740993}"#).to_json(&schema),
        r#"{"int64Value":"9007199254740993"}"#
    );
    for (field, text, good) in [
        ("int32Value", "2147483648", false),
        ("int32Value", "1e3", true),
        ("int32Value", "1.5", false),
        ("uint32Value", "-1", false),
        ("int64Value", "9223372036854775808", false),
        ("int64Value", "-9223372036854775808", true),
        ("floatValue", "3.4028234663852886e38", true),
        ("doubleValue", "inf", false),
        ("timestamp", "2023-02-29T00:00:00Z", false),
        ("timestamp", "2024-02-29T23:59:59.123456789+05:30", true),
        ("duration", "-0.000000001s", true),
        ("duration", "1.0000000001s", false),
        ("optionalBool", "yes", false),
    ] {
        let mut form = Form::new(&schema, zoo::EVERYTHING);
        assert!(form.set_text(&schema, field, text));
        assert_eq!(problems(&form).is_empty(), good, "{field} {text}");
    }
}

#[test]
fn a_request_may_be_a_well_known_type() {
    let schema = schema();
    for (message, json) in [
        ("google.protobuf.StringValue", r#""text""#),
        ("google.protobuf.Empty", "{}"),
        ("google.protobuf.Duration", r#""1.5s""#),
        ("google.protobuf.Struct", r#"{"a":[null]}"#),
        ("google.protobuf.Any", r#"{"@type":"type.googleapis.com/zoo.v1.Animal","name":"Rex"}"#),
        ("not.Described", r#"{"a":1}"#),
    ] {
        let form = Form::from_json(&schema, message, &serde_json::from_str(json).unwrap());
        assert_eq!(form.to_json(&schema), json);
        assert_eq!(form.violations(&schema), []);
        let mut pairs = Vec::new();
        post(&schema, &form.root, path::ROOT, &mut pairs);
        assert_eq!(Form::from_pairs(&schema, message, &pairs), form, "{pairs:?}");
    }
    assert_eq!(Form::new(&schema, zoo::EVERYTHING).to_json(&schema), "{}");
}

#[test]
fn json_errors_have_a_position() {
    let error = json::messages("{\n  \"a\": 1,\n  \"b\": }").unwrap_err();
    assert_eq!((error.line, error.column), (3, 8));
    assert_eq!(error.to_string(), "Line 3, column 8: expected value.");
    assert_eq!(json::messages("{}\n{\"a\":1}\n").unwrap().len(), 2);
    // A string that is not closed is wrong where its line ends, not before the next one.
    let error = json::messages("{\n  \"a\": \"Ann,\n  \"b\": 1}").unwrap_err();
    assert_eq!((error.line, error.column), (2, 13), "{error}");
    assert_eq!(
        json::split("{ \"b\" : \"x y\" }\n{\"a\":1.10}").unwrap(),
        ["{\"b\":\"x y\"}", "{\"a\":1.10}"]
    );
}

#[test]
fn pretty_changes_nothing_but_space() {
    let text = r#"{"z":1.10,"a":{"b":[],"c":{},"d":[1,"x\"],y",null]}}"#;
    let expected = "{\n  \"z\": 1.10,\n  \"a\": {\n    \"b\": [],\n    \"c\": {},\n    \"d\": [\n      1,\n      \"x\\\"],y\",\n      null\n    ]\n  }\n}";
    assert_eq!(json::pretty(text), expected);
    assert_eq!(json::pretty(expected), expected);
    assert_eq!(json::compact(expected), text);
    for broken in ["{", "]]", "\"open", "{\"a\":", "é\u{1F418}", ""] {
        assert_eq!(json::compact(&json::pretty(broken)), broken);
    }
}

#[test]
fn marked_fields_are_masked_where_they_are() {
    let schema = schema();
    let json = r#"{"z":1,"cage":{"locks":[{"key":"c2VjcmV0","closed":true}]},"any":{"@type":"x/zoo.v1.Lock","key":"AA=="}}"#;
    let masked = mask(&schema, zoo::EVERYTHING, json).unwrap();
    assert_eq!(
        masked,
        r#"{"z":1,"cage":{"locks":[{"key":"••••••","closed":true}]},"any":{"@type":"x/zoo.v1.Lock","key":"••••••"}}"#
    );
    assert_eq!(mask(&schema, zoo::EVERYTHING, r#"{"cage":{"locks":[{}]}}"#), None);
}
