//! Who speaks in Slack and Discord, and the links that tie them to accounts.

use crate::Error;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Longest id of a workspace or chat user, in bytes; Slack's have 11, Discord's at most 20.
const ID_MAX_BYTES: usize = 64;
/// Longest name of a workspace or chat user that is kept, in characters.
pub const NAME_MAX_CHARACTERS: usize = 64;
/// How many characters a linking code has.
pub const CODE_CHARACTERS: usize = 8;
/// The header, or metadata, in which a bot names the [`Person`] it calls for.
pub const CHAT_USER_HEADER: &str = "micro-chat-user";
/// What a call on behalf of a chat user without a link is refused with, as UNAUTHENTICATED and in exactly these words.
pub const UNLINKED: &str = "this chat user is not linked to an account; type `/micro link` first";
/// Crockford's base 32 (<https://www.crockford.com/base32.html>): no I, L, O or U.
pub const CODE_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A place people chat in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Slack.
    Slack,
    /// Discord.
    Discord,
}

impl Platform {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Slack, Self::Discord];

    /// In addresses and rows: `slack`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }

    /// As people write it: `Slack`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Discord => "Discord",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A chat user, by ids alone: names can be chosen by anybody. Written `slack/T0123/U0456` or `discord/80351110224678912`.
///
/// On Discord the user's id is global, so the server they speak in is not part of who they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    platform: Platform,
    workspace: String,
    user: String,
}

impl Person {
    /// A user of a Slack workspace.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for what is no id.
    pub fn slack(workspace: &str, user: &str) -> Result<Self, Error> {
        Ok(Self { platform: Platform::Slack, workspace: id(workspace)?, user: id(user)? })
    }

    /// A user of Discord.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for what is no id.
    pub fn discord(user: &str) -> Result<Self, Error> {
        Ok(Self { platform: Platform::Discord, workspace: String::new(), user: id(user)? })
    }

    /// A user of `platform`, as [`Person::platform`], [`Person::workspace`] and [`Person::user`] tell of one.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for what is no id, and for a workspace on Discord.
    pub fn new(platform: Platform, workspace: &str, user: &str) -> Result<Self, Error> {
        match platform {
            Platform::Slack => Self::slack(workspace, user),
            Platform::Discord if workspace.is_empty() => Self::discord(user),
            Platform::Discord => Err(Error::invalid("a Discord user belongs to no workspace")),
        }
    }

    /// Where they chat.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    /// The workspace's id; empty on Discord.
    #[must_use]
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// The user's id.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }
}

fn id(text: &str) -> Result<String, Error> {
    let good = !text.is_empty()
        && text.len() <= ID_MAX_BYTES
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if good { Ok(text.to_owned()) } else { Err(Error::invalid("this is no id of a chat workspace or user")) }
}

impl fmt::Display for Person {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.platform {
            Platform::Slack => write!(out, "slack/{}/{}", self.workspace, self.user),
            Platform::Discord => write!(out, "discord/{}", self.user),
        }
    }
}

impl FromStr for Person {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            ["slack", workspace, user] => Self::slack(workspace, user),
            ["discord", user] => Self::discord(user),
            _ => Err(Error::invalid("this is no chat user: expected slack/WORKSPACE/USER or discord/USER")),
        }
    }
}

/// What a workspace and a user are called there: to be shown, never to be trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The workspace's or server's name; empty where unknown.
    pub workspace: String,
    /// The user's name; empty where unknown.
    pub user: String,
}

impl Names {
    /// Fit to be kept and shown: on one line, at most [`NAME_MAX_CHARACTERS`] each, without characters that reach a
    /// terminal as commands or make a name read as another.
    #[must_use]
    pub fn cleaned(&self) -> Self {
        Self { workspace: cleaned(&self.workspace), user: cleaned(&self.user) }
    }
}

fn cleaned(name: &str) -> String {
    let hidden = |c: &char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let shown: String = name.trim().chars().filter(|c| !hidden(c)).take(NAME_MAX_CHARACTERS).collect();
    shown.trim().to_owned()
}

/// A wish to tie a chat user to an account: what the page at `/link/{id}` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRequest {
    /// Its id, part of the page's address.
    pub id: String,
    /// Who asked.
    pub person: Person,
    /// What they are called there.
    pub names: Names,
    /// When it ends, milliseconds since the Unix epoch.
    pub expires_ms: i64,
}

/// A chat user who speaks as an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its id.
    pub id: String,
    /// Who speaks.
    pub person: Person,
    /// What they are called there, when they were linked.
    pub names: Names,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
}

impl Link {
    /// Who speaks, as people read it: `Slack user Ann`.
    #[must_use]
    pub fn title(&self) -> String {
        let name = if self.names.user.is_empty() { self.person.user() } else { &self.names.user };
        format!("{} user {name}", self.person.platform())
    }
}

/// What spending a linking code made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeemed {
    /// The link.
    pub link: Link,
    /// The name of the account the chat user now speaks as.
    pub account: String,
}

/// How a platform is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BotState {
    /// Not yet.
    Connecting,
    /// It is.
    Connected,
    /// It is not, and this is why.
    Degraded(String),
}

impl BotState {
    /// In one word: `connected`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Degraded(_) => "degraded",
        }
    }
}

/// How a bot is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotStatus {
    /// Which platform.
    pub platform: Platform,
    /// How events come: `Socket Mode`.
    pub mode: String,
    /// How the platform is reached.
    pub state: BotState,
    /// When the last event came, milliseconds since the Unix epoch.
    pub last_event_ms: Option<i64>,
    /// The 99th percentile of the last acknowledgements, in microseconds.
    pub acknowledged_us: Option<u64>,
    /// Commands accepted and not done.
    pub queued: usize,
    /// Requests refused for their signature.
    pub bad_signatures: u64,
    /// Events that could not be read.
    pub malformed: u64,
    /// Events dropped because they came before.
    pub repeated: u64,
    /// Events answered with "busy".
    pub busy: u64,
    /// Answers that did not arrive.
    pub lost: u64,
}

/// The code a person typed, in its canonical form: upper case, without spaces and hyphens, and with the letters that
/// Crockford reads as digits replaced. None where it cannot be a code.
#[must_use]
pub fn canonical_code(typed: &str) -> Option<String> {
    let mut code = String::with_capacity(CODE_CHARACTERS);
    for c in typed.chars().filter(|c| !matches!(c, ' ' | '-')) {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if code.len() == CODE_CHARACTERS || !c.is_ascii() || !CODE_ALPHABET.contains(&(c as u8)) {
            return None;
        }
        code.push(c);
    }
    (code.len() == CODE_CHARACTERS).then_some(code)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_as_written() {
        for text in ["slack/T012AB/U034CD", "discord/80351110224678912"] {
            assert_eq!(text.parse::<Person>().unwrap().to_string(), text);
        }
        for platform in Platform::ALL {
            let workspace = if platform == Platform::Slack { "T1" } else { "" };
            let person = Person::new(platform, workspace, "1").unwrap();
            assert_eq!((person.platform(), person.workspace(), person.user()), (platform, workspace, "1"));
        }
        assert!(Person::new(Platform::Discord, "T1", "1").is_err());
        let long = format!("discord/{}", "1".repeat(ID_MAX_BYTES + 1));
        for text in [
            "",
            "slack/T1",
            "slack//U1",
            "discord/",
            "discord/1/2",
            "irc/ann",
            "discord/a b",
            "discord/ü",
            &long,
        ] {
            assert!(text.parse::<Person>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_shown_on_one_line_and_as_they_read() {
        let names =
            Names { workspace: " A\u{1b}[31m\nB ".to_owned(), user: format!("\u{202e}{}", "é".repeat(99)) };
        let cleaned = names.cleaned();
        assert_eq!(cleaned.workspace, "A[31mB");
        assert_eq!(cleaned.user, "é".repeat(NAME_MAX_CHARACTERS));
        assert_eq!(cleaned.cleaned(), cleaned);
        let person = Person::slack("T1", "U1").unwrap();
        let link = |user: &str| {
            let names = Names { user: user.to_owned(), ..Names::default() };
            Link { id: String::new(), person: person.clone(), names, created_ms: 0 }.title()
        };
        assert_eq!((link("Ann").as_str(), link("").as_str()), ("Slack user Ann", "Slack user U1"));
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(canonical_code("abcd-efgh").as_deref(), Some("ABCDEFGH"));
        assert_eq!(canonical_code(" oil0 1234 ").as_deref(), Some("01101234"));
        for bad in ["", "ABCDEFG", "ABCDEFGHJ", "ABCDEFGU", "ABCDEFGÜ", "ABCDEFG\u{202e}"] {
            assert_eq!(canonical_code(bad), None, "{bad}");
        }
    }
}
