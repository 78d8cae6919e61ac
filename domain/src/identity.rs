//! Who is asking and what they may do.

use crate::access::{Access, Right};
use serde::{Deserialize, Serialize};

/// What a method of the platform demands of its caller; the numbers are those of `micro.v1.Permission`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Nothing: the way in itself.
    Public,
    /// Any account, about itself.
    Account,
    /// See services, their instances and descriptions.
    ServicesRead,
    /// Call services.
    ServicesCall,
    /// Register and deregister services.
    ServicesRegister,
    /// Credentials, ownership and links of one's own account: never from chat.
    Credentials,
    /// A bot, for itself.
    Bot,
}

impl Permission {
    /// What it asks for of a service; none where no service is concerned.
    #[must_use]
    pub const fn right(self) -> Option<Right> {
        match self {
            Self::Public | Self::Account | Self::Credentials | Self::Bot => None,
            Self::ServicesRead => Some(Right::View),
            Self::ServicesCall => Some(Right::Call),
            Self::ServicesRegister => Some(Right::Operate),
        }
    }

    /// As people read it; none where every account has it, and where none has.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Public | Self::Account | Self::Credentials | Self::Bot => None,
            Self::ServicesRead => Some("view"),
            Self::ServicesCall => Some("call"),
            Self::ServicesRegister => Some("register"),
        }
    }
}

/// How a principal proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An API token.
    Token,
    /// A browser session.
    Session,
    /// A bot's token.
    Bot,
    /// A chat user who speaks through a bot.
    Link,
}

impl CredentialKind {
    /// On the wire: `token`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Session => "session",
            Self::Bot => "bot",
            Self::Link => "link",
        }
    }

    /// Whether `permission` can be used through such a credential at all, whoever holds it.
    ///
    /// Every permission is named: one that is added later compiles only when each kind was thought of.
    const fn carries(self, permission: Permission) -> bool {
        use Permission::{Account, Bot, Credentials, Public, ServicesCall, ServicesRead, ServicesRegister};
        match (self, permission) {
            (_, Public) => true,
            (Self::Bot, Bot) => true,
            (Self::Bot, Account | Credentials | ServicesRead | ServicesCall | ServicesRegister) => false,
            (Self::Link, Account | ServicesRead | ServicesCall) => true,
            (Self::Link, Credentials | ServicesRegister | Bot) => false,
            (Self::Token | Self::Session, Bot) => false,
            (
                Self::Token | Self::Session,
                Account | Credentials | ServicesRead | ServicesCall | ServicesRegister,
            ) => true,
        }
    }
}

/// Which credential: for revocation and `whoami`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CredentialRef {
    /// What it is.
    pub kind: CredentialKind,
    /// Its row's id, never its secret.
    pub id: String,
    /// What people call it: the token's name, `browser session` or `Slack user Ann`.
    pub name: String,
}

/// A caller whose credential was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account's id.
    pub account_id: String,
    /// The account's name.
    pub account: String,
    /// The credential used.
    pub credential: CredentialRef,
    /// What every account may do at the moment it is asked.
    pub access: Access,
}

impl Principal {
    /// The one decision function: may this principal do `permission`, on `service` where one is concerned?
    ///
    /// A caller without permission to read a service must be answered as if it did not exist. Where no service is named, it is
    /// asked whether the permission is in reach at all; what it covers is decided service by service.
    #[must_use]
    pub fn may(&self, permission: Permission, service: Option<&str>) -> bool {
        if !self.credential.kind.carries(permission) {
            return false;
        }
        let policy = self.access.policy();
        match (permission.right(), service) {
            (Some(right), Some(service)) => policy.decide(&self.account_id, right, service).allows(),
            _ => policy.knows(&self.account_id),
        }
    }

    /// Whether the account manages accounts and teams.
    #[must_use]
    pub fn manages_platform(&self) -> bool {
        self.access.policy().manages_platform(&self.account_id)
    }
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Its name, unique per account among live tokens.
    pub name: String,
    /// The first characters of the secret, to recognise it by.
    pub prefix: String,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Milliseconds since the Unix epoch.
    pub expires_ms: i64,
    /// Milliseconds since the Unix epoch, to the minute; none when never used.
    pub last_used_ms: Option<i64>,
    /// Whether a bot holds it, for what bots do.
    pub bot: bool,
}

/// A secret that must not be printed by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself: for sending and hashing, never for logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret(redacted)")
    }
}

/// What a client proves itself with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer mu_pat_...`.
    Token(Secret),
    /// A browser session's id; only inside the Micro process.
    Session(Secret),
}

/// A freshly made token: its record and, this once, its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The record.
    pub token: Token,
    /// Shown once.
    pub secret: Secret,
}

/// The account and credential behind a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whoami {
    /// The account's id.
    pub account_id: String,
    /// The account's name.
    pub account: String,
    /// The credential's name.
    pub credential: String,
    /// `token`, `session`, `bot` or `link`.
    pub credential_kind: String,
    /// The credential's id.
    pub credential_id: String,
}

/// A single-use way into the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// The code; the link is `/login?code=` and it.
    pub code: Secret,
    /// When it ends, milliseconds since the Unix epoch.
    pub expires_ms: i64,
}

/// A person or machine that owns credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Policy;

    #[test]
    fn a_credential_carries_what_its_kind_is_for() {
        use Permission::{Account, Bot, Credentials, Public, ServicesCall, ServicesRead, ServicesRegister};
        let every = [Public, Account, ServicesRead, ServicesCall, ServicesRegister, Credentials, Bot];
        let carried = |kind| {
            let credential = CredentialRef { kind, id: String::new(), name: String::new() };
            let access = Access::new(Policy::alone("owner"));
            let (account_id, account) = ("owner".to_owned(), "Ann".to_owned());
            let owner = Principal { account_id, account, credential, access };
            every.into_iter().filter(|permission| owner.may(*permission, None)).collect::<Vec<_>>()
        };
        for member in [CredentialKind::Token, CredentialKind::Session] {
            let all_but_a_bots = [Public, Account, ServicesRead, ServicesCall, ServicesRegister, Credentials];
            assert_eq!(carried(member), all_but_a_bots);
        }
        assert_eq!(carried(CredentialKind::Bot), [Public, Bot]);
        assert_eq!(carried(CredentialKind::Link), [Public, Account, ServicesRead, ServicesCall]);
    }
}
