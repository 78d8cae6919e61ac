//! Everything the fake knows at one moment.

use crate::{
    budget::Budget,
    check::message::mentions_somebody,
    clock::Clock,
    gateway::sessions::Gateway,
    records::{Call, Delivery, Interaction, Message, Modal, Rejected, User, Violation},
    refusal::Refusal,
    signing::Keys,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};
use tokio::sync::Notify;

/// What is fixed from the start.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The bot's token.
    pub(crate) bot_token: String,
    /// The application's id, which is the bot's too.
    pub(crate) application_id: String,
    /// The one server there is.
    pub(crate) guild: String,
    /// Its name.
    pub(crate) guild_name: String,
    /// Where the fake listens: `127.0.0.1:PORT`.
    pub(crate) address: String,
}

/// The fake.
#[derive(Debug)]
pub(crate) struct Fake {
    /// What is fixed.
    pub(crate) settings: Settings,
    /// The application's keys.
    pub(crate) keys: Keys,
    state: Mutex<State>,
    /// Told whenever an interaction was answered or the clock moved.
    pub(crate) changed: Notify,
}

impl Fake {
    /// A fake to which nothing has happened yet.
    pub(crate) fn new(settings: Settings, keys: Keys) -> Self {
        let state = Mutex::new(State::new(&settings));
        Self { settings, keys, state, changed: Notify::new() }
    }

    /// The state, until the guard is dropped.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// What changes.
#[derive(Debug)]
pub(crate) struct State {
    /// What is fixed, here so that rules need only the state.
    pub(crate) settings: Settings,
    /// The time.
    pub(crate) clock: Clock,
    /// Rate limits, injected faults and invalid answers.
    pub(crate) budget: Budget,
    /// Sessions and connections.
    pub(crate) gateway: Gateway,
    /// Registered commands, as Discord shows them.
    pub(crate) commands: Vec<Value>,
    /// What users did, by id.
    pub(crate) interactions: HashMap<String, Interaction>,
    /// Users who did something.
    pub(crate) users: HashMap<String, User>,
    /// Conversations with the bot: the channel of each user.
    pub(crate) dms: HashMap<String, String>,
    /// Messages, the oldest first.
    pub(crate) messages: Vec<Message>,
    /// Modals, the oldest first.
    pub(crate) modals: Vec<Modal>,
    /// Calls of the API.
    pub(crate) calls: Vec<Call>,
    /// What Discord would not have taken.
    pub(crate) rejected: Vec<Rejected>,
    /// What the design forbids.
    pub(crate) violations: Vec<Violation>,
    /// Deliveries to Micro.
    pub(crate) deliveries: Vec<Delivery>,
}

impl State {
    /// The state of a fake to which nothing has happened yet.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            clock: Clock::default(),
            budget: Budget::default(),
            gateway: Gateway::default(),
            commands: Vec::new(),
            interactions: HashMap::new(),
            users: HashMap::new(),
            dms: HashMap::new(),
            messages: Vec::new(),
            modals: Vec::new(),
            calls: Vec::new(),
            rejected: Vec::new(),
            violations: Vec::new(),
            deliveries: Vec::new(),
        }
    }

    /// Forgets what happened; the clock and the gateway's connections go on, since Micro is none the wiser.
    pub(crate) fn reset(&mut self) {
        let mut fresh = Self::new(&self.settings);
        std::mem::swap(&mut fresh.clock, &mut self.clock);
        std::mem::swap(&mut fresh.gateway, &mut self.gateway);
        std::mem::swap(&mut fresh.commands, &mut self.commands);
        *self = fresh;
    }

    /// The time.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Remembers something that was refused.
    pub(crate) fn reject(&mut self, place: &str, refusal: &Refusal) {
        self.rejected.push(Rejected {
            r#where: place.to_owned(),
            status: refusal.status.as_u16(),
            code: refusal.code,
            message: refusal.message.clone(),
            errors: refusal.errors.clone(),
            at_ms: self.now_ms(),
        });
    }

    /// Remembers something that the design forbids.
    pub(crate) fn violation(&mut self, rule: &'static str, detail: impl Into<String>) {
        let at_ms = self.now_ms();
        self.violations.push(Violation { rule, detail: detail.into(), at_ms });
    }

    /// Remembers when a message would notify somebody.
    pub(crate) fn watch_mentions(&mut self, place: &str, message: &Value) {
        if let Some(detail) = mentions_somebody(message) {
            self.violation("allowed_mentions", format!("{place}: {detail}"));
        }
    }

    /// A message that was not taken back.
    pub(crate) fn message(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id && !message.deleted)
    }

    /// As [`State::message`], to be changed.
    pub(crate) fn message_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.id == id && !message.deleted)
    }

    /// The interaction a token belongs to.
    pub(crate) fn by_token(&self, token: &str) -> Option<&Interaction> {
        self.interactions.values().find(|interaction| interaction.token == token)
    }

    /// The channel of a conversation with the bot, opened if need be.
    pub(crate) fn dm(&mut self, user: &str) -> String {
        if let Some(channel) = self.dms.get(user) {
            return channel.clone();
        }
        let channel = self.clock.next_id();
        self.dms.insert(user.to_owned(), channel.clone());
        channel
    }

    /// All of it, for tests.
    pub(crate) fn show(&self) -> Value {
        json!({
            "now_ms": self.now_ms(),
            "messages": self.messages,
            "modals": self.modals,
            "commands": self.commands,
            "rejected": self.rejected,
            "violations": self.violations,
            "calls": self.calls,
            "deliveries": self.deliveries,
            "invalid_answers": self.budget.invalid_answers(self.now_ms()),
            "rate_limited": self.budget.limited(),
            "gateway": self.gateway.show(self.now_ms()),
        })
    }
}
