//! Second opinions: what the bots send, and whose signatures they take, as other people's libraries see it.
//!
//! The fakes refuse what we know to be refused. Here Slack's own Python and JavaScript libraries and Discord's own
//! description of its API read the same payloads, so that a limit we misread is found. `tests/opinions` holds the checkers.

mod previews;
mod story;

use crate::{chat, world};
use micro_support::{
    Http, Process,
    fake_discord::{self, FakeDiscord},
    fake_slack::{self, FakeSlack, person},
    process,
};
use serde_json::{Value, json};
use std::{fmt::Write as _, io::Write as _, path::Path, process::Command, sync::OnceLock, time::Duration};
use tempfile::TempDir;

/// How long the packages may take the first time.
const INSTALL_MAX: Duration = Duration::from_secs(20 * 60);
/// What would call everybody, end a block of code, open a link or turn the text around.
const HOSTILE: &str = "@everyone @here <!channel> <@U2> <@&1> *b* **b** ```end``` ` <https://evil.example|click> \
    [x](https://evil.example) & \u{202e} \u{1b}[31m \u{0}";

/// More than one message of either platform holds.
fn long() -> String {
    "w".repeat(4_000)
}

/// What `setup.sh` installed. Says once what is missing.
fn installed() -> &'static Value {
    static INSTALLED: OnceLock<Value> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("opinions/setup.sh");
        let built = process::run_within(INSTALL_MAX, Command::new("bash").arg(script), b"").ok().json();
        for (checker, entry) in built.as_object().unwrap() {
            if let Some(reason) = entry["reason"].as_str() {
                // Not through the macros, whose output is shown of failing tests only.
                let _ = writeln!(std::io::stderr(), "SKIPPED: second opinion of {checker}: {reason}");
            }
        }
        built
    })
}

/// The command of a checker; none where its language is missing, which was said.
fn checker(name: &str) -> Option<Command> {
    let words: Vec<&str> =
        installed()[name]["command"].as_array()?.iter().filter_map(Value::as_str).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    Some(command)
}

/// What a checker says of each payload, in order: its name and the complaints. None where the checker is missing.
fn opinions(name: &str, payloads: &[Value]) -> Option<Vec<(String, Vec<String>)>> {
    let mut command = checker(name)?;
    let folder = TempDir::with_prefix("opinions-").unwrap();
    let file = folder.path().join("payloads.json");
    std::fs::write(&file, json!(payloads).to_string()).unwrap();
    let told = process::run(command.arg(&file), b"").ok().json();
    let told = told.as_array().unwrap().iter().map(|one| {
        let complaints =
            one["complaints"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned());
        (one["name"].as_str().unwrap().to_owned(), complaints.collect())
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), payloads.len(), "{name} has no opinion of some");
    Some(told)
}

/// Fails with all that a checker complains of, and the payloads.
#[track_caller]
fn assert_taken(name: &str, payloads: &[Value]) {
    assert!(!payloads.is_empty(), "nothing for {name}");
    let mut report = String::new();
    for ((what, complaints), payload) in opinions(name, payloads).unwrap_or_default().iter().zip(payloads) {
        if !complaints.is_empty() {
            let _ = writeln!(report, "{what}:\n  {}\n  {}", complaints.join("\n  "), payload["payload"]);
        }
    }
    assert!(report.is_empty(), "{name} refuses\n{report}");
}

/// Fails unless the checker takes the first payload and refuses each other.
#[track_caller]
fn assert_only_first_is_taken(name: &str, payloads: &[Value]) {
    let Some(told) = opinions(name, payloads) else { return };
    let refused: Vec<bool> = told.iter().map(|(_, complaints)| !complaints.is_empty()).collect();
    let expected: Vec<bool> = (0..payloads.len()).map(|at| at > 0).collect();
    assert_eq!(refused, expected, "{told:#?}");
}

/// What the bots sent, for each platform's checker.
#[derive(Default)]
struct Payloads {
    slack: Vec<Value>,
    discord: Vec<Value>,
}

impl Payloads {
    fn slack(&mut self, name: &str, kind: &str, payload: &Value) {
        self.slack.push(json!({"name": name, "kind": kind, "payload": payload}));
    }

    fn discord(&mut self, name: &str, kind: &str, payload: &Value) {
        self.discord.push(json!({"name": name, "kind": kind, "payload": payload}));
    }

    fn check(&self) {
        assert_taken("slack", &self.slack);
        assert_taken("discord", &self.discord);
    }
}

#[tokio::test]
async fn foreign_parsers_take_what_a_preview_shows() {
    let micro = world::start();
    let zoo = previews::populate(&micro).await;
    let mut payloads = Payloads::default();
    previews::previews(&micro, &previews::lines(&micro, zoo.is_some()), &mut payloads);
    let is_form = |entry: &&Value| entry["kind"] == "view";
    assert!(payloads.slack.iter().filter(is_form).count() >= 3, "there are forms among them");
    payloads.check();
}

#[tokio::test]
async fn foreign_parsers_take_what_a_story_sends() {
    let chats = story::Chats::start().await;
    tokio::join!(chats.in_slack(), chats.in_discord());
    let mut payloads = Payloads::default();
    chats.sent_to_slack(&mut payloads).await;
    chats.sent_to_discord(&mut payloads).await;
    payloads.check();
}

#[tokio::test]
async fn slack_s_types_take_the_manifest() {
    let micro = world::start();
    let manifest = |more: &[&str]| micro.cli(&[&["bot", "setup", "slack"], more].concat()).ok().json();
    let (socket, http) = (manifest(&[]), manifest(&["--public-url", "https://micro.example"]));
    let named = |name: &str, payload: &Value| json!({"name": name, "payload": payload});
    let changed = |pointer: &str, key: &str, value: Value| {
        let mut manifest = http.clone();
        manifest.pointer_mut(pointer).unwrap()[key] = value;
        named(key, &manifest)
    };
    assert_taken("manifest", &[named("sockets", &socket), named("HTTP", &http)]);
    assert_only_first_is_taken(
        "manifest",
        &[
            named("sound", &http),
            changed("/features/app_home", "tab_of_dreams", json!(true)),
            changed("/settings", "socket_mode_enabled", json!("yes")),
            changed("/oauth_config/scopes", "bot", json!(["chat:shout"])),
            changed("/settings", "event_subscriptions", json!({"bot_events": ["no.event"]})),
            changed("", "display_information", json!({"description": "without a name"})),
        ],
    );
}

/// A checker that never complains would prove nothing.
#[test]
fn foreign_parsers_refuse_what_is_broken() {
    let of =
        |kind: &str, payload: Value| json!({"name": payload.to_string(), "kind": kind, "payload": payload});
    let text = |kind: &str, length: usize| json!({"type": kind, "text": "x".repeat(length)});
    let block = |block: Value| of("message", json!({"text": "t", "blocks": [block]}));
    let header = |length| block(json!({"type": "header", "text": text("plain_text", length)}));
    let button = json!({"type": "button", "action_id": "a", "value": "v", "text": text("plain_text", 76)});
    let view = |length: usize| {
        let blocks = [json!({"type": "section", "text": text("mrkdwn", 1)})];
        of("view", json!({"type": "modal", "title": text("plain_text", length), "blocks": blocks}))
    };
    let options = |count: usize, characters: usize| {
        let (name, value) = (text("plain_text", characters / 2), "x".repeat(characters));
        of("options", json!({"options": vec![json!({"text": name, "value": value}); count]}))
    };
    let call = |method: &str, argument: &str| json!({"name": argument, "kind": "call", "method": method, "payload": {"text": "t", argument: "C1"}});
    let slack = [
        header(150),
        header(151),
        block(json!({"type": "section", "text": text("mrkdwn", 3_001)})),
        block(json!({"type": "section", "text": text("mrkdwn", 3), "glow": true})),
        block(json!({"type": "actions", "elements": [button]})),
        block(json!({"type": "actions", "elements": [{"type": "lever", "action_id": "a"}]})),
        block(json!({"type": "hologram"})),
        of("message", json!({"blocks": [{"type": "divider"}]})),
        view(25),
        view(46),
        call("chat.postMessage", "chanel"),
        call("chat.shout", "channel"),
    ];
    assert_only_first_is_taken("slack", &slack);
    assert_only_first_is_taken("slack", &[view(24), slack[1].clone()]);
    let nameless = of("options", json!({"options": [{"value": "x"}]}));
    assert_only_first_is_taken("slack", &[options(100, 150), options(101, 1), options(1, 151), nameless]);
    assert_only_first_is_taken("slack", &[options(0, 0), slack[1].clone()]);
    assert_only_first_is_taken("slack", &[call("chat.postMessage", "channel"), slack[1].clone()]);

    let message = |length: usize| of("message", json!({"content": "x".repeat(length)}));
    let embed = |length: usize| of("message", json!({"embeds": [{"title": "x".repeat(length)}]}));
    let input = json!({"type": 4, "custom_id": "i", "label": "l", "style": 1});
    let rows = json!([{"type": 1, "components": [input]}]);
    let modal = |length: usize| {
        of("modal", json!({"custom_id": "m", "title": "x".repeat(length), "components": rows}))
    };
    let component = |component: Value| {
        of("message", json!({"content": "c", "components": [{"type": 1, "components": [component]}]}))
    };
    let command = |length: usize| of("commands", json!([{"name": "c".repeat(length), "description": "d"}]));
    let discord = [
        message(2_000),
        message(2_001),
        embed(257),
        component(json!({"type": 2, "style": 1, "custom_id": "b", "label": "x".repeat(81)})),
        component(json!({"type": 99, "custom_id": "b"})),
        of("message", json!({"content": "c", "glow": true})),
        modal(46),
        command(33),
        of("callback", json!({"type": 4, "data": {"content": "x".repeat(2_001)}})),
        of("callback", json!({"type": 99})),
    ];
    assert_only_first_is_taken("discord", &discord);
    for sound in
        [embed(256), modal(45), command(32), of("callback", json!({"type": 4, "data": {"content": "x"}}))]
    {
        assert_only_first_is_taken("discord", &[sound, discord[1].clone()]);
    }
}

/// Slack's and Discord's own verifiers, at the paths Micro has.
fn verifiers(slack: &FakeSlack, discord: &FakeDiscord, folder: &Path) -> Option<Process> {
    let mut command = checker("signatures")?;
    command.args([slack.ready("signing_secret"), discord.ready("public_key")]);
    Some(Process::start("verifiers", &mut command, folder))
}

#[tokio::test]
async fn s16_foreign_verifiers_take_and_refuse_what_micro_does() {
    let (slack, discord) = (FakeSlack::start(world::program()), FakeDiscord::start());
    let folder = TempDir::with_prefix("opinions-").unwrap();
    let Some(verifiers) = verifiers(&slack, &discord, folder.path()) else { return };
    let told = |name: &str| verifiers.ready()[name].as_str().unwrap();
    let mut environment = slack.environment(fake_slack::Mode::Http);
    for (name, value) in discord.environment(fake_discord::Mode::Http) {
        // Signed by the verifiers' key, since the fake's is its own.
        let key = name == "MICRO_DISCORD_PUBLIC_KEY";
        environment.push((name.to_owned(), if key { told("discord_public_key").to_owned() } else { value }));
    }
    let micro = chat::start(environment);
    let http = Http::new(told("discord").trim_start_matches("http://"));
    let compared = http.json("/compare", &json!({"micro": micro.url()})).await.expect(200).json();
    let compared = compared.as_array().unwrap();
    for platform in ["slack", "discord"] {
        let of_platform = compared.iter().filter(|one| one["platform"] == platform);
        let agreed = of_platform.filter(|one| one["library"] == one["micro"]);
        assert!(agreed.count() >= 20, "{compared:#?}");
    }
    // Where both are known to differ, the reason is in `why`.
    let surprises: Vec<&Value> = compared
        .iter()
        .filter(|one| {
            one["library"] != one["expected"]["library"] || one["micro"] != one["expected"]["micro"]
        })
        .collect();
    assert!(surprises.is_empty(), "{surprises:#?}");
}

#[tokio::test]
async fn foreign_verifiers_take_what_the_fakes_sign() {
    let (mut slack, discord) = (FakeSlack::start(world::program()), FakeDiscord::start());
    let folder = TempDir::with_prefix("opinions-").unwrap();
    let Some(verifiers) = verifiers(&slack, &discord, folder.path()) else { return };
    let told = |name: &str| verifiers.ready()[name].as_str().unwrap();
    slack.deliver_to(told("slack"));
    let ann = person("U1", "ann");
    for (how, status) in [
        (json!({}), 200),
        (json!({"timestamp_offset_s": -290}), 200),
        (json!({"signature": "bad"}), 401),
        (json!({"signature": "missing"}), 401),
        (json!({"timestamp_offset_s": -302}), 401),
    ] {
        let delivered = slack.command_with(&ann, "run helloworld hello name:“grüße 🦀”", how.clone()).await;
        assert_eq!(delivered.status(), Some(status), "{how}: {}", delivered.value());
    }
    let event = json!({"type": "app_home_opened", "user": "U1", "channel": "DU1", "tab": "home"});
    let delivered = slack.event(event).await;
    assert_eq!(delivered.status(), Some(200), "{}", delivered.value());
    for (how, status) in [("good", 200), ("bad", 401), ("missing", 401)] {
        assert_eq!(discord.ping(told("discord"), how).await.status, status, "{how}");
    }
    assert_eq!(discord.raw(told("discord"), "{\"name\": \"grüße 🦀\"}", 1_000).await.status, 200);
}
