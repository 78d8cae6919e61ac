use super::*;
use crate::schema::Method;

fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
    text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn post(text: &[(&str, &str)]) -> Result<serde_json::Value, Vec<crate::Violation>> {
    let method: Method = zoo::echo();
    from_pairs(&schema(), &method, &pairs(text)).map(|json| serde_json::from_str(&json).unwrap())
}

#[test]
fn pairs_become_json() {
    let posted = post(&[
        ("stringValue", "two\r\nlines"),
        ("int64Value", "9007199254740993"),
        ("boolValue", "true"),
        ("bytesValue~format", "text"),
        ("bytesValue", "hi"),
        ("cage~set", "1"),
        ("cage.number", "7"),
        ("cage.locks[0]~set", "1"),
        ("cage.locks[4].closed", "true"),
        ("strings[0]", "a"),
        ("labels{0}~key", "k"),
        ("labels{0}", "v"),
        ("optionalString~set", "1"),
        ("optionalString", ""),
        ("optionalInt32", ""),
        ("choice~choice", "number"),
        ("text", "left over"),
        ("number", "-1"),
        ("size~choice", ""),
        ("kilograms", "5"),
        ("any~type", "zoo.v1.Animal"),
        ("any~set", "1"),
        ("any.name", "Rex"),
        ("~unknown", "{\"new\":1}"),
        (":deadline", "5s"),
        ("nonsense[", "x"),
    ]);
    let mut expected = serde_json::json!({
        "stringValue": "two\nlines", "int64Value": "9007199254740993", "boolValue": true, "bytesValue": "aGk=",
        "cage": {"number": 7, "locks": [{}, {"closed": true}]}, "strings": ["a"], "labels": {"k": "v"},
        "optionalString": "", "number": "-1", "any": {"@type": "type.googleapis.com/zoo.v1.Animal", "name": "Rex"}
    });
    assert_eq!(posted.unwrap_err().first().unwrap().field, "new");
    let pairs =
        [("stringValue", "x"), ("optionalString~set", "1"), ("number", "-1"), ("choice~choice", "number")];
    expected = serde_json::json!({"stringValue": "x", "optionalString": "", "number": expected["number"]});
    assert_eq!(post(&pairs).unwrap(), expected);
}

#[test]
fn problems_are_named_as_the_inputs_are() {
    let wrong = post(&[
        ("int32Value", "x"),
        ("labels{0}~key", "a"),
        ("labels{1}~key", "a"),
        ("animalsByCage{0}~key", "door"),
        ("cage.locks[0].key~format", "base64"),
        ("cage.locks[0].key", "?"),
        ("cage~set", "1"),
    ]);
    let fields: Vec<String> = wrong.unwrap_err().into_iter().map(|found| found.field).collect();
    assert_eq!(fields, ["int32Value", "cage.locks[0].key", "labels{1}~key", "animalsByCage{0}~key"]);
}

#[test]
fn buttons_without_scripts_add_and_remove() {
    let schema = schema();
    let form = |extra: &[(&str, &str)]| {
        let base = [
            ("strings[0]", "a"),
            ("strings[1]", "b"),
            ("labels{0}~key", "k"),
            ("labels{0}", "v"),
            ("int32Value", "oops"),
        ];
        let all: Vec<(&str, &str)> = base.iter().chain(extra).copied().collect();
        Form::from_pairs(&schema, zoo::EVERYTHING, &pairs(&all)).to_json(&schema)
    };
    assert_eq!(form(&[]), r#"{"int32Value":"oops","strings":["a","b"],"labels":{"k":"v"}}"#);
    assert_eq!(
        form(&[("+strings", "")]),
        r#"{"int32Value":"oops","strings":["a","b",""],"labels":{"k":"v"}}"#
    );
    assert_eq!(form(&[("-strings[0]", "")]), r#"{"int32Value":"oops","strings":["b"],"labels":{"k":"v"}}"#);
    assert_eq!(form(&[("-labels{0}", "")]), r#"{"int32Value":"oops","strings":["a","b"]}"#);
    assert!(form(&[("+tree", "")]).contains(r#""tree":{}"#));
    assert!(form(&[("tree~set", "1"), ("+tree.left", "")]).contains(r#""tree":{"left":{}}"#));
    assert!(!form(&[("tree~set", "1"), ("-tree", "")]).contains("tree"));
    assert_eq!(form(&[("-strings[9]", ""), ("+nothing.here", "")]), form(&[]));
}

#[test]
fn choosing_one_of_a_oneof_unsets_the_others() {
    let schema = schema();
    let mut form = filled(r#"{"text":"x","kilograms":1}"#);
    assert!(form.choose(&schema, "", 0, Some("animal")));
    assert_eq!(form.to_json(&schema), r#"{"animal":{},"kilograms":1}"#);
    assert!(form.set_text(&schema, "number", "5"));
    assert_eq!(form.to_json(&schema), r#"{"number":"5","kilograms":1}"#);
    assert!(form.choose(&schema, "", 0, None));
    assert!(form.choose(&schema, "", 1, None));
    assert_eq!(form.to_json(&schema), "{}");
    let both = filled(r#"{"text":"x","number":"1"}"#);
    assert_eq!(
        problems(&both),
        [("choice".to_owned(), "At most one of these may be set, not text and number.".to_owned())]
    );
    assert_eq!(filled(&both.to_json(&schema)), both);
}

#[test]
fn optional_values_come_and_go() {
    let schema = schema();
    let mut form = Form::new(&schema, zoo::EVERYTHING);
    assert!(form.set_text(&schema, "optionalInt32", "5"));
    assert!(form.set_text(&schema, "optionalInt32", ""));
    assert_eq!(form.to_json(&schema), "{}");
    assert!(form.set_present(&schema, "optionalString", true));
    assert!(form.set_present(&schema, "doubleWrapper", true));
    assert!(form.set_present(&schema, "timestamp", true));
    assert_eq!(
        form.to_json(&schema),
        r#"{"optionalString":"","timestamp":"1970-01-01T00:00:00Z","doubleWrapper":0}"#
    );
    assert!(form.set_present(&schema, "optionalString", false));
    assert!(!form.set_text(&schema, "no.such.field", "x"));
    assert!(form.apply(&schema, &Edit::Add("tree".to_owned())));
    assert!(form.apply(&schema, &Edit::parse("+tree.branches").unwrap()));
    assert!(form.apply(&schema, &Edit::parse("+tree.named").unwrap()));
    assert!(form.set_key(&schema, "tree.named{0}", "n"));
    assert!(form.set_text(&schema, "tree.named{0}.label", "deep"));
    assert!(form.to_json(&schema).contains(r#""tree":{"branches":[{}],"named":{"n":{"label":"deep"}}}"#));
}

#[test]
fn bytes_are_typed_in_either_way() {
    let schema = schema();
    let mut form = Form::new(&schema, zoo::EVERYTHING);
    assert!(form.set_text(&schema, "bytesValue", "hé"));
    assert!(form.set_format(&schema, "bytesValue", BytesFormat::Base64));
    assert!(form.set_text(&schema, "optionalBytes", "x"));
    assert_eq!(form.to_json(&schema), r#"{"bytesValue":"aMOp","optionalBytes":"eA=="}"#);
    assert!(form.set_format(&schema, "bytesValue", BytesFormat::Text));
    assert_eq!(form.to_json(&schema), r#"{"bytesValue":"aMOp","optionalBytes":"eA=="}"#);
    assert!(form.set_content(&schema, "bytesValue", "/w==".to_owned()));
    assert!(!form.set_format(&schema, "bytesValue", BytesFormat::Text));
    assert_eq!(problems(&form), []);
}

#[test]
fn an_any_takes_the_type_that_is_chosen() {
    let schema = schema();
    let mut form = Form::new(&schema, zoo::EVERYTHING);
    assert!(form.set_present(&schema, "any", true));
    assert_eq!(form.to_json(&schema), r#"{"any":{}}"#);
    assert!(form.set_type(&schema, "any", "type.googleapis.com/zoo.v1.Animal"));
    assert!(form.set_text(&schema, "any.name", "Rex"));
    assert_eq!(
        form.to_json(&schema),
        r#"{"any":{"@type":"type.googleapis.com/zoo.v1.Animal","name":"Rex"}}"#
    );
    assert!(form.set_type(&schema, "any", "type.googleapis.com/google.protobuf.Duration"));
    assert!(form.set_text(&schema, "any.value", "1s"));
    assert_eq!(
        form.to_json(&schema),
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}}"#
    );
    assert!(form.set_type(&schema, "any", "zoo.v1.Nest"));
    assert_eq!(problems(&form).first().unwrap().0, "any~type");
    assert!(types(&schema).contains(&"zoo.v1.Nest"));
}

#[test]
fn errors_lead_to_their_value() {
    let schema = schema();
    let form = filled(
        r#"{"cage":{"locks":[{},{}]},"labels":{"a.b":"x","c":"y"},"animalsByCage":{"7":{}},"any":{"@type":"x/zoo.v1.Animal"}}"#,
    );
    for (place, path) in [
        ("cage.locks[1].closed", "cage.locks[1].closed"),
        ("int64_value", "int64Value"),
        ("labels.a.b", "labels{0}"),
        ("labels[\"c\"]", "labels{1}"),
        ("animalsByCage.7.legs", "animalsByCage{0}.legs"),
        ("animals_by_cage[7].bornAt", "animalsByCage{0}.bornAt"),
        ("any.name", "any.name"),
        ("strange", "strange"),
        ("strings[3]", "strings"),
        ("", ""),
    ] {
        assert_eq!(form.locate(&schema, place), path, "{place}");
    }
}

#[test]
fn hostile_names_are_ignored() {
    let long = format!("tree{}", ".left".repeat(500));
    let rows = format!("strings[{}]", usize::MAX);
    for name in ["", "[", "strings[", "strings[-1]", "a..b", "$[0]", "{0}", &long, &rows, "strings[0]x"] {
        assert_eq!(
            Form::from_pairs(&schema(), zoo::EVERYTHING, &pairs(&[(name, "x")])).to_json(&schema()),
            "{}",
            "{name}"
        );
    }
}

#[test]
fn what_was_masked_is_not_sent_in_its_place() {
    let form = filled(r#"{"cage":{"locks":[{"key":"[redacted]"}]},"stringValue":"[redacted]"}"#);
    assert_eq!(
        problems(&form).iter().map(|found| found.0.as_str()).collect::<Vec<_>>(),
        ["cage.locks[0].key"]
    );
}
