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

/// A command that says exactly so much, once in English and twice in parts only a translation is long in.
fn of_size(characters: usize) -> Value {
    // Five for the command's name, one for its description, then a name of two and a description of 98 each.
    let full = (characters - 6) / 100;
    let mut options: Vec<Value> = (0..full)
        .map(|number| {
            let long = json!({"de": letters(98)});
            let group = format!("{number:02}");
            with(option(3, &group), json!({"description": "short", "description_localizations": long}))
        })
        .collect();
    let rest = characters - 6 - 100 * full;
    options.push(with(option(3, "zz"), json!({"description": letters(rest - 2)})));
    let groups: Vec<Value> = options
        .chunks(20)
        .enumerate()
        .map(|(number, chunk)| with(option(1, &format!("g{number}")), json!({"options": chunk})))
        .collect();
    command(json!(groups))
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
    // The groups' own names and descriptions come on top: three each.
    let within = (7_000..8_100).rev().find(|size| !refused(&of_size(*size))).unwrap();
    assert_eq!(commands::characters(&of_size(within)), 8_000);
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
