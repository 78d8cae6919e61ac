//! Who may do what with which service: teams, their roles, and the one decision over them.
//!
//! [`Policy`] is all of it at one moment, in memory. [`Access`] is the handle that everybody who decides holds: it always
//! reads the newest policy, so what is changed counts from the next decision on, in streams that are open, too.

use crate::Error;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    fmt,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
};

/// What a member may do with the services of their team; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees services and how they are.
    Viewer,
    /// Calls them, too.
    Member,
    /// Operates them, registers further ones, and invites people up to this role.
    Admin,
    /// Everything, members of every role included.
    Owner,
}

impl Role {
    /// Every role, lowest first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// As people and databases write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether the role gives a right to its own team's services.
    #[must_use]
    pub fn gives(self, right: Right) -> bool {
        let least = match right {
            Right::View | Right::Observe => Self::Viewer,
            Right::Call => Self::Member,
            Right::Operate => Self::Admin,
        };
        self >= least
    }

    /// Whether who holds this role may give `other` to somebody, or take it from them: up to their own, and from admin on.
    #[must_use]
    pub fn manages(self, other: Self) -> bool {
        self >= Self::Admin && self >= other
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|role| role.word() == word);
        known.ok_or_else(|| {
            Error::invalid(format!("`{word}` is no role; the roles are viewer, member, admin and owner"))
        })
    }
}

/// What may be done with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See that it is there, and what it offers.
    View,
    /// Call its methods.
    Call,
    /// Read its logs, traces and figures.
    Observe,
    /// Register and remove its instances.
    Operate,
}

impl Right {
    /// As people write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Call => "call",
            Self::Observe => "observe",
            Self::Operate => "operate",
        }
    }
}

/// What one account is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it manages accounts and teams. That gives no right to any service.
    pub platform_owner: bool,
    /// Its roles, by the id of the team.
    pub roles: HashMap<Arc<str>, Role>,
}

/// Everything that decisions are made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Accounts by id; who is not here may do nothing.
    pub accounts: HashMap<Arc<str>, Standing>,
    /// The platform's own services by name: every member of a team may call them.
    pub platform_services: Arc<HashSet<String>>,
    /// The id of the team that holds every other service.
    pub default_team: Arc<str>,
}

/// A decision, and why it fell so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The role in the team that holds the service gives it.
    Role(Role),
    /// It is one of the platform's own services.
    Platform,
    /// It is seen, and no more.
    Lacks(Right),
    /// It must be answered as if it did not exist.
    Unseen,
}

impl Verdict {
    /// Whether it may be done.
    #[must_use]
    pub const fn allows(self) -> bool {
        matches!(self, Self::Role(_) | Self::Platform)
    }
}

impl Policy {
    /// That of a server with one account, which owns everything: what every server begins with.
    #[must_use]
    pub fn alone(account_id: &str) -> Self {
        let team: Arc<str> = Arc::from("default");
        let roles = HashMap::from([(Arc::clone(&team), Role::Owner)]);
        let standing = Standing { platform_owner: true, roles };
        Self {
            accounts: HashMap::from([(Arc::from(account_id), standing)]),
            platform_services: Arc::default(),
            default_team: team,
        }
    }

    /// Whether the account is one of this server's.
    #[must_use]
    pub fn knows(&self, account_id: &str) -> bool {
        self.accounts.contains_key(account_id)
    }

    /// Whether the account manages accounts and teams.
    #[must_use]
    pub fn manages_platform(&self, account_id: &str) -> bool {
        self.accounts.get(account_id).is_some_and(|standing| standing.platform_owner)
    }

    /// The account's role in a team.
    #[must_use]
    pub fn role(&self, account_id: &str, team_id: &str) -> Option<Role> {
        self.accounts.get(account_id)?.roles.get(team_id).copied()
    }

    /// The one decision: may this account do that with this service?
    #[must_use]
    pub fn decide(&self, account_id: &str, right: Right, service: &str) -> Verdict {
        let Some(standing) = self.accounts.get(account_id) else { return Verdict::Unseen };
        if self.platform_services.contains(service) {
            let members = matches!(right, Right::View | Right::Call);
            return match standing {
                // Who was taken out of their last team is nobody here any more.
                Standing { platform_owner: false, roles } if roles.is_empty() => Verdict::Unseen,
                Standing { platform_owner, .. } if *platform_owner || members => Verdict::Platform,
                _ => Verdict::Lacks(right),
            };
        }
        match standing.roles.get(&self.default_team) {
            Some(role) if role.gives(right) => Verdict::Role(*role),
            Some(_) => Verdict::Lacks(right),
            None => Verdict::Unseen,
        }
    }
}

/// The newest policy; clones share it.
#[derive(Clone, Default)]
pub struct Access(Arc<RwLock<Arc<Policy>>>);

impl Access {
    /// A handle to this policy, until another is published.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(policy))))
    }

    /// The policy of this moment.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the policy.
    pub fn publish(&self, policy: Policy) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }
}

/// Two are alike where they are one.
impl PartialEq for Access {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Access {}

impl fmt::Debug for Access {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Access")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let standing = |platform_owner, role: Option<Role>| Standing {
            platform_owner,
            roles: role.map(|role| (Arc::from("t"), role)).into_iter().collect(),
        };
        let accounts = [
            ("viewer", standing(false, Some(Role::Viewer))),
            ("member", standing(false, Some(Role::Member))),
            ("admin", standing(false, Some(Role::Admin))),
            ("owner", standing(false, Some(Role::Owner))),
            ("stranger", standing(false, None)),
            ("platform", standing(true, None)),
        ];
        Policy {
            accounts: accounts.into_iter().map(|(id, standing)| (Arc::from(id), standing)).collect(),
            platform_services: Arc::new(["id".to_owned()].into()),
            default_team: Arc::from("t"),
        }
    }

    #[test]
    fn s03_a_role_gives_what_it_says_and_no_more() {
        let policy = policy();
        let rights = [Right::View, Right::Observe, Right::Call, Right::Operate];
        let held = |account: &str, service: &str| {
            rights
                .into_iter()
                .filter(|right| policy.decide(account, *right, service).allows())
                .collect::<Vec<_>>()
        };
        assert_eq!(held("viewer", "greeter"), [Right::View, Right::Observe]);
        assert_eq!(held("member", "greeter"), [Right::View, Right::Observe, Right::Call]);
        assert_eq!(held("admin", "greeter"), rights);
        assert_eq!(held("owner", "greeter"), rights);
        for nobody in ["stranger", "platform", "unknown"] {
            assert_eq!(held(nobody, "greeter"), []);
            assert_eq!(policy.decide(nobody, Right::View, "greeter"), Verdict::Unseen);
        }
        assert_eq!(policy.decide("viewer", Right::Call, "greeter"), Verdict::Lacks(Right::Call));
    }

    #[test]
    fn s03_the_platforms_services_are_called_by_every_member() {
        let policy = policy();
        for account in ["viewer", "member", "admin", "owner", "platform"] {
            assert!(policy.decide(account, Right::Call, "id").allows());
            assert_eq!(policy.decide(account, Right::Operate, "id").allows(), account == "platform");
        }
        for nobody in ["stranger", "unknown"] {
            assert_eq!(policy.decide(nobody, Right::View, "id"), Verdict::Unseen);
        }
    }

    #[test]
    fn a_role_is_given_by_who_holds_as_much() {
        let given = |by: Role| Role::ALL.into_iter().filter(|role| by.manages(*role)).collect::<Vec<_>>();
        assert_eq!((given(Role::Viewer), given(Role::Member)), (vec![], vec![]));
        assert_eq!(given(Role::Admin), [Role::Viewer, Role::Member, Role::Admin]);
        assert_eq!(given(Role::Owner), Role::ALL);
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert!("boss".parse::<Role>().is_err());
    }

    #[test]
    fn what_is_published_counts_at_once() {
        let access = Access::default();
        let other = access.clone();
        assert!(!other.policy().knows("owner"));
        access.publish(policy());
        assert!(other.policy().knows("owner"));
    }
}
