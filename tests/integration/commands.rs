//! The command line: what scripts rely on.

use crate::world::{self, SOON, background, world};
use micro_support::{Micro, until};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt as _};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn every_command_prints_json() {
    let world = world();
    let micro = &world.micro;
    let json = |arguments: &[&str]| micro.cli(&[arguments, &["--output", "json"]].concat()).ok().json();
    let services = json(&["services"]);
    let hello = services.as_array().unwrap().iter().find(|service| service["name"] == "helloworld").unwrap();
    assert!(keys(hello).is_superset(&["name", "status", "versions", "instances"].into()), "{hello}");
    let instance = &hello["instances"][0];
    let fields = ["address", "version", "status", "since", "reason"];
    assert!(keys(instance).is_superset(&fields.into()), "{instance}");
    assert_eq!(json(&["services", "hellow"]).as_array().unwrap().len(), 1);
    let described = json(&["describe", "helloworld"]);
    assert_eq!(described["name"], "helloworld");
    let hello = &described["methods"][0];
    assert_eq!(hello["name"], "helloworld.v1.Helloworld.Hello");
    let fields = ["name", "input", "output", "client_streaming", "server_streaming", "comment"];
    assert!(keys(hello).is_superset(&fields.into()), "{hello}");
    assert!(hello["comment"].as_str().unwrap().contains("Greets one person"), "{hello}");
    let who = json(&["whoami"]);
    assert_eq!(keys(&who), ["account", "server", "credential"].into());
    assert_eq!((&who["server"], &who["credential"]), (&json!(micro.url()), &json!("local")));
    assert_eq!(json(&["helloworld", "hello", "--name", "Ann"]), json!({"message": "Hello, Ann"}));
    assert_eq!(json(&["call", "helloworld", "Hello"])["message"], "Hello, world");
    let link = json(&["login", "--browser"]);
    assert!(link["sign_in"].as_str().unwrap().starts_with(&format!("{}/login?", micro.url())), "{link}");
    let registered = json(&["register", "printed", "--grpc", "127.0.0.1:9"]);
    assert_eq!(registered["service"], "printed");
    assert_eq!(json(&["deregister", "printed"])["removed"], 1);
}

#[tokio::test]
async fn tables_are_for_people() {
    let world = world();
    let services = world.micro.cli(&["services"]).ok();
    assert!(services.stdout.starts_with("SERVICE") && services.stdout.contains("helloworld"), "{services:?}");
    let describe = world.micro.cli(&["describe", "helloworld"]).ok().stdout;
    assert!(
        describe.contains("Stream(") && describe.contains("stream helloworld.v1.StreamResponse"),
        "{describe}"
    );
    let who = world.micro.cli(&["whoami"]).ok().stdout;
    assert!(who.contains(world.micro.url()), "{who}");
    let all = [services.stdout, describe, who].concat();
    assert!(!all.contains('\u{1b}'), "colour is for terminals only");
}

#[tokio::test]
async fn exit_codes_say_what_kind_of_failure_it_was() {
    let world = world();
    let micro = &world.micro;
    let code = |arguments: &[&str]| {
        let output = micro.cli(arguments);
        assert_eq!(output.stdout, "", "{arguments:?}: data is for success: {output:?}");
        assert!(output.code == 0 || !output.stderr.is_empty(), "{arguments:?} fails without a word");
        output.code
    };
    assert_eq!(code(&["call", "helloworld"]), 2);
    assert_eq!(code(&["services", "--no-such-flag"]), 2);
    assert_eq!(code(&["helloworld", "hello", "--nam", "x"]), 2);
    assert_eq!(code(&["describe", "helloworlds"]), 69);
    assert_eq!(code(&["call", "helloworld", "Helo"]), 69);
    assert_eq!(code(&["call", "helloworld", "Hello", "{"]), 67);
    assert_eq!(code(&["cache", "get", "--key", "no such key"]), 69);
    assert_eq!(code(&["services", "--server", "http://127.0.0.1:9"]), 78);
    assert_eq!(code(&["services", "--token", "mu_pat_wrong"]), 80);
    assert_eq!(code(&["register", "x", "--grpc", "127.0.0.1:9", "--descriptors", "no such file"]), 1);
    let empty = tempfile::tempdir().unwrap();
    let mut command = micro.command(&["services"]);
    let none = micro_support::process::run(command.env("XDG_CONFIG_HOME", empty.path()), b"");
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.stderr.contains("micro login"), "{none:?}");
}

#[tokio::test]
async fn nearest_names_are_offered() {
    let world = world();
    let said = |arguments: &[&str]| world.micro.cli(arguments).stderr;
    for (arguments, near) in [
        (["call", "heloworld", "Hello"].as_slice(), "helloworld"),
        (&["describe", "helloworl"], "helloworld"),
        (&["call", "helloworld", "Helo"], "Hello"),
        (&["describe", "helloworld", "Colect"], "Collect"),
        (&["helloword", "hello"], "helloworld"),
        (&["helloworld", "helo"], "hello"),
        (&["helloworld", "hello", "--nam", "x"], "--name"),
    ] {
        let said = said(arguments);
        assert!(said.contains(&format!("ean {near}?")) || said.contains(&format!("mean `{near}`")), "{said}");
    }
}

#[tokio::test]
async fn server_and_token_are_chosen_by_flag_then_variable_then_context() {
    let (first, second) = (world::start(), world::start());
    let made = second.cli(&["token", "create", "chosen", "-o", "json"]).ok().json();
    let token = made["token"].as_str().unwrap();
    let who = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = first.command(&[&["whoami", "-o", "json"], arguments].concat());
        command.envs(variables.iter().copied());
        micro_support::process::run(&mut command, b"")
    };
    assert_eq!(who(&[], &[]).ok().json()["server"], first.url());
    let flags = ["--server", second.url(), "--token", token];
    assert_eq!(who(&flags, &[]).ok().json()["credential"], "chosen");
    let variables = [("MICRO_SERVER", second.url()), ("MICRO_TOKEN", token)];
    assert_eq!(who(&[], &variables).ok().json()["server"], second.url());
    let flags = ["--server", first.url(), "--token", &first.token()];
    assert_eq!(who(&flags, &variables).ok().json()["server"], first.url());
    // s14: a context's token is sent to that context's server alone.
    let other = who(&["--server", second.url()], &[]);
    assert_eq!(other.code, 80, "{other:?}");
    assert!(!second.log().contains(&first.token()));
}

#[tokio::test]
async fn contexts_are_private_and_current_stays_what_it_was() {
    let (mut here, there) = (world::start(), world::start());
    let folder = here.folder().join("configuration/micro");
    let file = folder.join("contexts.toml");
    let text = || fs::read_to_string(&file).unwrap();
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    assert!(text().contains("current = \"local\""), "{}", text());
    assert_eq!(
        fs::metadata(here.folder().join("data/owner-token")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::metadata(here.folder().join("data")).unwrap().permissions().mode() & 0o077, 0);
    let token = there.cli(&["token", "create", "elsewhere", "-o", "json"]).ok().json();
    let token = token["token"].as_str().unwrap();
    let login = here.cli_reading(&["login", there.url()], &format!("{token}\n")).ok();
    assert!(!format!("{login:?}").contains(token), "{login:?}");
    assert_eq!(here.cli(&["whoami", "-o", "json"]).ok().json()["server"], there.url());
    assert_eq!(mode(), 0o600);
    here.start_again();
    let restarted = text();
    assert!(!restarted.contains("current = \"local\""), "{restarted}");
    assert!(restarted.contains("[contexts.local]"), "{restarted}");
    assert_eq!(here.cli(&["whoami", "-o", "json"]).ok().json()["server"], there.url());
    // What does not work is not stored.
    let before = text();
    assert_eq!(here.cli(&["login", there.url(), "--token", "mu_pat_wrong"]).code, 80);
    assert_ne!(here.cli_reading(&["login", there.url()], "").code, 0);
    assert_ne!(here.cli(&["login", "not an address", "--token", token]).code, 0);
    assert_eq!(text(), before);
    let leftovers = fs::read_dir(folder).unwrap().count();
    assert_eq!(leftovers, 1, "nothing but the contexts is there");
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked() {
    let micro = world::start();
    let json = |arguments: &[&str]| micro.cli(&[arguments, &["-o", "json"]].concat()).ok().json();
    let made = json(&["token", "create", "ci", "--expires", "30d"]);
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("mu_pat_") && secret.len() == 43, "{made}");
    assert_eq!(micro.cli(&["token", "create", "ci"]).code, 70, "names are unique");
    assert_eq!(micro.cli(&["token", "create", "long", "--expires", "400d"]).code, 67);
    let plain = micro.cli(&["token", "create", "plain"]).ok();
    assert!(plain.stdout.starts_with("mu_pat_") && plain.stdout.trim().len() == 43, "{plain:?}");
    let list = json(&["token", "list"]);
    let ci = list.as_array().unwrap().iter().find(|token| token["name"] == "ci").unwrap();
    assert!(keys(ci).is_superset(&["id", "name", "prefix", "expires_at", "last_used"].into()), "{ci}");
    assert!(secret.starts_with(ci["prefix"].as_str().unwrap()) && !list.to_string().contains(secret));
    assert_eq!(ci["last_used"], Value::Null);
    let http = micro.stranger().with("authorization", &format!("Bearer {secret}"));
    http.json("/v1/helloworld/Hello", &json!({})).await.expect(200);
    assert_eq!(json(&["token", "revoke", "ci"])["id"], ci["id"]);
    http.json("/v1/helloworld/Hello", &json!({})).await.expect(401);
    let plain_id = json(&["token", "list"])
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["name"] == "plain")
        .unwrap()["id"]
        .clone();
    json(&["token", "revoke", plain_id.as_str().unwrap()]);
    assert_eq!(json(&["token", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(micro.cli(&["token", "revoke", "ci"]).code, 69);
}

#[tokio::test]
async fn streams_print_as_they_arrive() {
    let world = world();
    // Its first line is there long before the stream ends.
    let endless = r#"{"count":1000,"interval":"1s"}"#;
    let process = background(&world.micro, "printing", &["call", "helloworld", "Stream", endless]);
    assert_eq!(process.ready()["number"], 1);
}

/// s09: what a service says cannot control the terminal of whoever reads it.
#[tokio::test]
async fn s09_control_characters_stay_out_of_messages() {
    let world = world();
    let evil = "a\u{1b}[31mb\u{7}c\u{9b}d\u{202e}e\rf";
    let failing = json!({"code": 5, "message": evil}).to_string();
    let output = world.micro.cli(&["call", &world.any_name(), "Fail", &failing]);
    assert_eq!(output.code, 69, "{output:?}");
    let bad =
        output.stderr.chars().find(|c| (c.is_control() && *c != '\n' && *c != '\t') || *c == '\u{202e}');
    assert_eq!(bad, None, "{output:?}");
    let table = world.micro.cli(&["register", "evil\u{1b}[31m", "--grpc", "127.0.0.1:9"]);
    assert!(table.code != 0 && !table.stderr.contains('\u{1b}'), "{table:?}");
}

/// The words that complete the last of `words`, as bash asks.
fn complete(micro: &Micro, words: &[&str]) -> Vec<String> {
    let mut command = micro.command(&[&["--", "micro"], words].concat());
    command
        .env("MICRO_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true");
    let output = micro_support::process::run(&mut command, b"").ok();
    output.stdout.lines().map(|line| line.trim().to_owned()).collect()
}

#[tokio::test]
async fn completion_asks_the_server() {
    let world = world();
    let micro = &world.micro;
    let name = world.any_name();
    // A server that is slow to answer is not waited for, so a busy machine may offer nothing at first.
    let offers = async |words: &[&str], wanted: &[&str]| {
        until(&format!("{words:?} offers {wanted:?}"), SOON, async || {
            let found = complete(micro, words);
            wanted.iter().all(|word| found.iter().any(|line| line == word)).then_some(())
        })
        .await;
    };
    offers(&[""], &["services", "call", "helloworld", "url", &name]).await;
    offers(&["hel"], &["helloworld"]).await;
    offers(&["helloworld", ""], &["hello", "stream", "collect", "chat"]).await;
    offers(&["helloworld", "hello", "--"], &["--name"]).await;
    offers(&["id", "generate", "--kind", ""], &["UUID_V4", "ULID"]).await;
    offers(&["id", "generate", "--kind", "UU"], &["UUID_V4", "UUID_V7"]).await;
    offers(&["call", ""], &["helloworld", &name]).await;
    offers(&["call", "helloworld", ""], &["Hello", "Chat"]).await;
    offers(&["describe", &name, "T"], &["Tally"]).await;
    offers(&[&name, ""], &["keeper", "zoo", "echo", "tally"]).await;
    offers(&[&name, "keeper", ""], &["tally"]).await;
    offers(&[&name, "zoo", "echo", "--cage"], &["--cage.number"]).await;
    offers(&["deregister", ""], &["helloworld"]).await;
    offers(&["member", "list", "--team", ""], &["default"]).await;
    offers(&["invite", "create", "--role", ""], &["viewer", "member", "admin", "owner"]).await;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = micro.cli(&["completions", shell]).ok().stdout;
        assert!(script.contains("MICRO_COMPLETE"), "{script}");
    }
    // Without a server there is nothing to offer, and nothing to wait for.
    let mut command = micro.command(&["--", "micro", "helloworld", ""]);
    command
        .env("MICRO_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "2")
        .env("MICRO_SERVER", "http://127.0.0.1:9");
    let silent = micro_support::process::run(&mut command, b"");
    assert_eq!(silent.code, 0, "{silent:?}");
}
