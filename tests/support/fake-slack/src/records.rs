//! What the fake remembers and shows to tests. Times are real, in milliseconds since 1970.

use crate::clock;
use serde::Serialize;
use serde_json::Value;

/// How a message, or a change of it, came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Via {
    /// `chat.postMessage`.
    #[serde(rename = "postMessage")]
    PostMessage,
    /// `chat.postEphemeral`.
    Ephemeral,
    /// A post to a response URL.
    ResponseUrl,
    /// `chat.update`.
    Update,
    /// The body of an acknowledged command.
    Acknowledgement,
    /// A file shared by `files.completeUploadExternal`.
    File,
}

/// What a message said for a while.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Version {
    /// Since when.
    pub(crate) at_ms: u64,
    /// By what.
    pub(crate) via: Via,
    /// The text.
    pub(crate) text: String,
    /// The blocks.
    pub(crate) blocks: Vec<Value>,
}

/// A message, even after its deletion.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Message {
    /// Its timestamp, by which Slack names it.
    pub(crate) id: String,
    /// The same.
    pub(crate) ts: String,
    /// Where it is.
    pub(crate) channel: String,
    /// The only one who sees it; none where everybody in the channel does.
    pub(crate) user: Option<String>,
    /// How it came.
    pub(crate) via: Via,
    /// The message it answers in a thread.
    pub(crate) thread_ts: Option<String>,
    /// The current text.
    pub(crate) text: String,
    /// The current blocks.
    pub(crate) blocks: Vec<Value>,
    /// Whether it is gone.
    pub(crate) deleted: bool,
    /// The delivery whose response URL or acknowledgement it came by.
    pub(crate) answers: Option<String>,
    /// All the arguments it was posted with.
    pub(crate) arguments: Value,
    /// All it said, the current version last.
    pub(crate) history: Vec<Version>,
}

impl Message {
    /// Says something else from now on.
    pub(crate) fn change(&mut self, via: Via, content: &Value) {
        self.text = content["text"].as_str().unwrap_or_default().to_owned();
        self.blocks = content["blocks"].as_array().cloned().unwrap_or_default();
        let version =
            Version { at_ms: clock::real_ms(), via, text: self.text.clone(), blocks: self.blocks.clone() };
        self.history.push(version);
    }
}

/// A modal or somebody's home tab.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct View {
    /// Its id.
    pub(crate) id: String,
    /// Who sees it.
    pub(crate) user: String,
    /// Whether it is still there.
    pub(crate) open: bool,
    /// All of it as Slack tells apps, with `hash`, `state` and the ids of the views around it.
    pub(crate) view: Value,
    /// The errors the app answered to the last submission, by block.
    pub(crate) errors: Value,
    /// When it was opened and changed.
    pub(crate) changed_ms: Vec<u64>,
}

/// A file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct File {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its title.
    pub(crate) title: String,
    /// The announced length, in bytes.
    pub(crate) length: usize,
    /// Whether its bytes came and the upload was completed.
    pub(crate) complete: bool,
    /// The channel it was shared to.
    pub(crate) channel: Option<String>,
    /// Its bytes; shown by `/control/file/{id}`.
    #[serde(skip)]
    pub(crate) content: Option<Vec<u8>>,
}

/// Something the app did that Slack refuses.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Rejection {
    /// When.
    pub(crate) at_ms: u64,
    /// The method, or `response_url`, `acknowledgement`, `socket`.
    pub(crate) method: String,
    /// Slack's code.
    pub(crate) error: String,
    /// What was wrong.
    pub(crate) messages: Vec<String>,
    /// What was sent.
    pub(crate) arguments: Value,
}

/// A call of the Web API or a response URL.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Call {
    /// The method, or `response_url`.
    pub(crate) method: String,
    /// When.
    pub(crate) at_ms: u64,
    /// What came with it.
    pub(crate) arguments: Value,
    /// `ok`, or the error that was answered.
    pub(crate) answer: String,
}

/// One try to hand something to the app.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Attempt {
    /// When.
    pub(crate) at_ms: u64,
    /// How long the answer took; none without an answer.
    pub(crate) latency_ms: Option<u64>,
    /// The status of HTTP.
    pub(crate) status: Option<u16>,
    /// The socket it went through.
    pub(crate) socket: Option<u64>,
    /// Whether it was acknowledged in time.
    pub(crate) acknowledged: bool,
    /// What the answer held.
    pub(crate) body: String,
    /// Why there was no answer.
    pub(crate) error: Option<String>,
    /// Whether the app forbade to try again.
    #[serde(skip)]
    pub(crate) last: bool,
}

/// Something handed to the app.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivery {
    /// Its id; `replay` sends the same again.
    pub(crate) id: String,
    /// `command`, `interaction`, `options` or `event`.
    pub(crate) kind: &'static str,
    /// Whether any attempt was acknowledged in time.
    pub(crate) acknowledged: bool,
    /// Each try.
    pub(crate) attempts: Vec<Attempt>,
}
