//! The same command in a terminal, in Slack and in Discord tells the same facts.
//!
//! What each shows is taken apart again, so that facts are compared, and not looked for as words in a text.

mod told;

use crate::{chat::Both, world};
use micro_support::{Micro, Output, until};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};
use told::Told;

/// A service of which nothing listens: two instances, of two versions.
const SHUT: &str = "shut";

/// A server with somebody linked in Slack and in Discord, and a service that is down.
async fn start() -> Both {
    let both = Both::start().await;
    tokio::join!(both.link_in_slack(), both.link_in_discord());
    for (address, version) in [("127.0.0.1:9", "2.1.0"), ("127.0.0.1:11", "2.0.0")] {
        world::register(&both.micro, SHUT, address, &["--version".to_owned(), version.to_owned()]);
    }
    until("it is known to be down", world::SOON, async || {
        let service = world::service(&both.micro, SHUT)?;
        let down = |instance: &Value| instance["status"] == "failing";
        service["instances"].as_array()?.iter().all(down).then_some(())
    })
    .await;
    both
}

/// What a command shows in Slack and in Discord. The arguments stand in the command's order.
async fn ask(both: &Both, command: &str, arguments: &[(&str, &str)]) -> [Told; 2] {
    let words: Vec<&str> = [command].into_iter().chain(arguments.iter().map(|(_, value)| *value)).collect();
    let line = words.join(" ");
    let (slack, discord) = tokio::join!(both.say(&line), both.ask(command, arguments));
    [Told::in_slack(&slack), Told::in_discord(&discord)]
}

/// Fails unless the facts in both answers are those of the terminal.
#[track_caller]
fn assert_same<F: PartialEq + Debug>(terminal: &F, answers: &[Told; 2], facts: impl Fn(&Told) -> F) {
    for (told, place) in answers.iter().zip(["Slack", "Discord"]) {
        assert_eq!(facts(told), *terminal, "{place}: {told:#?}");
    }
}

fn json(micro: &Micro, arguments: &[&str]) -> Value {
    micro.cli(&[arguments, &["--output", "json"]].concat()).ok().json()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(text).collect()
}

/// What stands between commas.
fn list(text: &str) -> Vec<String> {
    text.split(", ").filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

#[tokio::test]
async fn services_are_the_same_everywhere() {
    let both = start().await;
    let services = json(&both.micro, &["services"]);
    let of_terminal =
        |service: &Value| (text(&service["name"]), text(&service["status"]), texts(&service["versions"]));
    let terminal: Vec<_> = services.as_array().unwrap().iter().map(of_terminal).collect();
    let shut = (SHUT.to_owned(), "failing".to_owned(), vec!["2.0.0".to_owned(), "2.1.0".to_owned()]);
    assert!(terminal.contains(&shut), "{terminal:#?}");
    let of_chat = |row: &BTreeMap<String, String>| {
        (row["SERVICE"].clone(), row["STATUS"].clone(), list(&row["VERSIONS"]))
    };
    assert_same(&terminal, &ask(&both, "services", &[]).await, |told| {
        told.rows.iter().map(of_chat).collect::<Vec<_>>()
    });
}

/// What is told of one service.
#[derive(Debug, PartialEq)]
struct Service {
    name: String,
    status: String,
    reason: String,
    versions: Vec<String>,
    /// Each instance, as it is shown: its address and status.
    instances: Vec<String>,
    /// What it offers, or why that is not known.
    offers: Result<Vec<Offer>, String>,
}

/// A method: its name without case and hyphens, which commands write otherwise; and the first line of its comment.
type Offer = (String, String);

impl Service {
    fn in_terminal(micro: &Micro, name: &str) -> Self {
        let service = world::service(micro, name).unwrap();
        let instances = service["instances"].as_array().unwrap();
        let reasons = instances.iter().map(|instance| text(&instance["reason"]));
        let shown =
            |instance: &Value| format!("{} ({})", text(&instance["address"]), text(&instance["status"]));
        Self {
            name: text(&service["name"]),
            status: text(&service["status"]),
            reason: reasons.into_iter().find(|reason| !reason.is_empty()).unwrap_or_default(),
            versions: texts(&service["versions"]),
            instances: instances.iter().map(shown).collect(),
            offers: offers(&micro.cli(&["describe", name, "--output", "json"])),
        }
    }

    fn in_chat(told: &Told) -> Self {
        let (sign, name) = told.title.split_once(' ').unwrap();
        let (status, rest) = told.field("Status").split_once(", ").unwrap();
        let reason = rest.split_once(": ").map(|(_since, reason)| reason.to_owned());
        let unknown = |note: &String| note.strip_prefix("What it offers is not known: ").map(str::to_owned);
        let offer = |(typed, about): &(String, String)| {
            let method = typed.strip_prefix(&format!("run {name} ")).unwrap();
            (method.replace('-', ""), about.clone())
        };
        Self {
            name: name.to_owned(),
            // The sign is the same that the title has.
            status: status.strip_prefix(sign).unwrap().trim().to_owned(),
            reason: reason.unwrap_or_default(),
            versions: told.fields.get("Versions").map(|versions| list(versions)).unwrap_or_default(),
            instances: list(told.field("Instances")),
            offers: match told.notes.iter().find_map(unknown) {
                Some(why) => Err(why),
                None => Ok(told.commands.iter().map(offer).collect()),
            },
        }
    }
}

/// What `micro describe` says that a service offers.
fn offers(described: &Output) -> Result<Vec<Offer>, String> {
    if described.code != 0 {
        return Err(described.stderr.trim().split_once(": ").unwrap().1.to_owned());
    }
    let offer = |method: &Value| {
        let name = text(&method["name"]);
        let comment = text(&method["comment"]);
        (
            name.rsplit('.').next().unwrap().to_lowercase(),
            comment.lines().next().unwrap_or_default().to_owned(),
        )
    };
    Ok(described.json()["methods"].as_array().unwrap().iter().map(offer).collect())
}

#[tokio::test]
async fn a_service_is_the_same_everywhere() {
    let both = start().await;
    for name in ["helloworld", "time", SHUT] {
        let terminal = Service::in_terminal(&both.micro, name);
        assert_eq!(terminal.offers.is_ok(), name != SHUT, "{terminal:#?}");
        assert_same(&terminal, &ask(&both, "service", &[("name", name)]).await, Service::in_chat);
    }
}

/// How a call ended.
#[derive(Debug, PartialEq)]
struct Ended {
    code: String,
    /// Empty where all is well.
    message: String,
    /// What the status carries.
    details: Vec<Value>,
    /// Fields that are wrong, and how.
    wrong: BTreeMap<String, String>,
    answer: Option<Value>,
}

impl Ended {
    fn in_terminal(output: &Output) -> Self {
        if output.code == 0 {
            let (code, answer) = ("OK".to_owned(), Some(output.json()));
            return Self {
                code,
                message: String::new(),
                details: Vec::new(),
                wrong: BTreeMap::new(),
                answer,
            };
        }
        let mut lines = output.stderr.lines();
        let (code, message) = lines.next().unwrap().split_once(": ").unwrap();
        let (details, wrong): (Vec<_>, Vec<_>) =
            lines.map(|line| line.trim().split_once(": ").unwrap()).partition(|(what, _)| *what == "detail");
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            details: details.into_iter().map(|(_, detail)| serde_json::from_str(detail).unwrap()).collect(),
            wrong: wrong.into_iter().map(|(field, how)| (field.to_owned(), how.to_owned())).collect(),
            answer: None,
        }
    }

    fn in_chat(told: &Told) -> Self {
        let answer = told.code.as_ref().map(|code| serde_json::from_str(code).unwrap());
        let mut text = told.text.iter();
        match told.fields.get("Code") {
            Some(code) => Self {
                code: code.clone(),
                message: if code == "OK" { String::new() } else { text.next().unwrap().clone() },
                details: text.map(|detail| serde_json::from_str(detail).unwrap()).collect(),
                wrong: BTreeMap::new(),
                answer,
            },
            // No service was reached.
            None => Self {
                code: told.notes.concat(),
                message: text.next().unwrap().clone(),
                details: Vec::new(),
                wrong: told.fields.clone(),
                answer,
            },
        }
    }
}

#[tokio::test]
async fn a_call_ends_the_same_everywhere() {
    let both = start().await;
    for (service, method, body, code) in [
        ("helloworld", "Hello", json!({"name": "*Ann* & <Bob>"}), "OK"),
        ("helloworld", "helloworld.v1.Helloworld.Hello", json!({}), "OK"),
        ("cache", "Get", json!({"key": "no_such *key*"}), "NOT_FOUND"),
        ("helloworld", "Hello", json!({"nmae": "Ann"}), "INVALID_ARGUMENT"),
        ("time", "Zone", json!({"zone": "Europe/Berlin", "at": "2026-07-01T12:00:00Z"}), "OK"),
        ("time", "Zone", json!({"zone": "Nowhere/At_all"}), "INVALID_ARGUMENT"),
        ("helloworld", "Helo", json!({}), "NOT_FOUND"),
        ("helloworld", "Zzz", json!({}), "NOT_FOUND"),
        (SHUT, "Any", json!({}), "UNAVAILABLE"),
    ] {
        let body = body.to_string();
        let terminal = Ended::in_terminal(&both.micro.cli(&["call", service, method, &body]));
        assert_eq!(terminal.code, code, "{terminal:#?}");
        assert!(terminal.answer.is_some() || !terminal.message.is_empty(), "{terminal:#?}");
        let arguments = [("service", service), ("method", method), ("body", &body)];
        assert_same(&terminal, &ask(&both, "call", &arguments).await, Ended::in_chat);
    }
}

#[tokio::test]
async fn a_generated_command_ends_the_same_everywhere() {
    let both = start().await;
    for (service, method, flags, fields, code) in [
        ("helloworld", "hello", &["--name", "Ann B"][..], "name:\"Ann B\"", "OK"),
        ("cache", "get", &["--key", "absent"], "key:absent", "NOT_FOUND"),
        (
            "time",
            "zone",
            &["--location", "New York", "--at", "2026-01-31T12:00:00Z"],
            "location:\"New York\" at:2026-01-31T12:00:00Z",
            "OK",
        ),
        ("time", "zone", &["--location", "_no_ *where*"], "location:\"_no_ *where*\"", "INVALID_ARGUMENT"),
    ] {
        let output = both.micro.cli(&[&[service, method], flags].concat());
        let arguments = [("service", service), ("method", method), ("args", fields)];
        let answers = ask(&both, "run", &arguments).await;
        let terminal = Ended::in_terminal(&output);
        assert_eq!(terminal.code, code, "{terminal:#?}");
        assert_same(&terminal, &answers, Ended::in_chat);
    }
}

#[tokio::test]
async fn one_is_the_same_everywhere() {
    let both = start().await;
    let who = json(&both.micro, &["whoami"]);
    let answers = ask(&both, "whoami", &[]).await;
    let terminal = (text(&who["account"]), text(&who["server"]));
    assert_same(&terminal, &answers, |told| {
        (told.field("Account").to_owned(), told.field("Server").to_owned())
    });
    // The credential is another one: whoever speaks in chat has proved it by a link.
    assert_eq!(who["credential"], "local");
    for told in &answers {
        assert!(told.field("Credential").ends_with("(link)"), "{told:#?}");
    }
}

/// A command: the words of what it takes, and what it does.
type Taught = (Vec<String>, String);

/// What a line such as `call SERVICE METHOD [BODY]` says the command takes.
fn takes(line: &str) -> Vec<String> {
    let words = line.split_whitespace().skip(1).filter(|word| *word != "[OPTIONS]");
    words.map(|word| word.trim_matches(['<', '>']).to_owned()).collect()
}

/// A command as its own help in the terminal says.
fn taught(micro: &Micro, command: &str) -> Taught {
    let help = micro.cli(&[command, "--help"]).ok().stdout;
    let usage = help.lines().find_map(|line| line.strip_prefix("Usage: micro ")).unwrap();
    (takes(usage), help.lines().next().unwrap().to_owned())
}

#[tokio::test]
async fn help_is_the_same_everywhere() {
    let both = start().await;
    let answers = ask(&both, "help", &[]).await;
    assert_eq!(answers[0].commands, answers[1].commands);
    let listed = both.micro.cli(&["--help"]).ok().stdout;
    let commands = listed.lines().skip_while(|line| *line != "Commands:").skip(1);
    let terminal: BTreeSet<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let name = |typed: &str| typed.split_whitespace().next().unwrap().to_owned();
    // `help` is clap's own in the terminal, and `link` has commands of its own there.
    let shared = |name: &str| terminal.contains(name) && !["help", "link"].contains(&name);
    let chat: BTreeMap<String, Taught> = (answers[0].commands.iter())
        .map(|(typed, about)| (name(typed), (takes(typed), about.clone())))
        .filter(|(name, _)| shared(name))
        .collect();
    assert_eq!(chat.keys().collect::<Vec<_>>(), ["call", "services", "whoami"]);
    for (command, taught_in_chat) in &chat {
        assert_eq!(*taught_in_chat, taught(&both.micro, command), "{command}");
        let one = ask(&both, "help", &[("command", command)]).await;
        let (takes, about) = taught_in_chat;
        let title = [&["/micro".to_owned(), command.clone()], takes.as_slice()].concat().join(" ");
        let fields: BTreeSet<String> =
            takes.iter().map(|word| word.trim_matches(['[', ']']).to_lowercase()).collect();
        assert_same(&(title, vec![format!("{about}.")], fields), &one, |told| {
            (told.title.clone(), told.text.clone(), told.fields.keys().cloned().collect())
        });
        assert_eq!(one[0].fields, one[1].fields);
    }
}
