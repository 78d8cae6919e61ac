//! Messages in Block Kit's words, as far as this bot speaks them: <https://docs.slack.dev/reference/block-kit/blocks>.

use serde::Serialize;

/// A message, with what the way it goes wants besides.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Message {
    /// What notifications and screen readers say.
    pub(super) text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) blocks: Vec<Block>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_type: Option<&'static str>,
    /// Whether it takes the place of the message that was clicked; a response address wants it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replace_original: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<String>,
    /// The message to be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unfurl_links: Option<bool>,
}

impl Message {
    /// For one person's eyes: what rides in an acknowledgement, and what a response address is sent.
    pub(super) fn private(self) -> Self {
        Self { response_type: Some("ephemeral"), ..self }
    }
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Header {
        text: Plain,
    },
    Section {
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<Mrkdwn>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fields: Vec<Mrkdwn>,
    },
    Context {
        elements: Vec<Mrkdwn>,
    },
    Table {
        rows: Vec<Vec<Cell>>,
    },
    Actions {
        #[serde(skip_serializing_if = "Option::is_none")]
        block_id: Option<String>,
        elements: Vec<Element>,
    },
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Element {
    Button {
        action_id: String,
        text: Plain,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        style: Option<&'static str>,
    },
    StaticSelect {
        action_id: &'static str,
        placeholder: Plain,
        options: Vec<Choice>,
    },
    /// Asks for its options while somebody types.
    ExternalSelect {
        action_id: &'static str,
        placeholder: Plain,
        min_query_length: u32,
    },
}

/// One option of a menu.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    pub(super) text: Plain,
    pub(super) value: String,
}

/// Text that Slack shows as it is.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename = "plain_text")]
pub(super) struct Plain {
    pub(super) text: String,
    pub(super) emoji: bool,
}

/// Text that Slack formats; `verbatim` keeps it from making links of what looks like one.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename = "mrkdwn")]
pub(super) struct Mrkdwn {
    text: String,
    verbatim: bool,
}

impl Mrkdwn {
    pub(super) const fn verbatim(text: String) -> Self {
        Self { text, verbatim: true }
    }
}

/// A cell of a table.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename = "raw_text")]
pub(super) struct Cell {
    pub(super) text: String,
}
