//! Commands made from a service's schema.

use crate::world::{World, in_each_language, name, world};
use micro_support::{Output, Zoo};
use serde_json::{Value, json};

in_each_language!(flags_of_every_kind);

async fn flags_of_every_kind(world: &World, zoo: &Zoo) {
    let name = name(&zoo.language);
    let file = world.micro.folder().join(format!("{name}.bin"));
    std::fs::write(&file, [0, 255, 7]).unwrap();
    let at_file = format!("@{}", file.display());
    let echo = |arguments: &[&str]| -> Value {
        world.micro.cli(&[&[name.as_str(), "echo"], arguments].concat()).ok().json()
    };
    for (arguments, expected) in [
        (["--int32-value", "-3"].as_slice(), json!({"int32Value": -3})),
        (&["--int32_value", "4"], json!({"int32Value": 4})),
        (&["--int64-value=-9007199254740993"], json!({"int64Value": "-9007199254740993"})),
        (&["--uint64-value", "18446744073709551615"], json!({"uint64Value": "18446744073709551615"})),
        (&["--double-value", "-1.5e3"], json!({"doubleValue": -1500.0})),
        (&["--float-value", "NaN"], json!({"floatValue": "NaN"})),
        (&["--string-value", "--name"], json!({"stringValue": "--name"})),
        (&["--string-value="], json!({})),
        (&["--optional-string="], json!({"optionalString": ""})),
        (&["--bool-value"], json!({"boolValue": true})),
        (&["--bool-value=false", "--no-optional-bool"], json!({"optionalBool": false})),
        (&["--bytes-value", "hé"], json!({"bytesValue": "aMOp"})),
        (&["--bytes-value", "base64:AAEC"], json!({"bytesValue": "AAEC"})),
        (&["--bytes-value", &at_file], json!({"bytesValue": "AP8H"})),
        (
            &["--color", "COLOR_GREEN", "--diet", "2"],
            json!({"color": "COLOR_GREEN", "diet": "DIET_CARNIVORE"}),
        ),
        (&["--strings", "a", "--strings", "b"], json!({"strings": ["a", "b"]})),
        (&["--int64s", "1", "--int64s", "2"], json!({"int64s": ["1", "2"]})),
        (&["--labels", "k=v=w", "--labels", "l="], json!({"labels": {"k": "v=w", "l": ""}})),
        (&["--weights", "-5=1.5"], json!({"weights": {"-5": 1.5}})),
        (&["--color-by-day", "true=COLOR_RED"], json!({"colorByDay": {"true": "COLOR_RED"}})),
        (&["--cage.number", "4"], json!({"cage": {"number": 4}})),
        (&["--cage.locks", r#"{"closed":true}"#], json!({"cage": {"locks": [{"closed": true}]}})),
        (&["--tree.left.left.label", "x"], json!({"tree": {"left": {"left": {"label": "x"}}}})),
        (&["--animals", r#"{"name":"Bo"}"#], json!({"animals": [{"name": "Bo"}]})),
        (&["--number", "-9"], json!({"number": "-9"})),
        (&["--timestamp", "2024-02-29T12:00:00Z"], json!({"timestamp": "2024-02-29T12:00:00Z"})),
        (&["--duration", "-1.5s"], json!({"duration": "-1.500s"})),
        (
            &["--int64-wrapper", "0", "--string-wrapper", "w"],
            json!({"int64Wrapper": "0", "stringWrapper": "w"}),
        ),
        (&["--struct", r#"{"a":[1]}"#], json!({"struct": {"a": [1.0]}})),
        (&["--field-mask", "stringValue,cage.number"], json!({"fieldMask": "stringValue,cage.number"})),
        (&["--json", r#"{"int32Value":8}"#], json!({"int32Value": 8})),
    ] {
        let (found, expected) = (echo(arguments), expected);
        assert_eq!(found, expected, "{arguments:?}");
    }
}

fn zoo(arguments: &[&str]) -> Output {
    let world = world();
    world.micro.cli(&[&[world.any_name().as_str()], arguments].concat())
}

#[test]
fn wrong_flags_are_explained_and_nothing_is_sent() {
    for (arguments, said) in [
        (["echo", "--color", "COLOR_GREN"].as_slice(), "Did you mean COLOR_GREEN?"),
        (&["echo", "--int32-value", "3000000000"], "2147483647"),
        (&["echo", "--int32-value", "x"], "--int32-value"),
        (&["echo", "--uint64-value", "-1"], "18446744073709551615"),
        (&["echo", "--int32-valu", "1"], "Did you mean --int32-value?"),
        (&["echo", "--cage.numbr", "1"], "--cage.number"),
        (&["echo", "--string-value"], "lacks its value"),
        (&["echo", "--string-value", "a", "--string-value", "b"], "twice"),
        (&["echo", "--text", "a", "--number", "1"], "one of `choice`"),
        (&["echo", "--labels", "k"], "KEY=VALUE"),
        (&["echo", "--bytes-value", "base64:%"], "base64"),
        (&["echo", "--bytes-value", "@/no such file"], "no such file"),
        (&["echo", "--json", "{}", "--int32-value", "1"], "--json"),
        (&["echo", "stray"], "stray"),
        (&["keper", "tally"], "keper"),
        (&["echo", "--no-int32-value"], "int32-value"),
    ] {
        let output = zoo(arguments);
        assert!(output.code != 0 && output.stdout.is_empty(), "{arguments:?}: {output:?}");
        assert!(output.stderr.contains(said), "{arguments:?}: {output:?}");
    }
}

#[test]
fn grpc_services_are_words_where_there_are_several() {
    for words in
        [["keeper", "tally"].as_slice(), &["tally"], &["Keeper", "Tally"], &["zoo.v1.Keeper", "tally"]]
    {
        assert!(zoo(words).ok().json()["versionLabel"].is_string());
    }
    assert_eq!(zoo(&["zoo", "count", "--to", "2"]).ok().json_lines().len(), 2);
    assert_eq!(zoo(&["old-echo", "--value", "x"]).ok().json(), "x");
}

#[test]
fn streams_are_given_and_taken_by_json() {
    assert_eq!(zoo(&["sum", "--json", r#"{"value":1} {"value":2}"#]).ok().json()["sum"], "3");
    assert_eq!(zoo(&["sum", "--value", "5"]).ok().json()["sum"], "5");
    let world = world();
    let arguments = [world.any_name(), "chat".to_owned(), "--json".to_owned(), "-".to_owned()];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let chat = world.micro.cli_reading(&arguments, "{\"text\":\"a\"}\n{\"text\":\"b\"}\n").ok();
    assert_eq!(chat.json_lines()[1]["text"], "re: b");
}

#[test]
fn help_tells_of_methods_and_flags() {
    let service = zoo(&["--help"]).ok().stdout;
    for word in ["keeper tally", "zoo echo", "zoo fail-stream"] {
        assert!(service.contains(word), "{service}");
    }
    let method = zoo(&["echo", "--help"]).ok().stdout;
    for word in
        ["--int32-value int32", "--cage.number", "--labels KEY=", "COLOR_GREEN", "--bool-value", "--json"]
    {
        assert!(method.contains(word), "{word}: {method}");
    }
    let world = world();
    let url = world.micro.cli(&["url", "--help"]).ok().stdout;
    assert!(url.contains("shorten") && url.contains("resolve"), "{url}");
    let hello = world.micro.cli(&["helloworld", "hello", "-h"]).ok().stdout;
    assert!(hello.contains("Greets one person") && hello.contains("--name string"), "{hello}");
}

#[test]
fn base_services_do_what_they_say() {
    let world = world();
    let run = |arguments: &[&str]| world.micro.cli(arguments).ok().json();
    assert_eq!(run(&["helloworld", "hello", "--name", "Ann"])["message"], "Hello, Ann");
    let stream = world.micro.cli(&["helloworld", "stream", "--count", "3"]).ok();
    assert_eq!(stream.json_lines().len(), 3);
    assert_eq!(
        run(&["id", "generate", "--kind", "ULID", "--count", "2"])["ids"].as_array().unwrap().len(),
        2
    );
    assert_eq!(run(&["time", "now", "--zone", "europe/berlin"])["zone"], "Europe/Berlin");
    run(&["cache", "set", "--key", "generated", "--value", "1", "--ttl", "60s"]);
    assert_eq!(run(&["cache", "increment", "--key", "generated", "--by", "41"])["value"], "42");
    assert_eq!(run(&["cache", "delete", "--key", "generated"])["deleted"], true);
    let short = run(&["url", "shorten", "--url", "https://example.com/a"]);
    assert!(short.to_string().contains(world.micro.url()), "{short}");
    let svg = run(&["qr", "generate", "--text", "x", "--format", "SVG"]);
    assert_eq!(svg["contentType"], "image/svg+xml");
    assert!(run(&["password", "generate", "--length", "12"])["password"].as_str().unwrap().len() == 12);
    let otp = run(&["otp", "generate", "--account", "ann@example.com"]);
    let valid = [
        "otp",
        "validate",
        "--secret",
        otp["secret"].as_str().unwrap(),
        "--code",
        otp["code"].as_str().unwrap(),
    ];
    assert_eq!(run(&valid)["valid"], true);
}
