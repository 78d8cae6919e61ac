//! Sign-in links: a code that is good for one browser, once, for a quarter of an hour.

use crate::{
    Actor, Error,
    audit::{self, Outcome},
    entity::{account, sign_in_code},
    secret::{self, Hash, Kind},
};
use micro_domain::{
    Code,
    identity::{Account, SignInLink},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, sea_query::Expr,
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How long a code is good, in milliseconds.
pub const CODE_LIFETIME_MS: i64 = 15 * 60_000;
/// Unspent codes an account has at most.
const CODES_MAX: u64 = 100;
/// Failures within [`FAILURES_WINDOW`] after which further ones are no longer written down.
pub(crate) const FAILURES_MAX: usize = 20;
/// The window the failures are counted in.
const FAILURES_WINDOW: Duration = Duration::from_secs(600);

/// Makes a code and its audit row.
pub(crate) async fn create(
    txn: &DatabaseTransaction,
    actor: Actor,
    account_id: String,
    now_ms: i64,
) -> Result<SignInLink, Error> {
    let unspent = sign_in_code::Entity::find()
        .filter(sign_in_code::Column::AccountId.eq(&account_id))
        .filter(sign_in_code::Column::UsedMs.is_null())
        .filter(sign_in_code::Column::ExpiresMs.gt(now_ms));
    if unspent.count(txn).await? >= CODES_MAX {
        let message = "too many sign-in links are unused; use one, or wait a quarter of an hour";
        return Err(micro_domain::Error::new(Code::ResourceExhausted, message).into());
    }
    let code = secret::generate(Kind::SignIn)?;
    let row = sign_in_code::Model {
        hash: secret::hash(code.reveal().as_bytes()).to_vec(),
        account_id,
        created_ms: now_ms,
        expires_ms: now_ms + CODE_LIFETIME_MS,
        used_ms: None,
    };
    let expires_ms = row.expires_ms;
    let target = format!("account/{}", row.account_id);
    sign_in_code::Entity::insert(sign_in_code::ActiveModel::from(row)).exec_without_returning(txn).await?;
    audit::append(txn, actor, "sign_in_link.create", target, Outcome::Done, String::new(), now_ms).await?;
    Ok(SignInLink { code, expires_ms })
}

/// Spends a code: none where it is unknown, spent or expired. The compare and the set are one statement, so of two
/// browsers one wins; the audit row is written either way.
pub(crate) async fn redeem(
    txn: &DatabaseTransaction,
    hash: Hash,
    now_ms: i64,
) -> Result<Option<Account>, Error> {
    let spent = sign_in_code::Entity::update_many()
        .col_expr(sign_in_code::Column::UsedMs, Expr::value(now_ms))
        .filter(sign_in_code::Column::Hash.eq(hash.to_vec()))
        .filter(sign_in_code::Column::UsedMs.is_null())
        .filter(sign_in_code::Column::ExpiresMs.gt(now_ms))
        .exec(txn)
        .await?
        .rows_affected;
    let account = if spent == 1 { account_of(txn, hash).await? } else { None };
    let (actor, target, outcome) = match &account {
        Some(account) => (Actor::account(&account.id), format!("account/{}", account.id), Outcome::Done),
        None => (Actor::server(), String::new(), Outcome::Refused),
    };
    audit::append(txn, actor, "sign_in_link.redeem", target, outcome, String::new(), now_ms).await?;
    Ok(account.map(|account| Account { id: account.id, name: account.name }))
}

/// Could this code be spent?
pub(crate) async fn is_good<C: ConnectionTrait>(
    connection: &C,
    hash: Hash,
    now_ms: i64,
) -> Result<bool, Error> {
    let code = sign_in_code::Entity::find_by_id(hash.to_vec()).one(connection).await?;
    Ok(code.is_some_and(|code| code.used_ms.is_none() && code.expires_ms > now_ms))
}

/// Removes codes that ended long enough ago that nobody asks for them.
pub(crate) async fn prune(txn: &DatabaseTransaction, now_ms: i64) -> Result<(), Error> {
    let ended = sign_in_code::Column::ExpiresMs.lte(now_ms - CODE_LIFETIME_MS);
    sign_in_code::Entity::delete_many().filter(ended).exec(txn).await?;
    Ok(())
}

/// What a stranger with a bad code is told, whatever is wrong with it.
pub(crate) fn refusal() -> micro_domain::Error {
    micro_domain::Error::unauthenticated(
        "this sign-in link is not valid: each works once and for 15 minutes. Run `micro login --browser` for a new one.",
    )
}

/// What a stranger is told after too many bad codes.
pub(crate) fn too_many() -> micro_domain::Error {
    let minutes = FAILURES_WINDOW.as_secs() / 60;
    let message =
        format!("too many sign-in links that are not valid were tried; try again in {minutes} minutes");
    micro_domain::Error::new(Code::ResourceExhausted, message)
}

async fn account_of(txn: &DatabaseTransaction, hash: Hash) -> Result<Option<account::Model>, Error> {
    let code = sign_in_code::Entity::find_by_id(hash.to_vec()).one(txn).await?;
    let Some(code) = code else { return Ok(None) };
    Ok(account::Entity::find_by_id(code.account_id).one(txn).await?)
}

/// Counts this process's failures. It protects the disk and the log: a code has 178 random bits and needs no protection
/// from guessing.
#[derive(Debug, Default)]
pub(crate) struct Failures(VecDeque<Instant>);

impl Failures {
    /// Were there too many?
    pub(crate) fn exhausted(&mut self, now: Instant) -> bool {
        while self.0.front().is_some_and(|at| now.saturating_duration_since(*at) >= FAILURES_WINDOW) {
            self.0.pop_front();
        }
        self.0.len() >= FAILURES_MAX
    }

    /// Counts one more.
    pub(crate) fn add(&mut self, now: Instant) {
        if !self.exhausted(now) {
            self.0.push_back(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_forgotten_after_the_window() {
        let (start, mut failures) = (Instant::now(), Failures::default());
        for _ in 0..FAILURES_MAX {
            assert!(!failures.exhausted(start));
            failures.add(start);
        }
        assert!(failures.exhausted(start));
        failures.add(start);
        assert_eq!(failures.0.len(), FAILURES_MAX);
        assert!(!failures.exhausted(start + FAILURES_WINDOW));
    }
}
