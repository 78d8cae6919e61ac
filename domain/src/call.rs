//! A call of a service's method: what is asked, what comes back, and what is kept of it.

mod tally;

pub use tally::{REPEAT_MAX, Tally};

use crate::error::Code;
use serde::{Deserialize, Serialize};

/// Deadline of a unary call that names none, in milliseconds.
pub const DEADLINE_DEFAULT_MS: u64 = 30_000;
/// Longest deadline of a unary call, in milliseconds.
pub const DEADLINE_MAX_MS: u64 = 300_000;
/// Largest message by default, in bytes, after decompression.
pub const MESSAGE_MAX_BYTES: usize = 4 * 1024 * 1024;

/// One metadata entry; names are lower case, `-bin` values are base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Lower-case name.
    pub name: String,
    /// Text; base64 where the name ends in `-bin`.
    pub value: String,
}

/// Which method to call and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The service's name in the catalog.
    pub service: String,
    /// `Method`, `package.Service.Method` or `package.Service/Method`.
    pub method: String,
    /// Only instances of this version; any when none.
    #[serde(default)]
    pub version: Option<String>,
    /// Only this instance, by id; any when none.
    #[serde(default)]
    pub instance: Option<String>,
    /// Metadata to send along.
    #[serde(default)]
    pub metadata: Vec<Metadata>,
    /// Deadline in milliseconds; for unary calls [`DEADLINE_DEFAULT_MS`] when none.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
    /// As whom.
    #[serde(default)]
    pub caller: Caller,
}

/// As whom a call is made: to see what somebody else would be answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// As the caller.
    #[default]
    Me,
    /// As one of the caller's own tokens, by id.
    Token(String),
    /// Without any credential.
    Nobody,
}

/// What the caller does next in an open call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// Send one message, as canonical proto JSON.
    Message(String),
    /// No more messages.
    HalfClose,
}

/// What comes back from a call, in order: opened, messages, ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The service answered with its headers.
    Opened(Opened),
    /// One message, as canonical proto JSON.
    Message(String),
    /// The call is over.
    Ended(Ended),
}

/// The beginning of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The address of the instance that answers.
    pub instance: String,
    /// Its response headers.
    pub headers: Vec<Metadata>,
}

/// The end of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Under which id the call is in its caller's history; empty where it is not.
    #[serde(default)]
    pub id: String,
    /// The service's status code.
    pub code: Code,
    /// The service's status message; empty when OK.
    pub message: String,
    /// The status details, each decoded to JSON with an `@type` where its type is known.
    pub details: Vec<String>,
    /// Its trailers.
    pub trailers: Vec<Metadata>,
    /// From the first byte sent upstream to the end, in microseconds.
    pub duration_us: u64,
    /// The W3C trace id the call was sent with, 32 hex digits.
    pub trace_id: String,
    /// Where the time went; none where the service did not answer.
    #[serde(default)]
    pub timing: Option<Timing>,
}

/// Where a call's time went, counted from its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Until the request was on its way (checked, an instance chosen, a connection open), in microseconds.
    pub sent_us: u64,
    /// Until the answer's headers came, in microseconds.
    pub answered_us: u64,
}

impl Timing {
    /// The parts of a call that took `duration_us`, in microseconds: Micro before sending, the service until it answered,
    /// the answer until its end.
    #[must_use]
    pub const fn split(self, duration_us: u64) -> [u64; 3] {
        let answered = self.answered_us.saturating_sub(self.sent_us);
        [self.sent_us, answered, duration_us.saturating_sub(self.answered_us)]
    }
}

/// A call kept in the history of the account that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// When it began, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What was called; metadata values are kept, except the sensitive ones, which are left out.
    pub target: Target,
    /// The request messages as JSON, redacted, at most the first [`RECORD_MESSAGES_MAX`].
    pub requests: Vec<String>,
    /// The response messages as JSON, redacted, at most the first [`RECORD_MESSAGES_MAX`].
    pub responses: Vec<String>,
    /// The answer's headers, without sensitive ones; none where the service did not answer.
    #[serde(default)]
    pub opened: Option<Opened>,
    /// How it ended.
    pub ended: Ended,
}

/// Messages of each direction a history record keeps.
pub const RECORD_MESSAGES_MAX: usize = 20;
/// Calls the history keeps per account; the oldest go first.
pub const HISTORY_MAX: usize = 200;

/// A call prepared but not sent, shared by link; holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its id, as in `?draft=`.
    pub id: String,
    /// Who made it.
    pub author: String,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What to call; metadata without sensitive entries.
    pub target: Target,
    /// The request messages as JSON; fields marked `debug_redact` are left out.
    pub requests: Vec<String>,
}

/// A call prepared as an example of its method; holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its id.
    pub id: String,
    /// Its name, one of its kind per method.
    pub name: String,
    /// Who saved it.
    pub author: String,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What to call; metadata without sensitive entries.
    pub target: Target,
    /// The request messages as JSON; fields marked `debug_redact` are left out.
    pub requests: Vec<String>,
    /// The reader saved it, and may remove it.
    pub own: bool,
}

/// Longest name of an example, in characters.
pub const EXAMPLE_NAME_MAX: usize = 80;
/// Examples a method has at most.
pub const EXAMPLES_MAX: usize = 50;

/// Metadata names whose values are never stored and never shared.
#[must_use]
pub fn sensitive_metadata(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["authorization", "cookie", "token", "secret", "password", "api-key", "apikey"]
        .iter()
        .any(|word| name.contains(word))
}

/// A whole answer: what [`Reply`] gives step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The headers; none when the call ended before any came.
    pub opened: Option<Opened>,
    /// The messages, as canonical proto JSON.
    pub messages: Vec<String>,
    /// How it ended.
    pub ended: Ended,
}

/// Which past calls to list; the default is the newest of any service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryQuery {
    /// Only of this service.
    pub service: Option<String>,
    /// Only of this method, by full name.
    pub method: Option<String>,
    /// At most this many; 0 is the server's default.
    pub page_size: u32,
    /// From the previous page.
    pub page_token: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Names the next page; none on the last.
    pub next: Option<String>,
}

/// What a browser sends over a call's socket: first [`SocketRequest::Open`], then frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketRequest {
    /// Opens the call.
    Open(Target),
    /// The next step of the open call.
    Frame(Frame),
}

/// What a browser receives over a call's socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketReply {
    /// The next step of the answer.
    Reply(Reply),
    /// The call failed before the service was reached; nothing follows.
    Failed(crate::Error),
}
