//! What the workspace holds, and the rules of its single-use things: triggers, response URLs, injected faults.

use crate::{
    clock::{self, Clock},
    deliver::{replay::Sent, retry::Retry},
    options::Options,
    records::{Call, Delivery, File, Message, Rejection, Via, View},
    refusal::{Refusal, refuse},
    sockets::Sockets,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

/// How long a trigger lives.
const TRIGGER_MS: u64 = 3_000;
/// How long a response URL lives.
const RESPONSE_URL_MS: u64 = 30 * 60 * 1_000;
/// How often a response URL can be used.
const RESPONSE_URL_USES: u32 = 5;
/// The app's id.
pub(crate) const APP: &str = "A0FAKE";
/// The bot's id, and that of the user it posts as.
pub(crate) const BOT: &str = "B0FAKE";
/// The user the bot posts as.
pub(crate) const BOT_USER: &str = "U0BOT";

/// The fake, shared by all that serves it.
pub(crate) type Shared = Arc<Slack>;

/// The fake.
#[derive(Debug)]
pub(crate) struct Slack {
    /// What was chosen at the start.
    pub(crate) options: Options,
    /// Its `HOST:PORT`.
    pub(crate) address: String,
    /// The moved clock.
    pub(crate) clock: Clock,
    /// The app's sockets.
    pub(crate) sockets: Sockets,
    state: Mutex<State>,
}

/// What changes.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) messages: Vec<Message>,
    pub(crate) views: Vec<View>,
    pub(crate) files: Vec<File>,
    pub(crate) rejected: Vec<Rejection>,
    pub(crate) calls: Vec<Call>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) sent: HashMap<String, Sent>,
    pub(crate) retries: Vec<Retry>,
    pub(crate) injections: Vec<Injection>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) tickets: Vec<String>,
    /// What was last suggested to a person for a select: by the person, its block and its id.
    pub(crate) suggested: HashMap<(String, String, String), Value>,
    triggers: HashMap<String, Trigger>,
    responses: HashMap<String, Response>,
    count: u64,
}

/// What a `trigger_id` allows.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    /// Who acted.
    pub(crate) user: String,
    /// The view acted in.
    pub(crate) view: Option<String>,
    expires_ms: u64,
    used: bool,
}

/// What a response URL answers.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// Who acted.
    pub(crate) user: String,
    /// Where.
    pub(crate) channel: String,
    /// The message acted in.
    pub(crate) message: Option<String>,
    /// The delivery that brought it.
    pub(crate) delivery: String,
    expires_ms: u64,
    uses_left: u32,
}

/// A fault that a test ordered.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Injection {
    /// A method, `response_url`, `upload`, or `*`.
    pub(crate) method: String,
    /// Only in this channel.
    pub(crate) channel: Option<String>,
    /// How often.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// The status; 200 with an error's code unless given.
    pub(crate) status: Option<u16>,
    /// For 429, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// Slack's code.
    pub(crate) error: Option<String>,
    /// How long to wait before answering; alone, the call then succeeds.
    #[serde(default)]
    pub(crate) delay_ms: u64,
}

fn once() -> u32 {
    1
}

impl Slack {
    /// An empty workspace served at `address`.
    pub(crate) fn new(options: Options, address: &str) -> Self {
        let state = State { scopes: options.scopes.clone(), ..State::default() };
        Self {
            options,
            address: address.to_owned(),
            clock: Clock::default(),
            sockets: Sockets::default(),
            state: Mutex::new(state),
        }
    }

    /// What changes, for as long as the guard is held.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Forgets everything but the clock and the sockets, and those about to be opened.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        // Ids stay unique, so that nothing late is taken for something new.
        let (count, tickets) = (state.count, std::mem::take(&mut state.tickets));
        *state = State { count, tickets, scopes: self.options.scopes.clone(), ..State::default() };
    }

    /// Its base.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The line that says it is ready.
    pub(crate) fn ready(&self) -> Value {
        json!({
            "url": self.url(),
            "team": self.options.team,
            "bot_token": self.options.bot_token,
            "app_token": self.options.app_token,
            "signing_secret": self.options.signing_secret,
        })
    }

    /// Notes something Slack refuses.
    pub(crate) fn reject(&self, method: &str, refusal: &Refusal, arguments: &Value) {
        self.state().rejected.push(Rejection {
            at_ms: clock::real_ms(),
            method: method.to_owned(),
            error: refusal.error.clone(),
            messages: refusal.messages.clone(),
            arguments: arguments.clone(),
        });
    }

    /// A trigger for what `user` just did.
    pub(crate) fn trigger(&self, user: &str, view: Option<&str>) -> String {
        let expires_ms = self.clock.now_ms() + TRIGGER_MS;
        let mut state = self.state();
        let id = state.id("");
        let id = format!("{id}.{}.fake", self.options.team);
        let trigger =
            Trigger { user: user.to_owned(), view: view.map(str::to_owned), expires_ms, used: false };
        state.triggers.insert(id.clone(), trigger);
        id
    }

    /// A response URL for what `user` just did.
    pub(crate) fn response_url(
        &self,
        user: &str,
        channel: &str,
        message: Option<&str>,
        delivery: &str,
    ) -> String {
        let expires_ms = self.clock.now_ms() + RESPONSE_URL_MS;
        let mut state = self.state();
        let id = state.id("r");
        let response = Response {
            user: user.to_owned(),
            channel: channel.to_owned(),
            message: message.map(str::to_owned),
            delivery: delivery.to_owned(),
            expires_ms,
            uses_left: RESPONSE_URL_USES,
        };
        state.responses.insert(id.clone(), response);
        format!("{}/respond/{id}", self.url())
    }
}

impl State {
    /// An id that was never given before, even by an earlier process.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}{:04}", clock::real_ms(), self.count)
    }

    /// A message's timestamp.
    pub(crate) fn timestamp(&mut self) -> String {
        self.count += 1;
        format!("{}.{:06}", clock::real_ms() / 1_000, self.count % 1_000_000)
    }

    /// Uses a trigger up.
    pub(crate) fn spend_trigger(&mut self, id: &str, now_ms: u64) -> Result<Trigger, Refusal> {
        let Some(trigger) = self.triggers.get_mut(id) else { return refuse("invalid_trigger_id") };
        if trigger.used {
            return refuse("exchanged_trigger_id");
        }
        if now_ms >= trigger.expires_ms {
            return refuse("expired_trigger_id");
        }
        trigger.used = true;
        Ok(trigger.clone())
    }

    /// Uses a response URL once.
    pub(crate) fn spend_response(&mut self, id: &str, now_ms: u64) -> Result<Response, Refusal> {
        let Some(response) = self.responses.get_mut(id) else { return refuse("invalid_url") };
        if now_ms >= response.expires_ms {
            return refuse("expired_url");
        }
        if response.uses_left == 0 {
            return refuse("used_url");
        }
        response.uses_left -= 1;
        Ok(response.clone())
    }

    /// The fault ordered for this call, if any.
    pub(crate) fn injected(&mut self, method: &str, channel: Option<&str>) -> Option<Injection> {
        let meant = |fault: &Injection| {
            let this = fault.method == method || fault.method == "*";
            this && (fault.channel.is_none() || fault.channel.as_deref() == channel)
        };
        let at = self.injections.iter().position(meant)?;
        let fault = self.injections[at].clone();
        self.injections[at].times = fault.times.saturating_sub(1);
        if self.injections[at].times == 0 {
            self.injections.remove(at);
        }
        Some(fault)
    }

    /// Posts a message and returns its timestamp.
    pub(crate) fn post(&mut self, via: Via, channel: &str, user: Option<&str>, arguments: &Value) -> String {
        let ts = self.timestamp();
        let mut message = Message {
            id: ts.clone(),
            ts: ts.clone(),
            channel: channel.to_owned(),
            user: user.map(str::to_owned),
            via,
            thread_ts: arguments["thread_ts"].as_str().map(str::to_owned),
            text: String::new(),
            blocks: Vec::new(),
            deleted: false,
            answers: None,
            arguments: arguments.clone(),
            history: Vec::new(),
        };
        message.change(via, &self.with_ids(arguments));
        self.messages.push(message);
        ts
    }
}
