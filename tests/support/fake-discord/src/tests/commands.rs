//! Limits of commands as they are registered.

use super::letters;
use crate::check::{Form, commands};
use serde_json::{Value, json};

fn refused(command: &Value) -> bool {
    let mut form = Form::default();
    commands::check(&mut form, command);
    form.failed()
}

fn command(options: Value) -> Value {
    json!({"name": "micro", "description": "d", "options": options})
}

fn option(kind: i64, name: &str) -> Value {
    json!({"type": kind, "name": name, "description": "d"})
}

fn with(mut part: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        part[key] = value.clone();
    }
    part
}

fn one(more: Value) -> Value {
    command(json!([with(option(3, "o"), more)]))
}

/// A command of 7,920 characters and these: 6 of its own, 3 of each of four subcommands, 100 of each option but the
/// last, 2 of the last one's name. Half of it is long only in a translation.
fn large(more: usize) -> Value {
    let option = |number: usize| {
        let part = option(3, &format!("{number:02}"));
        match number {
            79 => with(part, json!({"description": letters(more)})),
            _ if number.is_multiple_of(2) => {
                with(part, json!({"description_localizations": {"de": letters(98)}}))
            }
            _ => with(part, json!({"description": letters(98)})),
        }
    };
    let subcommand = |number: usize| {
        let options: Vec<Value> = (20 * number..20 * (number + 1)).map(option).collect();
        with(self::option(1, &format!("g{number}")), json!({"options": options}))
    };
    command(json!((0..4).map(subcommand).collect::<Vec<_>>()))
}

#[test]
fn limits_hold_to_the_character() {
    type Row = (&'static str, usize, fn(usize) -> Value);
    let rows: &[Row] = &[
        ("name", 32, |n| with(command(json!([])), json!({"name": letters(n)}))),
        ("description", 100, |n| with(command(json!([])), json!({"description": letters(n)}))),
        ("translated name", 32, |n| {
            with(command(json!([])), json!({"name_localizations": {"de": letters(n)}}))
        }),
        ("options", 25, |n| {
            command(json!((0..n).map(|number| option(3, &format!("o{number}"))).collect::<Vec<_>>()))
        }),
        ("option name", 32, |n| command(json!([option(3, &letters(n))]))),
        ("option description", 100, |n| one(json!({"description": letters(n)}))),
        ("choices", 25, |n| {
            one(
                json!({"choices": (0..n).map(|i| json!({"name": format!("n{i}"), "value": "v"})).collect::<Vec<_>>()}),
            )
        }),
        ("choice name", 100, |n| one(json!({"choices": [{"name": letters(n), "value": "v"}]}))),
        ("choice value", 100, |n| one(json!({"choices": [{"name": "n", "value": letters(n)}]}))),
        ("max length", 6_000, |n| one(json!({"max_length": n}))),
    ];
    for (what, most, make) in rows {
        assert!(!refused(&make(*most)), "{what} {most}");
        assert!(refused(&make(most + 1)), "{what} {}", most + 1);
    }
}

#[test]
fn a_command_says_at_most_8000_characters() {
    assert_eq!(commands::characters(&large(80)), 8_000);
    assert!(!refused(&large(80)));
    assert!(refused(&large(81)));
}

#[test]
fn what_is_wrong_in_itself_is_refused() {
    let sub = |options: Value| with(option(1, "s"), json!({"options": options}));
    let rows: &[(&str, Value)] = &[
        ("upper case", with(command(json!([])), json!({"name": "Micro"}))),
        ("space", with(command(json!([])), json!({"name": "mi cro"}))),
        ("empty description", with(command(json!([])), json!({"description": ""}))),
        ("required after optional", {
            command(json!([option(3, "a"), with(option(3, "b"), json!({"required": true}))]))
        }),
        ("autocomplete and choices", {
            one(json!({"autocomplete": true, "choices": [{"name": "n", "value": "v"}]}))
        }),
        ("same option twice", command(json!([option(3, "a"), option(3, "a")]))),
        ("subcommand beside an option", command(json!([option(1, "a"), option(3, "b")]))),
        ("group in a group", command(json!([with(option(2, "g"), json!({"options": [option(2, "h")]}))]))),
        ("option in a group", command(json!([with(option(2, "g"), json!({"options": [option(3, "o")]}))]))),
        ("subcommand in a subcommand", command(json!([sub(json!([option(1, "t")]))]))),
        (
            "number as text",
            command(json!([with(option(4, "n"), json!({"choices": [{"name": "n", "value": "1"}]}))])),
        ),
        ("no type", command(json!([{"name": "o", "description": "d"}]))),
        ("permissions as a number", with(command(json!([])), json!({"default_member_permissions": 32}))),
    ];
    for (what, command) in rows {
        assert!(refused(command), "{what}: {command}");
    }
}

#[test]
fn groups_of_subcommands_of_options_are_right() {
    let inner =
        with(option(1, "list"), json!({"options": [with(option(3, "o"), json!({"required": true}))]}));
    let group = with(option(2, "team"), json!({"options": [inner]}));
    let whole = with(command(json!([group, option(1, "help")])), json!({"default_member_permissions": "32"}));
    assert!(!refused(&whole));
}
