//! Drives `micro-fake-slack`: what the people of a workspace do, and what they see then.

use crate::{Http, Process, guard, until};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// How long a message may take to come while a build shares the machine.
const SOON: Duration = Duration::from_secs(20);

/// How Slack reaches Micro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By signed requests.
    Http,
    /// Through sockets that Micro opens.
    Socket,
}

/// A workspace of its own. Ends when dropped.
#[derive(Debug)]
pub struct FakeSlack {
    process: Process,
    http: Http,
    app_url: Option<String>,
    _folder: TempDir,
}

/// A person, and the channel they are in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id, such as `U1`.
    pub user: String,
    /// Their name.
    pub name: String,
    /// Where they type.
    pub channel: String,
}

/// A person in the channel `C1`.
pub fn person(user: &str, name: &str) -> Person {
    Person { user: user.to_owned(), name: name.to_owned(), channel: "C1".to_owned() }
}

impl Person {
    /// The same person in another channel.
    #[must_use]
    pub fn in_channel(&self, channel: &str) -> Self {
        Self { channel: channel.to_owned(), ..self.clone() }
    }
}

/// What became of something that was handed to Micro.
#[derive(Debug, Clone)]
pub struct Delivered(Value);

impl Delivered {
    /// Whether it was acknowledged within three seconds.
    pub fn acknowledged(&self) -> bool {
        self.0["acknowledged"] == true
    }

    /// The status; none through a socket, or without an answer.
    pub fn status(&self) -> Option<u64> {
        self.0["status"].as_u64()
    }

    /// How long the acknowledgement took.
    ///
    /// # Panics
    /// When there was none.
    #[track_caller]
    pub fn latency(&self) -> Duration {
        Duration::from_millis(
            self.0["latency_ms"].as_u64().unwrap_or_else(|| panic!("unanswered: {}", self.0)),
        )
    }

    /// Its id, for [`FakeSlack::replay`] and [`Message::answers`].
    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    /// Everything the fake says of it, such as `trigger_id`, `view`, `answer`, `attempts`.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// Itself, after checking that it was acknowledged.
    ///
    /// # Panics
    /// When it was not.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.acknowledged(), "{:#}", self.0);
        self
    }
}

/// A message of the workspace.
#[derive(Debug, Clone)]
pub struct Message(Value);

impl Message {
    /// Its id, which is its timestamp.
    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    /// Where it is.
    pub fn channel(&self) -> &str {
        self.0["channel"].as_str().unwrap()
    }

    /// The only one who sees it.
    pub fn user(&self) -> Option<&str> {
        self.0["user"].as_str()
    }

    /// `postMessage`, `ephemeral`, `response_url`, `acknowledgement` or `file`.
    pub fn via(&self) -> &str {
        self.0["via"].as_str().unwrap()
    }

    /// The current text.
    pub fn text(&self) -> &str {
        self.0["text"].as_str().unwrap()
    }

    /// The current blocks.
    pub fn blocks(&self) -> &Value {
        &self.0["blocks"]
    }

    /// The delivery it answers, where it came by that one's response URL.
    pub fn answers(&self) -> Option<&str> {
        self.0["answers"].as_str()
    }

    /// All that can be read in it, a line for each piece.
    pub fn all_text(&self) -> String {
        let mut lines = vec![self.text().to_owned()];
        collect(self.blocks(), &mut lines);
        lines.join("\n")
    }

    /// Everything the fake knows of it, such as `history` and `thread_ts`.
    pub fn value(&self) -> &Value {
        &self.0
    }
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, lines)),
        Value::Object(object) => {
            for (key, value) in object {
                match value.as_str().filter(|_| key == "text" || key == "alt_text") {
                    Some(text) => lines.push(text.to_owned()),
                    None => collect(value, lines),
                }
            }
        }
        _ => {}
    }
}

impl FakeSlack {
    /// Starts the fake that is built beside `micro`.
    pub fn start(micro: &Path) -> Self {
        Self::start_with(micro, &[])
    }

    /// As [`FakeSlack::start`], with flags such as `--scopes commands,chat:write`.
    ///
    /// # Panics
    /// When it is not built.
    pub fn start_with(micro: &Path, arguments: &[&str]) -> Self {
        let program: PathBuf = micro.with_file_name("micro-fake-slack");
        assert!(program.exists(), "{} is not built: cargo build --workspace --bins", program.display());
        let folder = TempDir::with_prefix("fake-slack-").unwrap();
        guard::watch_folder(folder.path());
        let mut command = Command::new(program);
        let process = Process::start("fake-slack", command.args(arguments), folder.path());
        let url = process.ready()["url"].as_str().unwrap();
        let http = Http::new(url.trim_start_matches("http://"));
        Self { process, http, app_url: None, _folder: folder }
    }

    /// Its base.
    pub fn url(&self) -> &str {
        self.ready("url")
    }

    /// A word of its ready line: `team`, `bot_token`, `app_token`, `signing_secret`.
    pub fn ready(&self, name: &str) -> &str {
        self.process.ready()[name].as_str().unwrap()
    }

    /// What Micro must be told to be this workspace's app.
    pub fn environment(&self, mode: Mode) -> Vec<(String, String)> {
        let mut pairs = vec![
            ("MICRO_SLACK_API_URL".to_owned(), format!("{}/api", self.url())),
            ("MICRO_SLACK_BOT_TOKEN".to_owned(), self.ready("bot_token").to_owned()),
        ];
        pairs.push(match mode {
            Mode::Http => ("MICRO_SLACK_SIGNING_SECRET".to_owned(), self.ready("signing_secret").to_owned()),
            Mode::Socket => ("MICRO_SLACK_APP_TOKEN".to_owned(), self.ready("app_token").to_owned()),
        });
        pairs
    }

    /// From now on everything is delivered to Micro at `url` by signed HTTP.
    pub fn deliver_to(&mut self, url: &str) {
        self.app_url = Some(url.to_owned());
    }

    /// From now on everything is delivered through sockets.
    pub fn deliver_through_sockets(&mut self) {
        self.app_url = None;
    }

    /// A control request; its answer.
    ///
    /// # Panics
    /// When the fake says it cannot be done.
    pub async fn control(&self, what: &str, body: &Value) -> Value {
        let answer = self.http.json(&format!("/control/{what}"), body).await;
        assert_eq!(answer.status, 200, "/control/{what} {body}: {}", answer.text());
        answer.json()
    }

    /// Does something as `person`; `body` says what.
    pub async fn act(&self, what: &str, person: &Person, body: Value) -> Delivered {
        let mut whole = json!({"user": person.user, "user_name": person.name});
        for (key, value) in body.as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        self.deliver(what, whole).await
    }

    /// Orders a delivery the way that is chosen.
    async fn deliver(&self, what: &str, mut body: Value) -> Delivered {
        if let Some(app_url) = &self.app_url {
            body["app_url"] = json!(app_url);
        }
        Delivered(self.control(what, &body).await)
    }

    /// Types `/micro text`.
    pub async fn command(&self, person: &Person, text: &str) -> Delivered {
        self.command_with(person, text, json!({})).await
    }

    /// As [`FakeSlack::command`], with more said: `command`, `signature` (`bad`, `missing`), `timestamp_offset_s`.
    pub async fn command_with(&self, person: &Person, text: &str, more: Value) -> Delivered {
        let mut body = json!({"channel": person.channel, "text": text});
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        self.act("command", person, body).await
    }

    /// Sends what was delivered as `id` again, byte for byte.
    pub async fn replay(&self, id: &str) -> Delivered {
        self.act("command", &person("U0", "replay"), json!({"channel": "C0", "replay": id})).await
    }

    /// Presses the button with this label in a message.
    pub async fn press(&self, person: &Person, message: &Message, label: &str) -> Delivered {
        self.click(person, json!({"message": message.id(), "label": label})).await
    }

    /// Uses an element: `message` or `view`, `action_id` or `label`, and what is chosen as `value`.
    pub async fn click(&self, person: &Person, body: Value) -> Delivered {
        self.act("click", person, body).await
    }

    /// Types into a select: `message` or `view`, `action_id` or `label`, and what is typed as `value`. The options are in
    /// `value()["answer"]["options"]`.
    pub async fn suggest(&self, person: &Person, body: Value) -> Delivered {
        self.act("suggest", person, body).await
    }

    /// Submits a view with what was typed, by block. The answer tells `response_action`, and the `view` now in front.
    pub async fn submit(&self, person: &Person, view: &str, values: Value) -> Delivered {
        self.act("submit", person, json!({"view": view, "values": values})).await
    }

    /// Sends something of the Events API, which itself says who did it.
    pub async fn event(&self, event: Value) -> Delivered {
        self.deliver("event", json!({"event": event})).await
    }

    /// Everything the fake remembers.
    pub async fn state(&self) -> Value {
        self.http.get("/control/state").await.expect(200).json()
    }

    /// All messages that are still there, oldest first.
    pub async fn messages(&self) -> Vec<Message> {
        let state = self.state().await;
        let all = state["messages"].as_array().unwrap().iter();
        all.filter(|message| message["deleted"] == false).cloned().map(Message).collect()
    }

    /// Those only `user` sees: ephemeral ones and direct messages.
    pub async fn messages_to(&self, user: &str) -> Vec<Message> {
        let direct = format!("D{user}");
        let mut messages = self.messages().await;
        messages.retain(|message| message.user() == Some(user) || message.channel() == direct);
        messages
    }

    /// Those everybody in `channel` sees.
    pub async fn messages_in(&self, channel: &str) -> Vec<Message> {
        let mut messages = self.messages().await;
        messages.retain(|message| message.user().is_none() && message.channel() == channel);
        messages
    }

    /// Waits for the first message that is as wanted.
    pub async fn wait_for_message(&self, what: &str, wanted: impl Fn(&Message) -> bool) -> Message {
        let look = async || self.messages().await.into_iter().find(|message| wanted(message));
        until(what, SOON, look).await
    }

    /// Waits for the first message that answers a delivery by its response URL.
    pub async fn answer_to(&self, delivered: &Delivered) -> Message {
        let what = format!("an answer to {}", delivered.value());
        self.wait_for_message(&what, |message| message.answers() == Some(delivered.id())).await
    }

    /// Waits for an open view of `user` that is as wanted: Slack's JSON of it, with `id`, `blocks`, `callback_id`.
    pub async fn wait_for_view(&self, user: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let look = async || {
            let state = self.state().await;
            let views = state["views"].as_array().unwrap().iter();
            let open =
                views.filter(|view| view["open"] == true && view["user"] == user).map(|view| &view["view"]);
            open.rev().find(|view| wanted(view)).cloned()
        };
        until("a view", SOON, look).await
    }

    /// Waits until this many sockets are open.
    pub async fn wait_for_sockets(&self, count: u64) {
        let look = async || (self.state().await["connected"].as_u64()? >= count).then_some(());
        until("sockets", SOON, look).await;
    }

    /// What Slack would have refused.
    pub async fn rejected(&self) -> Vec<Value> {
        self.state().await["rejected"].as_array().unwrap().clone()
    }

    /// Fails if Slack would have refused anything.
    ///
    /// # Panics
    /// When it would have.
    pub async fn assert_nothing_rejected(&self) {
        let rejected = self.rejected().await;
        assert!(rejected.is_empty(), "Slack refuses this: {rejected:#?}");
    }

    /// Calls of a method, oldest first.
    pub async fn calls(&self, method: &str) -> Vec<Value> {
        let state = self.state().await;
        state["calls"].as_array().unwrap().iter().filter(|call| call["method"] == method).cloned().collect()
    }

    /// Orders a fault: `method`, `times`, `status`, `retry_after`, `error`, `delay_ms`, `channel`.
    pub async fn inject(&self, fault: Value) {
        self.control("inject", &fault).await;
    }

    /// Moves the clock of triggers, response URLs and retries ahead.
    pub async fn advance(&self, by: Duration) {
        self.control("clock", &json!({"advance_s": by.as_secs()})).await;
    }

    /// Does something to the sockets: `{"action": "disconnect", "reason": …}`, `drop` or `silence`.
    pub async fn socket(&self, action: Value) {
        self.control("socket", &action).await;
    }

    /// Grants these scopes and no others.
    pub async fn grant(&self, scopes: &[&str]) {
        self.control("scopes", &json!({"scopes": scopes})).await;
    }

    /// The headers that sign a body which the test sends to Micro itself.
    pub async fn sign(&self, body: &str) -> [(&'static str, String); 2] {
        let signed = self.control("sign", &json!({"body": body})).await;
        let word = |name: &str| signed[name].as_str().unwrap().to_owned();
        [("x-slack-request-timestamp", word("timestamp")), ("x-slack-signature", word("signature"))]
    }

    /// Forgets all messages, views, calls, deliveries, rejections and faults.
    pub async fn reset(&self) {
        self.control("reset", &json!({})).await;
    }
}
