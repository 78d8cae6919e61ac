//! From a credential's hash to its principal, once per request: from memory where it was checked a moment ago, else
//! from the database.

use crate::{
    Clock, Error, account as accounts,
    entity::{account, session, token},
    secret::Hash,
    session::IDLE_MAX_MS,
    token as tokens,
};
use arc_swap::ArcSwap;
use micro_database::Database;
use micro_domain::identity::{CredentialKind, CredentialRef, Principal};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use std::{
    collections::HashMap,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

/// How long a check of the database holds, in milliseconds: another server's revocation is noticed this late.
pub(crate) const RECHECK_MS: i64 = 5_000;
/// Credentials remembered at most.
const KNOWN_MAX: usize = 4_096;
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

/// Resolves credentials and remembers them.
pub(crate) struct Resolver {
    database: Database,
    clock: Clock,
    known: ArcSwap<HashMap<Hash, Arc<Known>>>,
    /// Counts removals from `known`, and is held while it changes: a look-up that began before a removal adds nothing.
    removals: Mutex<u64>,
    /// When which credentials were last used, since the last flush.
    used: Mutex<HashMap<(CredentialKind, String), i64>>,
}

struct Known {
    principal: Principal,
    expires_ms: i64,
    checked_ms: AtomicI64,
    used_ms: AtomicI64,
}

impl Resolver {
    pub(crate) fn new(database: Database, clock: Clock) -> Self {
        let known = ArcSwap::from_pointee(HashMap::new());
        Self { database, clock, known, removals: Mutex::new(0), used: Mutex::new(HashMap::new()) }
    }

    /// The principal behind the credential with this hash.
    pub(crate) async fn resolve(&self, kind: CredentialKind, hash: &Hash) -> Result<Resolved, Error> {
        let now_ms = (self.clock)();
        let known = self.known.load().get(hash).map(Arc::clone);
        let Some(known) = known.filter(|known| known.principal.credential.kind == kind) else {
            return self.check(kind, hash, now_ms).await;
        };
        if now_ms >= known.expires_ms {
            return Ok(Resolved::Expired);
        }
        let checked_ms = known.checked_ms.load(Ordering::Relaxed);
        // A clock that went back makes the age negative; then it is checked again, too. One caller checks, and the
        // others go on meanwhile.
        let stale = !(0..RECHECK_MS).contains(&(now_ms - checked_ms));
        if stale
            && known
                .checked_ms
                .compare_exchange(checked_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            let checked = self.check(kind, hash, now_ms).await;
            if checked.is_err() {
                known.checked_ms.store(checked_ms, Ordering::Relaxed);
            }
            return checked;
        }
        self.note_use(&known, now_ms);
        Ok(Resolved::Live(known.principal.clone()))
    }

    /// Forgets a credential that was revoked or removed; from now on it is looked up, and not found.
    pub(crate) fn forget(&self, hash: &[u8]) {
        let mut removals = lock(&self.removals);
        *removals += 1;
        let mut known = HashMap::clone(&self.known.load());
        known.retain(|key, _| key != hash);
        self.known.store(Arc::new(known));
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
                            // Links have no use of their own to write down.
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
    async fn check(&self, kind: CredentialKind, hash: &Hash, now_ms: i64) -> Result<Resolved, Error> {
        let removals = *lock(&self.removals);
        let found = match kind {
            CredentialKind::Token | CredentialKind::Bot => self.find_token(kind, hash, now_ms).await?,
            CredentialKind::Session => self.find_session(hash, now_ms).await?,
            // A link has no secret: `link::principal` finds it by who speaks.
            CredentialKind::Link => Found::Unknown,
        };
        let known = match found {
            Found::Live(known) => Arc::new(known),
            Found::Expired => return Ok(Resolved::Expired),
            Found::Unknown => {
                if self.known.load().contains_key(hash) {
                    self.forget(hash);
                }
                return Ok(Resolved::Unknown);
            }
        };
        self.note_use(&known, now_ms);
        let principal = known.principal.clone();
        self.remember(*hash, known, removals, now_ms);
        Ok(Resolved::Live(principal))
    }

    fn remember(&self, hash: Hash, known: Arc<Known>, removals: u64, now_ms: i64) {
        let current = lock(&self.removals);
        if *current != removals {
            return;
        }
        let mut next = HashMap::clone(&self.known.load());
        if next.len() >= KNOWN_MAX {
            next.retain(|_, known| now_ms - known.checked_ms.load(Ordering::Relaxed) < RECHECK_MS);
        }
        if next.len() < KNOWN_MAX {
            next.insert(hash, known);
            self.known.store(Arc::new(next));
        }
    }

    fn note_use(&self, known: &Known, now_ms: i64) {
        let before = known.used_ms.load(Ordering::Relaxed);
        if before.div_euclid(USED_STEP_MS) == now_ms.div_euclid(USED_STEP_MS) {
            return;
        }
        known.used_ms.store(now_ms, Ordering::Relaxed);
        let mut used = lock(&self.used);
        if used.len() < KNOWN_MAX {
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
        let role = accounts::role(&account.role)?;
        let principal = Principal { account_id: account.id, account: account.name, role, credential };
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
