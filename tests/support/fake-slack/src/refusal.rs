//! How Slack says no.

use serde_json::{Value, json};

/// What an answer with `"ok": false` says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    /// Slack's code, such as `invalid_blocks`.
    pub(crate) error: String,
    /// What is wrong, each with a pointer into the arguments.
    pub(crate) messages: Vec<String>,
    /// What else the answer holds.
    more: Vec<(&'static str, String)>,
}

/// What an API method answers beside `"ok": true`.
pub(crate) type Reply = Result<Value, Refusal>;

impl Refusal {
    /// A code alone.
    pub(crate) fn new(error: &str) -> Self {
        Self { error: error.to_owned(), messages: Vec::new(), more: Vec::new() }
    }

    /// A code and its reasons.
    pub(crate) fn because(error: &str, messages: Vec<String>) -> Self {
        Self { messages, ..Self::new(error) }
    }

    /// The same with one more field in the answer.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.more.push((name, value.to_owned()));
        self
    }

    /// The answer's body.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"ok": false, "error": self.error});
        if !self.messages.is_empty() {
            body["response_metadata"] = json!({"messages": self.messages});
        }
        if self.error == "invalid_blocks" {
            body["errors"] = json!(self.messages);
        }
        for (name, value) in &self.more {
            body[*name] = json!(value);
        }
        body
    }
}

/// A refusal with this code.
pub(crate) fn refuse<T>(error: &str) -> Result<T, Refusal> {
    Err(Refusal::new(error))
}
