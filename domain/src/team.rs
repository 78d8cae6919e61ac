//! Teams, their members, and invites.

use crate::{Error, access::Role, identity::Secret};
use serde::{Deserialize, Serialize};

/// Longest name of a team, in characters.
pub const TEAM_NAME_MAX: usize = 40;
/// Rows of one submission of invites.
pub const INVITE_ROWS_MAX: usize = 50;
/// How long an invite is good where nothing else is said, in milliseconds: three days.
pub const INVITE_LIFETIME_DEFAULT_MS: u64 = 72 * 3_600_000;
/// Shortest and longest life of an invite, in milliseconds: an hour, and 14 days.
pub const INVITE_LIFETIME_MS: std::ops::RangeInclusive<u64> = 3_600_000..=14 * 24 * 3_600_000;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3).
pub const EMAIL_MAX_BYTES: usize = 254;

/// A team, as somebody in it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: String,
    /// Its name, unique on this server.
    pub name: String,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// How many members it has.
    pub members: u32,
    /// The reader's role; none for who only manages the platform.
    pub role: Option<Role>,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account's id.
    pub account_id: String,
    /// The account's name.
    pub account: String,
    /// Where invites reach them; may be empty.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Milliseconds since the Unix epoch.
    pub joined_ms: i64,
}

/// What became of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteState {
    /// It can be accepted.
    Pending,
    /// It was accepted.
    Accepted,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl InviteState {
    /// As people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// An invite, without its code. One that is not pending tells a stranger its state, and everything else is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Its id.
    pub id: String,
    /// The team's name.
    pub team: String,
    /// The role it gives.
    pub role: Role,
    /// Whom it is for; anybody who has the link where empty.
    pub email: String,
    /// Who invites, by name.
    pub inviter: String,
    /// When it was made, milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it ends, milliseconds since the Unix epoch.
    pub expires_ms: i64,
    /// What became of it.
    pub state: InviteState,
    /// Who accepted it, by name; empty where nobody did.
    pub accepted_by: String,
}

/// An invite with its code, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    /// The invite.
    pub invite: Invite,
    /// What the link ends with: `/invite/` and it.
    pub code: Secret,
}

/// Who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteWish {
    /// The team's id or name.
    pub team: String,
    /// The role to give.
    pub role: Role,
    /// One address a person; empty for a link that anybody may use.
    pub emails: Vec<String>,
    /// How long the links are good, in milliseconds; [`INVITE_LIFETIME_DEFAULT_MS`] where none.
    pub lifetime_ms: Option<u64>,
}

/// Who joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The account's id.
    pub account_id: String,
    /// The account's name.
    pub account: String,
    /// The team's name.
    pub team: String,
}

/// A team's name as it is kept.
///
/// # Errors
/// INVALID_ARGUMENT, saying what a name is made of.
pub fn team_name(name: &str) -> Result<String, Error> {
    let good = (2..=TEAM_NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    good.then(|| name.to_owned()).ok_or_else(|| {
        let what = format!(
            "a team's name is 2 to {TEAM_NAME_MAX} lower-case letters, digits and `-`, such as `billing` or `web-2`"
        );
        Error::invalid(&what).with_violation("name", what)
    })
}

/// An e-mail address as it is kept and compared: trimmed, in lower case. Empty stays empty.
///
/// # Errors
/// INVALID_ARGUMENT for what mail cannot be sent to.
pub fn email(text: &str) -> Result<String, Error> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Ok(text);
    }
    let plausible = text.len() <= EMAIL_MAX_BYTES
        && text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
        })
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"'));
    plausible.then_some(text).ok_or_else(|| {
        Error::invalid("this is no e-mail address").with_violation("email", "is no e-mail address")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_teams_are_plain() {
        for good in ["ab", "billing", "web-2", &"a".repeat(TEAM_NAME_MAX)] {
            assert_eq!(team_name(good), Ok(good.to_owned()));
        }
        for bad in ["", "a", "-a", "a-", "A b", "ünder", "a/b", &"a".repeat(TEAM_NAME_MAX + 1)] {
            assert!(team_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_compared_in_one_spelling() {
        assert_eq!(email(" Ann@Example.COM "), Ok("ann@example.com".to_owned()));
        assert_eq!(email("  "), Ok(String::new()));
        for bad in [
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "a b@example.com",
            "a@b@example.com",
            "<a@example.com>",
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
