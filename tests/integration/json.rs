//! JSON as the languages' own protocol buffers libraries read and write it.

use crate::world::{World, in_each_language, name};
use micro_support::{Zoo, process};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};

in_each_language!(fixtures_come_back_as_the_language_writes_them, invalid_fixtures_are_refused);

/// Fields of type `float`, whose digits each language prints its own way.
const SINGLE: [&str; 5] = ["floatValue", "optionalFloat", "floats", "kilograms", "floatWrapper"];

async fn fixtures_come_back_as_the_language_writes_them(world: &World, zoo: &Zoo) {
    let reference = process::run(&mut world.toolbox.command(&zoo.language, "json_reference"), b"").ok();
    let reference: BTreeMap<String, Value> = reference
        .json_lines()
        .into_iter()
        .map(|line| (line["name"].as_str().unwrap().to_owned(), line["json"].clone()))
        .collect();
    let other = world.toolbox.differences(&zoo.language);
    let (http, path) = (world.micro.http(), format!("/v1/{}/Echo", name(&zoo.language)));
    let mut wrong = Vec::new();
    for (file, text) in texts(world.toolbox.fixtures()) {
        if other.contains(&file) {
            continue;
        }
        let expected = reference.get(&file).unwrap_or_else(|| panic!("{} knows no {file}", zoo.language));
        let answer = http.post(&path, &[("content-type", "application/json")], text).await;
        if answer.status != 200 || !equal(&answer.json(), expected, false) {
            wrong.push(format!("{file}: {}\n  expected {expected}", answer.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn invalid_fixtures_are_refused(world: &World, zoo: &Zoo) {
    let (http, path) = (world.micro.http(), format!("/v1/{}/Echo", name(&zoo.language)));
    for (file, text) in texts(&world.toolbox.fixtures().join("invalid")) {
        let answer = http.post(&path, &[("content-type", "application/json")], text).await;
        assert_eq!(answer.status, 400, "{file}: {}", answer.text());
        assert_eq!(answer.json()["code"], "invalid_argument", "{file}");
    }
}

/// The JSON files of a folder by name without `.json`.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// Whether two values are the same, numbers as doubles, or where `single` after rounding to single precision.
fn equal(a: &Value, b: &Value, single: bool) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            #[expect(clippy::cast_possible_truncation, reason = "what single precision means")]
            let rounded = || a as f32 == b as f32;
            if single { rounded() } else { a == b }
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b, single))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same = |(key, value): (&String, &Value)| {
                b.get(key).is_some_and(|other| equal(value, other, SINGLE.contains(&key.as_str())))
            };
            a.len() == b.len() && a.iter().all(same)
        }
        _ => a == b,
    }
}

#[test]
fn numbers_compare_as_their_type_does() {
    assert!(equal(&json!({"a": 1}), &json!({"a": 1.0}), false));
    assert!(!equal(&json!({"a": 0.1}), &json!({"a": 0.10000000149}), false));
    assert!(equal(&json!({"floatValue": 0.1}), &json!({"floatValue": 0.10000000149}), false));
}
