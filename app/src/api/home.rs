//! What the home page shows.

use crate::AppError;
use crate::listing::Row;
use leptos::prelude::*;
use micro_domain::Code;
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// Calls the home page lists.
#[cfg(feature = "ssr")]
const RECENT_CALLS: u32 = 8;
/// Failing services, and tokens that expire soon, the home page lists.
#[cfg(feature = "ssr")]
const FAILING_SHOWN: usize = 5;

/// A past call, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recent {
    /// The record's id.
    pub id: String,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The service.
    pub service: String,
    /// The method, as it was written.
    pub method: String,
    /// How it ended.
    pub code: Code,
    /// How long it took, in microseconds.
    pub duration_us: u64,
}

/// A token that expires soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expiring {
    /// Its name.
    pub name: String,
    /// Milliseconds since the Unix epoch.
    pub expires_ms: i64,
}

/// The steps a newcomer takes, each ticked from what the server knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Onboarding {
    /// A service of their own is registered.
    pub registered: bool,
    /// They called a method.
    pub called: bool,
    /// They made an API token.
    pub token: bool,
    /// A token was used, so the CLI or a program reached Micro.
    pub cli: bool,
}

impl Onboarding {
    /// Steps done.
    pub(crate) fn done(self) -> usize {
        [self.registered, self.called, self.token, self.cli].into_iter().filter(|done| *done).count()
    }

    /// Steps there are.
    pub(crate) const STEPS: usize = 4;
}

/// The home page's facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Home {
    /// The catalog's revision: live changes follow from there.
    pub revision: u64,
    /// Services there are.
    pub services: u32,
    /// Services that fail, the first few.
    pub failing: Vec<Row>,
    /// Services that fail.
    pub failing_total: u32,
    /// Tokens that expire soon, the first to go first.
    pub expiring: Vec<Expiring>,
    /// The last calls, newest first.
    pub recent: Vec<Recent>,
    /// The checklist.
    pub onboarding: Onboarding,
}

/// What the home page shows.
#[server(endpoint = "home", input = Json)]
pub(crate) async fn home_facts() -> Result<Home, AppError> {
    use crate::listing::{Query, page};
    use micro_domain::call::HistoryQuery;
    use micro_domain::catalog::Status;

    let client = super::client()?;
    let (mut registry, mut gateway, mut identity) = (client.registry(), client.gateway(), client.identity());
    let history = HistoryQuery { page_size: RECENT_CALLS, ..HistoryQuery::default() };
    let facts = async { futures::try_join!(registry.list(), gateway.history(history), identity.tokens()) };
    let (catalog, history, tokens) = super::bounded(facts).await?;
    let history = history.items;
    let mut failing = page(&catalog, &Query { health: Some(Status::Failing), ..Query::default() });
    failing.rows.truncate(FAILING_SHOWN);
    Ok(Home {
        revision: catalog.revision,
        services: failing.registered,
        failing_total: failing.counts.failing,
        failing: failing.rows,
        expiring: expiring(&tokens, micro_domain::clock::now_ms()),
        onboarding: onboarding(&catalog, !history.is_empty(), &tokens),
        recent: history.into_iter().map(recent).collect(),
    })
}

/// The name of the credential the server writes for the user who runs it; nobody made it by hand.
#[cfg(feature = "ssr")]
const LOCAL_TOKEN: &str = "local";

#[cfg(feature = "ssr")]
fn onboarding(
    catalog: &micro_domain::catalog::Catalog,
    called: bool,
    tokens: &[micro_domain::identity::Token],
) -> Onboarding {
    Onboarding {
        registered: catalog.services.iter().any(|service| !Row::of(service).base),
        called,
        token: tokens.iter().any(|token| token.name != LOCAL_TOKEN),
        cli: tokens.iter().any(|token| token.last_used_ms.is_some()),
    }
}

/// The tokens that expire within [`SOON_MS`].
#[cfg(feature = "ssr")]
fn expiring(tokens: &[micro_domain::identity::Token], now_ms: i64) -> Vec<Expiring> {
    let soon = tokens.iter().filter(|token| (0..SOON_MS).contains(&(token.expires_ms - now_ms)));
    let mut expiring: Vec<Expiring> =
        soon.map(|token| Expiring { name: token.name.clone(), expires_ms: token.expires_ms }).collect();
    expiring.sort_by_key(|token| token.expires_ms);
    expiring.truncate(FAILING_SHOWN);
    expiring
}

/// How long before its end a token is told of, in milliseconds: a week.
#[cfg(feature = "ssr")]
const SOON_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

#[cfg(feature = "ssr")]
fn recent(record: micro_domain::call::Record) -> Recent {
    Recent {
        id: record.id,
        at_ms: record.at_ms,
        service: record.target.service,
        method: record.target.method,
        code: record.ended.code,
        duration_us: record.ended.duration_us,
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use micro_domain::identity::Token;

    #[test]
    fn tokens_are_told_of_in_their_last_week() {
        let token = |name: &str, expires_ms| Token {
            id: name.to_owned(),
            name: name.to_owned(),
            prefix: String::new(),
            created_ms: 0,
            expires_ms,
            last_used_ms: None,
            bot: false,
        };
        let now_ms = 1_000_000_000;
        let tokens = [
            token("late", now_ms + SOON_MS - 1),
            token("soon", now_ms + 1),
            token("gone", now_ms - 1),
            token("far", now_ms + SOON_MS),
        ];
        let names: Vec<String> = expiring(&tokens, now_ms).into_iter().map(|token| token.name).collect();
        assert_eq!(names, ["soon", "late"]);
    }
}
