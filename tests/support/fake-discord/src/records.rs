//! What the fake remembers, as `GET /control/state` shows it.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

/// Who does something in the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct User {
    /// The id.
    pub(crate) id: String,
    /// The name.
    pub(crate) name: String,
}

/// Where somebody does something.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The channel.
    pub(crate) channel: String,
    /// Whether that is a conversation with the bot alone.
    pub(crate) dm: bool,
    /// The user's language.
    pub(crate) locale: String,
    /// What the user may do in the channel, as a number.
    pub(crate) permissions: String,
}

/// What kind of event an interaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody ran a command.
    Command,
    /// Somebody clicked.
    Click,
    /// Somebody types an option that completes.
    Autocomplete,
    /// Somebody sent a modal.
    Submit,
}

impl Kind {
    /// Discord's number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Command => 2,
            Self::Click => 3,
            Self::Autocomplete => 4,
            Self::Submit => 5,
        }
    }

    /// The name tests know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Click => "click",
            Self::Autocomplete => "autocomplete",
            Self::Submit => "submit",
        }
    }
}

/// What was sent over HTTP, to be sent again byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    /// `X-Signature-Timestamp` and `X-Signature-Ed25519`; none where they are left out.
    pub(crate) headers: Option<(String, String)>,
    /// The body.
    pub(crate) body: Bytes,
}

/// Something a user did, and how it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Interaction {
    /// Its id.
    pub(crate) id: String,
    /// The token it is answered with.
    pub(crate) token: String,
    /// Its kind.
    pub(crate) kind: Kind,
    /// Who.
    pub(crate) user: User,
    /// Where.
    pub(crate) place: Place,
    /// When it was delivered.
    pub(crate) delivered_ms: i64,
    /// The message that was clicked in, or in which the modal was asked for.
    pub(crate) source: Option<String>,
    /// The kind of the option that completes.
    pub(crate) option_kind: i64,
    /// What Micro was sent.
    pub(crate) payload: Value,
    /// How it was sent over HTTP.
    pub(crate) parcel: Option<Parcel>,
    /// The first response: its type, its JSON, when it came.
    pub(crate) response: Option<(u64, Value, i64)>,
    /// The message that `@original` names.
    pub(crate) original: Option<String>,
    /// The modal it was answered with.
    pub(crate) modal: Option<String>,
}

/// How a message came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// As the first response to an interaction.
    Response,
    /// As a later one.
    Followup,
    /// In a channel, unasked.
    Channel,
}

/// A file of a message.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Attachment {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) filename: String,
    /// Its media type.
    pub(crate) content_type: String,
    /// Its bytes.
    pub(crate) size: usize,
    /// What it says; what is no text is lost here.
    pub(crate) text: String,
}

/// What a message said at some time.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Said {
    /// When it said so first.
    pub(crate) at_ms: i64,
    /// Its text.
    pub(crate) content: String,
    /// Its embeds.
    pub(crate) embeds: Vec<Value>,
    /// Its rows.
    pub(crate) components: Vec<Value>,
    /// Its files.
    pub(crate) attachments: Vec<Attachment>,
}

/// A message.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Message {
    /// Its id.
    pub(crate) id: String,
    /// How it came to be.
    pub(crate) origin: Origin,
    /// The interaction it answers.
    pub(crate) interaction: Option<String>,
    /// Its channel.
    pub(crate) channel: String,
    /// Who ran the command; the only one who sees it when it is ephemeral.
    pub(crate) user: Option<String>,
    /// Whether only one user sees it.
    pub(crate) ephemeral: bool,
    /// Whether it still says that the bot is thinking.
    pub(crate) thinking: bool,
    /// Whether it was taken back.
    pub(crate) deleted: bool,
    /// What it says.
    #[serde(flatten)]
    pub(crate) said: Said,
    /// What it said before, the oldest first.
    pub(crate) history: Vec<Said>,
}

/// A modal that was shown.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Modal {
    /// The fake's own id of it.
    pub(crate) id: String,
    /// The interaction it answered.
    pub(crate) interaction: String,
    /// Who sees it.
    pub(crate) user: String,
    /// The id Micro gave it.
    pub(crate) custom_id: String,
    /// Its title.
    pub(crate) title: String,
    /// Its rows.
    pub(crate) components: Vec<Value>,
    /// Whether it was sent.
    pub(crate) submitted: bool,
}

/// A call of the API.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Call {
    /// The method.
    pub(crate) method: String,
    /// The path, with its query.
    pub(crate) path: String,
    /// What was answered.
    pub(crate) status: u16,
    /// When it came.
    pub(crate) at_ms: i64,
}

/// Something that Discord would not have taken.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Rejected {
    /// Where it was sent: method and path, or the interaction whose HTTP answer it was.
    pub(crate) r#where: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Discord's code.
    pub(crate) code: u32,
    /// What Discord says.
    pub(crate) message: String,
    /// What is wrong where.
    pub(crate) errors: Value,
    /// When.
    pub(crate) at_ms: i64,
}

/// Something that Discord takes and the design forbids.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Violation {
    /// The rule: `allowed_mentions`, `ephemerality`, `attachment`, `signature`, `heartbeat`.
    pub(crate) rule: &'static str,
    /// What was found.
    pub(crate) detail: String,
    /// When.
    pub(crate) at_ms: i64,
}

/// An interaction on its way to Micro.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivery {
    /// The interaction; none of a ping and of raw bytes.
    pub(crate) interaction: Option<String>,
    /// `command`, `click`, `autocomplete`, `submit`, `ping`, `raw` or `replay`.
    pub(crate) kind: String,
    /// `http` or `gateway`.
    pub(crate) via: &'static str,
    /// Whether the first response was there and right within three seconds.
    pub(crate) acknowledged: bool,
    /// The HTTP status of the answer; 0 where none came.
    pub(crate) status: u16,
    /// How long the first response took.
    pub(crate) latency_ms: f64,
    /// When it was sent.
    pub(crate) at_ms: i64,
}
