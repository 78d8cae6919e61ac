//! From a credential to its principal, once per request: from memory where it was checked before, else from the database.

mod known;

use crate::{
    Clock, Error,
    entity::{account, session, token},
    link as links,
    secret::{self, Hash},
    session::IDLE_MAX_MS,
    token as tokens,
};
use known::{Known, Memory};
use micro_database::Database;
use micro_domain::{
    access::Access,
    chat::Person,
    identity::{CredentialKind, CredentialRef, Principal},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use std::{
    collections::HashMap,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

/// How long a check of a database that other servers share holds, in milliseconds: another's revocation is noticed this
/// late. Where no other writes, a check holds until the credential ends.
pub(crate) const RECHECK_MS: i64 = 5_000;
/// Uses that wait to be written down, at most.
const USED_MAX: usize = 4_096;
/// What "last used" is rounded down to, in milliseconds.
pub(crate) const USED_STEP_MS: i64 = 60_000;

/// What became of a credential.
#[derive(Debug)]
pub(crate) enum Resolved {
    /// It is good.
    Live(Principal),
    /// It was good once.
    Expired,
    /// It never was, or was revoked.
    Unknown,
}

/// What a credential is found by.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    /// The hash of its secret, and what that is the secret of.
    Secret(CredentialKind, &'a Hash),
    /// Who speaks: a chat user's link has no secret.
    Person(&'a Person),
}

impl By<'_> {
    const fn kind(self) -> CredentialKind {
        match self {
            Self::Secret(kind, _) => kind,
            Self::Person(_) => CredentialKind::Link,
        }
    }

    fn key(self) -> Hash {
        match self {
            Self::Secret(_, hash) => *hash,
            // No secret reads like a person, so none has a person's hash.
            Self::Person(person) => secret::hash(person.to_string().as_bytes()),
        }
    }
}

/// Resolves credentials and remembers them.
pub(crate) struct Resolver {
    database: Database,
    clock: Clock,
    access: Access,
    memory: Memory,
    /// When which credentials were last used, since the last flush.
    used: Mutex<HashMap<(CredentialKind, String), i64>>,
}

impl Resolver {
    pub(crate) fn new(database: Database, clock: Clock, access: Access) -> Self {
        Self { database, clock, access, memory: Memory::default(), used: Mutex::new(HashMap::new()) }
    }

    /// The principal behind a credential.
    pub(crate) async fn resolve(&self, by: By<'_>) -> Result<Resolved, Error> {
        let (key, now_ms) = (by.key(), (self.clock)());
        let Some(known) = self.memory.get(&key).filter(|known| known.principal.credential.kind == by.kind())
        else {
            return self.check(by, key, now_ms).await;
        };
        if known.has_ended(now_ms) {
            return Ok(Resolved::Expired);
        }
        let checked_ms = known.checked_ms.load(Ordering::Relaxed);
        // A clock that went back makes the age negative; then it is checked again, too. One caller checks, and the
        // others go on meanwhile.
        let stale = self.database.is_shared() && !(0..RECHECK_MS).contains(&(now_ms - checked_ms));
        if stale
            && known
                .checked_ms
                .compare_exchange(checked_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            let checked = self.check(by, key, now_ms).await;
            if checked.is_err() {
                known.checked_ms.store(checked_ms, Ordering::Relaxed);
            }
            return checked;
        }
        self.note_use(&known, now_ms);
        Ok(Resolved::Live(known.principal.clone()))
    }

    /// Forgets what was revoked or removed, by its hash; from now on it is looked up, and not found.
    pub(crate) fn forget(&self, hash: &[u8]) {
        // Nothing of another length was ever remembered.
        if let Ok(key) = hash.try_into() {
            self.memory.forget(key);
        }
    }

    /// Forgets whom a chat user speaks as.
    pub(crate) fn forget_person(&self, person: &Person) {
        self.memory.forget(&By::Person(person).key());
    }

    /// Writes down when credentials were last used, to the minute.
    pub(crate) async fn flush(&self) -> Result<(), Error> {
        let used = mem::take(&mut *lock(&self.used));
        if used.is_empty() {
            return Ok(());
        }
        self.database
            .write(move |txn| {
                Box::pin(async move {
                    for ((kind, id), at_ms) in used {
                        let at_ms = at_ms - at_ms.rem_euclid(USED_STEP_MS);
                        match kind {
                            CredentialKind::Link => {}
                            CredentialKind::Token | CredentialKind::Bot => {
                                let update = token::Entity::update_many()
                                    .col_expr(token::Column::LastUsedMs, Expr::value(at_ms))
                                    .filter(token::Column::Id.eq(id));
                                update.exec(txn).await?;
                            }
                            CredentialKind::Session => {
                                let update = session::Entity::update_many()
                                    .col_expr(session::Column::SeenMs, Expr::value(at_ms))
                                    .filter(session::Column::Id.eq(id))
                                    .filter(session::Column::SeenMs.lt(at_ms));
                                update.exec(txn).await?;
                            }
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Looks the credential up and remembers it when it is good.
    async fn check(&self, by: By<'_>, key: Hash, now_ms: i64) -> Result<Resolved, Error> {
        let removals = self.memory.removals(&key);
        let found = match by {
            By::Secret(kind @ (CredentialKind::Token | CredentialKind::Bot), hash) => {
                self.find_token(kind, hash, now_ms).await?
            }
            By::Secret(CredentialKind::Session, hash) => self.find_session(hash, now_ms).await?,
            By::Secret(CredentialKind::Link, _) => Found::Unknown,
            By::Person(person) => self.find_link(person, now_ms).await?,
        };
        let known = match found {
            Found::Live(known) => Arc::new(known),
            Found::Expired => return Ok(Resolved::Expired),
            Found::Unknown => {
                self.memory.forget(&key);
                return Ok(Resolved::Unknown);
            }
        };
        self.note_use(&known, now_ms);
        let principal = known.principal.clone();
        // Who speaks in chat is no secret, so a link that another server ended must not hold a moment longer here.
        let elsewhere = matches!(by, By::Person(_)) && self.database.is_shared();
        if !elsewhere {
            self.memory.remember(key, known, removals);
        }
        Ok(Resolved::Live(principal))
    }

    fn note_use(&self, known: &Known, now_ms: i64) {
        let before = known.used_ms.load(Ordering::Relaxed);
        if before.div_euclid(USED_STEP_MS) == now_ms.div_euclid(USED_STEP_MS) {
            return;
        }
        known.used_ms.store(now_ms, Ordering::Relaxed);
        if known.principal.credential.kind == CredentialKind::Link {
            // Links have no use of their own to write down.
            return;
        }
        let mut used = lock(&self.used);
        if used.len() < USED_MAX {
            used.insert((known.principal.credential.kind, known.principal.credential.id.clone()), now_ms);
        }
    }

    async fn find_token(&self, kind: CredentialKind, hash: &Hash, now_ms: i64) -> Result<Found, Error> {
        let query = token::Entity::find().filter(token::Column::Hash.eq(hash.to_vec()));
        let Some(row) = query.one(self.database.read()).await? else { return Ok(Found::Unknown) };
        if row.revoked_ms.is_some() || tokens::kind(&row)? != kind {
            return Ok(Found::Unknown);
        }
        if now_ms >= row.expires_ms {
            return Ok(Found::Expired);
        }
        let credential = CredentialRef { kind, id: row.id, name: row.name };
        self.known(&row.account_id, credential, row.expires_ms, row.last_used_ms.unwrap_or(0), now_ms).await
    }

    async fn find_session(&self, hash: &Hash, now_ms: i64) -> Result<Found, Error> {
        let query = session::Entity::find_by_id(hash.to_vec());
        let Some(row) = query.one(self.database.read()).await? else { return Ok(Found::Unknown) };
        let Some(account_id) = row.account_id else { return Ok(Found::Unknown) };
        if now_ms >= row.expires_ms || now_ms - row.seen_ms >= IDLE_MAX_MS {
            return Ok(Found::Expired);
        }
        let name = "browser session".to_owned();
        let credential = CredentialRef { kind: CredentialKind::Session, id: row.id, name };
        self.known(&account_id, credential, row.expires_ms, row.seen_ms, now_ms).await
    }

    async fn find_link(&self, person: &Person, now_ms: i64) -> Result<Found, Error> {
        let Some((link, account_id)) = links::find(self.database.read(), person).await? else {
            return Ok(Found::Unknown);
        };
        let credential = CredentialRef { kind: CredentialKind::Link, name: link.title(), id: link.id };
        self.known(&account_id, credential, i64::MAX, now_ms, now_ms).await
    }

    async fn known(
        &self,
        account_id: &str,
        credential: CredentialRef,
        expires_ms: i64,
        used_ms: i64,
        now_ms: i64,
    ) -> Result<Found, Error> {
        let account = account::Entity::find_by_id(account_id).one(self.database.read()).await?;
        let Some(account) = account else { return Ok(Found::Unknown) };
        let access = self.access.clone();
        let principal = Principal { account_id: account.id, account: account.name, credential, access };
        let (checked_ms, used_ms) = (AtomicI64::new(now_ms), AtomicI64::new(used_ms));
        Ok(Found::Live(Known { principal, expires_ms, checked_ms, used_ms }))
    }
}

enum Found {
    Live(Known),
    Expired,
    Unknown,
}

/// Nothing under these locks can be left half done, so a panic elsewhere does not matter.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
