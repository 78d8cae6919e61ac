//! Every limit on messages, modals and completions: reached passes, one past is refused.

use super::{answer, letters, message};
use crate::records::Kind;
use serde_json::{Value, json};

/// A limit: who is answered, how large, and the answer of a size.
type Row = (&'static str, Kind, usize, fn(usize) -> Value);

fn embed(embed: Value) -> Value {
    message(json!({"embeds": [embed]}))
}

fn row(parts: Vec<Value>) -> Value {
    message(json!({"content": "c", "components": [{"type": 1, "components": parts}]}))
}

fn button(number: usize) -> Value {
    json!({"type": 2, "style": 1, "label": "l", "custom_id": format!("b{number}")})
}

fn option(number: usize) -> Value {
    json!({"label": "l", "value": number.to_string()})
}

fn select(options: Vec<Value>, more: Value) -> Value {
    let mut select = json!({"type": 3, "custom_id": "s", "options": options});
    for (key, value) in more.as_object().unwrap() {
        select[key] = value.clone();
    }
    row(vec![select])
}

fn modal(inputs: Vec<Value>, title: &str, id: &str) -> Value {
    let rows: Vec<Value> =
        inputs.into_iter().map(|input| json!({"type": 1, "components": [input]})).collect();
    json!({"type": 9, "data": {"custom_id": id, "title": title, "components": rows}})
}

fn input(more: Value) -> Value {
    let mut input = json!({"type": 4, "custom_id": "i", "label": "l", "style": 1});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

fn one_input(more: Value) -> Value {
    modal(vec![input(more)], "t", "m")
}

fn choices(choices: Vec<Value>) -> Value {
    json!({"type": 8, "data": {"choices": choices}})
}

const MESSAGES: &[Row] = &[
    ("content", Kind::Command, 2_000, |n| message(json!({"content": letters(n)}))),
    ("embeds", Kind::Command, 10, |n| message(json!({"embeds": vec![json!({"title": "t"}); n]}))),
    ("title", Kind::Command, 256, |n| embed(json!({"title": letters(n)}))),
    ("description", Kind::Command, 4_096, |n| embed(json!({"description": letters(n)}))),
    ("fields", Kind::Command, 25, |n| embed(json!({"fields": vec![json!({"name": "n", "value": "v"}); n]}))),
    ("field name", Kind::Command, 256, |n| embed(json!({"fields": [{"name": letters(n), "value": "v"}]}))),
    ("field value", Kind::Command, 1_024, |n| embed(json!({"fields": [{"name": "n", "value": letters(n)}]}))),
    ("footer", Kind::Command, 2_048, |n| embed(json!({"footer": {"text": letters(n)}}))),
    ("author", Kind::Command, 256, |n| embed(json!({"author": {"name": letters(n)}}))),
    ("colour", Kind::Command, 0xFF_FFFF, |n| embed(json!({"title": "t", "color": n}))),
    ("all embeds", Kind::Command, 6_000, |n| {
        let two = [json!({"description": letters(3_000)}), json!({"description": letters(n - 3_000)})];
        message(json!({"embeds": two}))
    }),
    ("update", Kind::Click, 2_000, |n| {
        let data = json!({"content": letters(n), "allowed_mentions": {"parse": []}});
        json!({"type": 7, "data": data})
    }),
];

const COMPONENTS: &[Row] = &[
    ("rows", Kind::Command, 5, |n| {
        let rows: Vec<Value> =
            (0..n).map(|number| json!({"type": 1, "components": [button(number)]})).collect();
        message(json!({"content": "c", "components": rows}))
    }),
    ("buttons", Kind::Command, 5, |n| row((0..n).map(button).collect())),
    ("selects", Kind::Command, 1, |n| {
        row((0..n).map(|i| json!({"type": 5, "custom_id": format!("s{i}")})).collect())
    }),
    ("label", Kind::Command, 80, |n| {
        row(vec![json!({"type": 2, "style": 1, "label": letters(n), "custom_id": "b"})])
    }),
    ("custom id", Kind::Command, 100, |n| {
        row(vec![json!({"type": 2, "style": 1, "label": "l", "custom_id": letters(n)})])
    }),
    ("link", Kind::Command, 512, |n| {
        let url = format!("https://{}", "a".repeat(n - 8));
        row(vec![json!({"type": 2, "style": 5, "label": "l", "url": url})])
    }),
    ("options", Kind::Command, 25, |n| select((0..n).map(option).collect(), json!({}))),
    ("option label", Kind::Command, 100, |n| {
        select(vec![json!({"label": letters(n), "value": "v"})], json!({}))
    }),
    ("option value", Kind::Command, 100, |n| {
        select(vec![json!({"label": "l", "value": letters(n)})], json!({}))
    }),
    ("option description", Kind::Command, 100, |n| {
        select(vec![json!({"label": "l", "value": "v", "description": letters(n)})], json!({}))
    }),
    ("placeholder", Kind::Command, 150, |n| select(vec![option(0)], json!({"placeholder": letters(n)}))),
    ("max values", Kind::Command, 2, |n| select(vec![option(0), option(1)], json!({"max_values": n}))),
];

const MODALS: &[Row] = &[
    ("modal title", Kind::Command, 45, |n| modal(vec![input(json!({}))], &letters(n), "m")),
    ("modal id", Kind::Click, 100, |n| modal(vec![input(json!({}))], "t", &letters(n))),
    ("inputs", Kind::Command, 5, |n| {
        let inputs = (0..n).map(|number| input(json!({"custom_id": format!("i{number}")})));
        modal(inputs.collect(), "t", "m")
    }),
    ("input id", Kind::Command, 100, |n| one_input(json!({"custom_id": letters(n)}))),
    ("input label", Kind::Command, 45, |n| one_input(json!({"label": letters(n)}))),
    ("input placeholder", Kind::Command, 100, |n| one_input(json!({"placeholder": letters(n)}))),
    ("input value", Kind::Command, 4_000, |n| one_input(json!({"value": letters(n)}))),
    ("min length", Kind::Command, 4_000, |n| one_input(json!({"min_length": n}))),
    ("max length", Kind::Command, 4_000, |n| one_input(json!({"max_length": n}))),
    ("min above max", Kind::Command, 9, |n| one_input(json!({"min_length": n, "max_length": 9}))),
    ("choices", Kind::Autocomplete, 25, |n| {
        choices((0..n).map(|i| json!({"name": format!("n{i}"), "value": "v"})).collect())
    }),
    ("choice name", Kind::Autocomplete, 100, |n| choices(vec![json!({"name": letters(n), "value": "v"})])),
    ("choice value", Kind::Autocomplete, 100, |n| choices(vec![json!({"name": "n", "value": letters(n)})])),
];

#[test]
fn limits_hold_to_the_character() {
    for (what, kind, most, make) in [MESSAGES, COMPONENTS, MODALS].concat() {
        let reached = answer(kind, &make(most));
        assert!(reached.is_ok(), "{what} {most}: {reached:?}");
        let passed = answer(kind, &make(most + 1)).unwrap_err();
        assert_eq!(passed.code, 50035, "{what} {}: {passed:?}", most + 1);
    }
}

#[test]
fn what_is_wrong_in_itself_is_refused() {
    let same = || button(0);
    let rows: &[(&str, Kind, Value)] = &[
        ("duplicate id", Kind::Command, row(vec![same(), same()])),
        ("button and select", Kind::Command, row(vec![same(), json!({"type": 5, "custom_id": "s"})])),
        ("empty row", Kind::Command, row(vec![])),
        ("duplicate value", Kind::Command, select(vec![option(0), option(0)], json!({}))),
        ("no options", Kind::Command, select(vec![], json!({}))),
        ("text input in a message", Kind::Command, row(vec![input(json!({}))])),
        ("empty id", Kind::Command, row(vec![json!({"type": 2, "style": 1, "label": "l", "custom_id": ""})])),
        ("no label", Kind::Command, row(vec![json!({"type": 2, "style": 1, "custom_id": "b"})])),
        ("no style", Kind::Command, row(vec![json!({"type": 2, "label": "l", "custom_id": "b"})])),
        ("link with an id", Kind::Command, {
            row(vec![json!({"type": 2, "style": 5, "label": "l", "url": "https://a", "custom_id": "b"})])
        }),
        ("script link", Kind::Command, {
            row(vec![json!({"type": 2, "style": 5, "label": "l", "url": "javascript:alert()"})])
        }),
        ("label component", Kind::Command, {
            let label =
                json!({"type": 18, "label": "l", "component": {"type": 4, "custom_id": "i", "style": 1}});
            json!({"type": 9, "data": {"custom_id": "m", "title": "t", "components": [label]}})
        }),
        ("two inputs in a row", Kind::Command, {
            let inputs = [input(json!({})), input(json!({"custom_id": "other"}))];
            let rows = [json!({"type": 1, "components": inputs})];
            json!({"type": 9, "data": {"custom_id": "m", "title": "t", "components": rows}})
        }),
        ("same input twice", Kind::Command, modal(vec![input(json!({})), input(json!({}))], "t", "m")),
        ("no inputs", Kind::Command, modal(vec![], "t", "m")),
        ("value over its own limit", Kind::Command, one_input(json!({"value": "long", "max_length": 3}))),
        ("empty embed", Kind::Command, embed(json!({"color": 1}))),
        ("field without value", Kind::Command, embed(json!({"fields": [{"name": "n", "value": ""}]}))),
        ("content that is no text", Kind::Command, message(json!({"content": 1}))),
        ("no choices", Kind::Autocomplete, json!({"type": 8, "data": {}})),
    ];
    for (what, kind, body) in rows {
        let refused = answer(*kind, body).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code), (400, 50035), "{what}: {refused:?}");
    }
}

#[test]
fn an_empty_message_is_refused() {
    for data in [json!({}), json!({"content": ""}), json!({"content": "  \n"}), json!({"embeds": []})] {
        assert_eq!(answer(Kind::Command, &message(data.clone())).unwrap_err().code, 50006, "{data}");
    }
}

#[test]
fn errors_name_the_place() {
    let refused = answer(Kind::Command, &embed(json!({"title": letters(257)}))).unwrap_err();
    let errors = &refused.body()["errors"]["data"]["embeds"]["0"]["title"]["_errors"];
    assert_eq!(errors[0]["code"], "BASE_TYPE_BAD_LENGTH", "{}", refused.body());
}
