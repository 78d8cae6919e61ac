//! The stand-in for Discord as tests drive it: see `tests/support/fake-discord`.

use crate::{Http, Process, guard, until};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{path::PathBuf, process::Command, time::Duration};
use tempfile::TempDir;

/// The user who acts if a test does not say who.
pub const ANN: &str = "80351110224678912";
/// How long a message may take while a build shares the machine.
const MESSAGE_MAX: Duration = Duration::from_secs(20);

/// How Micro hears of what users do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Signed HTTP.
    Http,
    /// The gateway.
    Gateway,
}

/// A running stand-in. Ended when dropped.
#[derive(Debug)]
pub struct FakeDiscord {
    process: Process,
    http: Http,
    // Holds the process's log.
    _folder: TempDir,
}

/// What became of something a user did.
#[derive(Debug, Clone, Deserialize)]
pub struct Outcome {
    /// Whether the first response was there and right within three seconds.
    pub acknowledged: bool,
    /// The HTTP status; 0 on the gateway, and where no answer came.
    pub status: u16,
    /// The first response; null where there was none.
    pub body: Value,
    /// How long it took.
    pub latency_ms: f64,
    /// The interaction's id, which a replay names; none of a ping.
    pub interaction: Option<String>,
    /// Its token.
    pub token: Option<String>,
    /// The message it was answered with.
    pub message: Option<String>,
    /// The modal it was answered with.
    pub modal: Option<String>,
    /// Why no answer came, or what was wrong with it.
    pub error: Option<String>,
}

impl Outcome {
    /// The choices a completion offers.
    pub fn choices(&self) -> &[Value] {
        self.body["data"]["choices"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Itself, after checking that the first response was there and right.
    #[track_caller]
    pub fn acknowledged(self) -> Self {
        assert!(self.acknowledged, "{self:#?}");
        self
    }
}

/// A message as it is now.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// `response`, `followup` or `channel`.
    pub origin: String,
    /// The interaction it answers.
    pub interaction: Option<String>,
    /// Its channel.
    pub channel: String,
    /// Whose interaction it answers.
    pub user: Option<String>,
    /// Whether only that user sees it.
    pub ephemeral: bool,
    /// Whether it still says that the bot is thinking.
    pub thinking: bool,
    /// Whether it was taken back.
    pub deleted: bool,
    /// What it says.
    #[serde(flatten)]
    pub said: Said,
    /// What it said before, the oldest first.
    pub history: Vec<Said>,
}

/// What a message says, or said at some time.
#[derive(Debug, Clone, Deserialize)]
pub struct Said {
    /// When it said so first, by the stand-in's clock.
    pub at_ms: i64,
    /// Its text.
    pub content: String,
    /// Its embeds.
    pub embeds: Vec<Value>,
    /// Its rows.
    pub components: Vec<Value>,
    /// Its files.
    pub attachments: Vec<Attachment>,
}

impl Message {
    /// Everything somebody reads in it: text, embeds, the names of its files.
    pub fn text(&self) -> String {
        let files = self.said.attachments.iter().map(|file| file.filename.clone());
        let mut parts = vec![self.said.content.clone()];
        self.said.embeds.iter().for_each(|embed| read(embed, &mut parts));
        parts.extend(files);
        parts.join("\n")
    }

    /// The buttons and selects in it.
    pub fn parts(&self) -> impl Iterator<Item = &Value> {
        self.said.components.iter().filter_map(|row| row["components"].as_array()).flatten()
    }

    /// The id of the button with this label.
    #[track_caller]
    pub fn button(&self, label: &str) -> String {
        let found = self.parts().find(|part| part["label"] == label);
        let found = found.unwrap_or_else(|| panic!("no button {label}: {self:#?}"));
        found["custom_id"].as_str().unwrap_or_else(|| panic!("{label} only opens an address")).to_owned()
    }
}

/// Collects the texts of an embed that people read.
fn read(part: &Value, texts: &mut Vec<String>) {
    for key in ["title", "description", "name", "value", "text"] {
        texts.extend(part[key].as_str().map(str::to_owned));
    }
    for key in ["author", "fields", "footer"] {
        match &part[key] {
            Value::Array(parts) => parts.iter().for_each(|part| read(part, texts)),
            Value::Object(_) => read(&part[key], texts),
            _ => {}
        }
    }
}

/// A file of a message.
#[derive(Debug, Clone, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// Its name.
    pub filename: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub size: usize,
    /// What it says.
    pub text: String,
}

/// A modal that was shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Modal {
    /// The stand-in's id of it, which [`FakeDiscord::submit`] names.
    pub id: String,
    /// The interaction it answered.
    pub interaction: String,
    /// Who sees it.
    pub user: String,
    /// The id Micro gave it.
    pub custom_id: String,
    /// Its title.
    pub title: String,
    /// Its rows, each with one text input.
    pub components: Vec<Value>,
    /// Whether it was sent.
    pub submitted: bool,
}

/// Something that Discord would not have taken.
#[derive(Debug, Clone, Deserialize)]
pub struct Rejected {
    /// Where it was sent.
    pub r#where: String,
    /// The HTTP status.
    pub status: u16,
    /// Discord's code.
    pub code: u32,
    /// What Discord says.
    pub message: String,
    /// What is wrong where.
    pub errors: Value,
}

/// Something that Discord takes and the design forbids.
#[derive(Debug, Clone, Deserialize)]
pub struct Violation {
    /// The rule.
    pub rule: String,
    /// What was found.
    pub detail: String,
}

/// A call of Discord's API.
#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// What was answered.
    pub status: u16,
    /// When it came, by the stand-in's clock.
    pub at_ms: i64,
}

/// An interaction on its way to Micro.
#[derive(Debug, Clone, Deserialize)]
pub struct Delivery {
    /// The interaction; none of a ping and of raw bytes.
    pub interaction: Option<String>,
    /// `command`, `click`, `autocomplete`, `submit`, `ping`, `raw` or `replay`.
    pub kind: String,
    /// `http` or `gateway`.
    pub via: String,
    /// Whether the first response was there and right within three seconds.
    pub acknowledged: bool,
    /// The HTTP status of the answer; 0 where none came.
    pub status: u16,
    /// How long the first response took.
    pub latency_ms: f64,
    /// When it was sent, by the stand-in's clock.
    pub at_ms: i64,
}

/// The gateway, counted from the start.
#[derive(Debug, Clone, Deserialize)]
pub struct Gateway {
    /// Sessions on a connection that works.
    pub connected: usize,
    /// Sessions that were started.
    pub identifies: u64,
    /// Sessions that were resumed.
    pub resumes: u64,
    /// Heartbeats that came.
    pub heartbeats: u64,
    /// Sessions that may still be started.
    pub remaining: u64,
    /// Whether the token was reset because too many were.
    pub token_reset: bool,
    /// Each session, with its intents.
    pub sessions: Vec<Value>,
    /// Each connection there was.
    pub connections: Vec<Value>,
}

/// Everything the stand-in knows.
#[derive(Debug, Clone, Deserialize)]
pub struct State {
    /// Messages, the oldest first.
    pub messages: Vec<Message>,
    /// Modals, the oldest first.
    pub modals: Vec<Modal>,
    /// Registered commands.
    pub commands: Vec<Value>,
    /// What Discord would not have taken.
    pub rejected: Vec<Rejected>,
    /// What the design forbids.
    pub violations: Vec<Violation>,
    /// Calls of the API.
    pub calls: Vec<Call>,
    /// Deliveries to Micro.
    pub deliveries: Vec<Delivery>,
    /// Answers of 401, 403 and 429 in the last ten minutes.
    pub invalid_answers: usize,
    /// Answers of 429.
    pub rate_limited: u32,
    /// The gateway.
    pub gateway: Gateway,
}

/// A user in front of Discord, and how Micro hears of them.
#[derive(Debug, Clone)]
pub struct Actor {
    fields: Value,
}

impl Actor {
    /// Ann, in the server, whose actions Micro hears of over signed HTTP at `app_url`, or on the gateway.
    pub fn ann(app_url: Option<&str>) -> Self {
        Self::new(ANN, "ann", app_url)
    }

    /// A user by id and name.
    pub fn new(user: &str, name: &str, app_url: Option<&str>) -> Self {
        let mut fields = json!({"user": user, "user_name": name});
        if let Some(url) = app_url {
            fields["app_url"] = url.into();
        }
        Self { fields }
    }

    /// The same with another field of the control API: `channel`, `dm`, `locale`, `permissions`, `signature`
    /// (`good`, `bad`, `missing`, `stale`), `wait`, `unchecked`.
    #[must_use]
    pub fn with(&self, field: &str, value: impl Into<Value>) -> Self {
        let mut actor = self.clone();
        actor.fields[field] = value.into();
        actor
    }

    /// The same in a conversation with the bot.
    #[must_use]
    pub fn in_dm(&self) -> Self {
        self.with("dm", true)
    }

    fn doing(&self, more: Value) -> Value {
        let mut body = self.fields.clone();
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        body
    }
}

impl FakeDiscord {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When it is not built.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`FakeDiscord::start`], with flags such as `--guild-name`.
    pub fn start_with(flags: &[&str]) -> Self {
        let folder = TempDir::with_prefix("fake-discord-").unwrap();
        guard::watch_folder(folder.path());
        let process = Process::start("fake-discord", Command::new(program()).args(flags), folder.path());
        let http = Http::new(process.ready()["url"].as_str().unwrap().trim_start_matches("http://"));
        Self { process, http, _folder: folder }
    }

    /// A value of the ready line: `url`, `bot_token`, `application_id`, `public_key`, `guild`.
    pub fn ready(&self, name: &str) -> &str {
        self.process.ready()[name].as_str().unwrap()
    }

    /// The environment with which Micro uses this stand-in.
    pub fn environment(&self, mode: Mode) -> Vec<(&'static str, String)> {
        let pair = |name, of| (name, self.ready(of).to_owned());
        let mut pairs =
            vec![pair("MICRO_DISCORD_API_URL", "url"), pair("MICRO_DISCORD_BOT_TOKEN", "bot_token")];
        if mode == Mode::Http {
            pairs.push(pair("MICRO_DISCORD_PUBLIC_KEY", "public_key"));
            pairs.push(pair("MICRO_DISCORD_APPLICATION_ID", "application_id"));
        }
        pairs
    }

    /// Runs a command with options as Discord writes them.
    pub async fn command(&self, actor: &Actor, name: &str, options: Value) -> Outcome {
        self.act("command", actor.doing(json!({"name": name, "options": options}))).await
    }

    /// Types an option that completes: the one with `"focused": true`.
    pub async fn autocomplete(&self, actor: &Actor, name: &str, options: Value) -> Outcome {
        self.act("autocomplete", actor.doing(json!({"name": name, "options": options}))).await
    }

    /// Sends an interaction once more: over HTTP byte for byte, and what is answered changes nothing.
    pub async fn replay(&self, actor: &Actor, interaction: &str) -> Outcome {
        self.act("command", actor.doing(json!({"replay": interaction}))).await
    }

    /// Clicks a button, or chooses these values of a select.
    pub async fn click(&self, actor: &Actor, message: &str, custom_id: &str, values: &[&str]) -> Outcome {
        let click = json!({"message": message, "custom_id": custom_id, "values": values});
        self.act("click", actor.doing(click)).await
    }

    /// Sends a modal with these texts by input; the others as they were shown.
    pub async fn submit(&self, actor: &Actor, modal: &str, values: &[(&str, &str)]) -> Outcome {
        let values: serde_json::Map<String, Value> =
            values.iter().map(|(id, text)| ((*id).to_owned(), Value::from(*text))).collect();
        self.act("submit", actor.doing(json!({"modal": modal, "values": values}))).await
    }

    /// Pings Micro's address with a `good`, `bad`, `missing` or `stale` signature.
    pub async fn ping(&self, app_url: &str, signature: &str) -> Outcome {
        self.act("ping", json!({"app_url": app_url, "signature": signature})).await
    }

    /// Sends any text and so many spaces to Micro's address, signed.
    pub async fn raw(&self, app_url: &str, text: &str, padding_bytes: usize) -> Outcome {
        let body = json!({"app_url": app_url, "text": text, "padding_bytes": padding_bytes});
        self.act("raw", body).await
    }

    /// Everything it knows.
    pub async fn state(&self) -> State {
        let state = self.http.get("/control/state").await.expect(200);
        serde_json::from_slice(&state.body).unwrap_or_else(|error| panic!("{error}: {}", state.text()))
    }

    /// Waits for a message that is no longer thinking and that `wanted` likes; the newest first.
    pub async fn wait_for_message(&self, what: &str, wanted: impl Fn(&Message) -> bool) -> Message {
        until(what, MESSAGE_MAX, async || {
            let messages = self.state().await.messages.into_iter().rev();
            messages.filter(|message| !message.thinking && !message.deleted).find(|message| wanted(message))
        })
        .await
    }

    /// Waits for the message that answers this.
    pub async fn answer_to(&self, outcome: &Outcome) -> Message {
        let id = outcome.message.clone().unwrap_or_else(|| panic!("no message: {outcome:#?}"));
        self.wait_for_message("the answer", |message| message.id == id).await
    }

    /// Waits until Micro is on the gateway.
    pub async fn wait_for_session(&self) {
        until("a session on the gateway", MESSAGE_MAX, async || {
            (self.state().await.gateway.connected > 0).then_some(())
        })
        .await;
    }

    /// What Discord would not have taken.
    pub async fn rejected(&self) -> Vec<Rejected> {
        self.state().await.rejected
    }

    /// Checks that everything was as Discord and the design want it.
    ///
    /// # Panics
    /// When something was not.
    pub async fn expect_clean(&self) {
        let state = self.state().await;
        let clean = state.rejected.is_empty() && state.violations.is_empty();
        assert!(clean, "{:#?}\n{:#?}", state.rejected, state.violations);
    }

    /// Answers the next calls with a fault: `path_contains`, `method`, `times`, `status`, `retry_after`, `global`,
    /// `delay_ms`.
    pub async fn inject(&self, fault: &Value) {
        self.control("inject", fault).await;
    }

    /// Moves the clock on.
    pub async fn advance(&self, by: Duration) {
        self.control("clock", &json!({"advance_s": by.as_secs_f64()})).await;
    }

    /// Does something to the gateway, such as `{"action": "reconnect"}`: `invalid_session`, `close`, `drop`,
    /// `silence`, `stop_acks`, `heartbeat`, `session_start_limit`.
    pub async fn gateway(&self, action: &Value) {
        self.control("gateway", action).await;
    }

    /// Forgets what happened, but not commands, sessions and the time.
    pub async fn reset(&self) {
        self.control("reset", &json!({})).await;
    }

    async fn act(&self, path: &str, body: Value) -> Outcome {
        serde_json::from_value(self.control(path, &body).await).unwrap()
    }

    async fn control(&self, path: &str, body: &Value) -> Value {
        self.http.json(&format!("/control/{path}"), body).await.expect(200).json()
    }
}

/// The program beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("micro-fake-discord");
    assert!(program.exists(), "{} is not built: cargo build --workspace --bins", program.display());
    program
}
