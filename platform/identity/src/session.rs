//! Browser sessions: the store behind tower-sessions. Its ids are secrets, so only their SHA-256 is kept; a session
//! belongs to an account once its data say so under [`ACCOUNT_KEY`].

use crate::{
    Actor, Error, Inner,
    audit::{self, Outcome},
    entity::session,
    secret::{self, Hash},
};
use async_trait::async_trait;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::{fmt, sync::Arc};
use tower_sessions::{
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store,
};

/// The key in a session's data that holds the id of the account it belongs to.
pub const ACCOUNT_KEY: &str = "account_id";
/// A session unused this long has ended, in milliseconds.
pub const IDLE_MAX_MS: i64 = 24 * 3_600_000;
/// Longest life of a session, in milliseconds.
pub const LIFETIME_MAX_MS: i64 = 7 * 24 * 3_600_000;
/// Sessions of one account at most; a further one ends the one unused longest.
const PER_ACCOUNT_MAX: u64 = 50;
/// Sessions that belong to no account, at most.
const ANONYMOUS_MAX: u64 = 10_000;
/// Data of one session, in bytes of JSON.
const DATA_MAX_BYTES: usize = 16 * 1024;
/// Sessions removed by one pruning.
const PRUNE_MAX_ROWS: u64 = 1_000;
/// Tries at an id that is free; with 128 random bits the first is.
const ID_TRIES: usize = 3;

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id: no secret, good for revoking it.
    pub id: String,
    /// When it began, milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it was last used, to the minute, milliseconds since the Unix epoch.
    pub seen_ms: i64,
    /// When it ends at the latest, milliseconds since the Unix epoch.
    pub expires_ms: i64,
}

/// Keeps sessions in the database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl fmt::Debug for Store {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("session::Store")
    }
}

impl Store {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    async fn insert(&self, record: &Record) -> Result<Inserted, Error> {
        let now_ms = self.inner.now_ms();
        let content = Content::of(record)?;
        let row = session::Model {
            hash: hash(&record.id).to_vec(),
            id: secret::id()?,
            account_id: content.account_id,
            data: content.data,
            created_ms: now_ms,
            seen_ms: now_ms,
            expires_ms: content.expires_ms.min(now_ms + LIFETIME_MAX_MS),
        };
        self.inner.database.write(move |txn| Box::pin(insert(txn, row))).await
    }
}

#[async_trait]
impl session_store::SessionStore for Store {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        for _ in 0..ID_TRIES {
            match self.insert(record).await.map_err(backend)? {
                Inserted::Done { ended } => {
                    ended.iter().for_each(|row| self.inner.ended(&row.hash, &row.id));
                    return Ok(());
                }
                Inserted::Taken => record.id = Id::default(),
            }
        }
        Err(session_store::Error::Backend("no free session id".to_owned()))
    }

    /// Changes a session that exists; one that has ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let hash = hash(&record.id);
        let content = Content::of(record).map_err(backend)?;
        self.inner.database.write(move |txn| Box::pin(save(txn, hash, content))).await.map_err(backend)?;
        self.inner.resolver.forget(&hash);
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let query = session::Entity::find_by_id(hash(id).to_vec());
        let row = query.one(self.inner.database.read()).await.map_err(|error| backend(error.into()))?;
        let now_ms = self.inner.now_ms();
        let Some(row) = row.filter(|row| now_ms < row.expires_ms && now_ms - row.seen_ms < IDLE_MAX_MS)
        else {
            return Ok(None);
        };
        let data = serde_json::from_str(&row.data)
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(row.expires_ms) * 1_000_000)
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let hash = hash(id);
        let removed =
            self.inner.database.write(move |txn| Box::pin(remove(txn, hash))).await.map_err(backend)?;
        if let Some(row) = removed {
            self.inner.ended(&row.hash, &row.id);
        }
        Ok(())
    }
}

/// The hash a session with this id, as the cookie holds it, is stored under.
pub(crate) fn parse(id: &str) -> Option<Hash> {
    id.parse::<Id>().ok().map(|id| hash(&id))
}

fn hash(id: &Id) -> Hash {
    secret::hash(&id.0.to_le_bytes())
}

/// What the caller may change of a session.
struct Content {
    account_id: Option<String>,
    data: String,
    expires_ms: i64,
}

impl Content {
    fn of(record: &Record) -> Result<Self, Error> {
        let refuse =
            |why: &str| micro_domain::Error::invalid(format!("the session's data are unusable: {why}"));
        let account_id = record.data.get(ACCOUNT_KEY).and_then(|id| id.as_str()).map(str::to_owned);
        let data = serde_json::to_string(&record.data).map_err(|_| refuse("no JSON"))?;
        if data.len() > DATA_MAX_BYTES {
            return Err(refuse("too large").into());
        }
        let expires_ms =
            i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
        Ok(Self { account_id, data, expires_ms })
    }
}

/// What became of a new session.
enum Inserted {
    /// It is there; `ended` had to go for it.
    Done { ended: Vec<session::Model> },
    /// Its id exists already.
    Taken,
}

async fn insert(txn: &DatabaseTransaction, row: session::Model) -> Result<Inserted, Error> {
    if session::Entity::find_by_id(row.hash.clone()).one(txn).await?.is_some() {
        return Ok(Inserted::Taken);
    }
    let ended = match &row.account_id {
        Some(account_id) => make_room(txn, account_id).await?,
        None => {
            let anonymous = session::Entity::find().filter(session::Column::AccountId.is_null());
            if anonymous.count(txn).await? >= ANONYMOUS_MAX {
                return Err(micro_domain::Error::unavailable("too many sessions; try again later").into());
            }
            Vec::new()
        }
    };
    session::Entity::insert(session::ActiveModel::from(row)).exec_without_returning(txn).await?;
    Ok(Inserted::Done { ended })
}

/// Ends the account's sessions unused longest, so that one more fits.
async fn make_room(txn: &DatabaseTransaction, account_id: &str) -> Result<Vec<session::Model>, Error> {
    let own = session::Entity::find().filter(session::Column::AccountId.eq(account_id));
    let surplus = own.clone().count(txn).await?.saturating_sub(PER_ACCOUNT_MAX - 1);
    if surplus == 0 {
        return Ok(Vec::new());
    }
    let ended = own.order_by_asc(session::Column::SeenMs).limit(surplus).all(txn).await?;
    let hashes = ended.iter().map(|row| row.hash.clone());
    session::Entity::delete_many().filter(session::Column::Hash.is_in(hashes)).exec(txn).await?;
    Ok(ended)
}

async fn save(txn: &DatabaseTransaction, hash: Hash, content: Content) -> Result<(), Error> {
    let Some(row) = session::Entity::find_by_id(hash.to_vec()).one(txn).await? else { return Ok(()) };
    let change = session::ActiveModel {
        hash: Set(row.hash),
        account_id: Set(content.account_id),
        data: Set(content.data),
        expires_ms: Set(content.expires_ms.min(row.created_ms + LIFETIME_MAX_MS)),
        ..Default::default()
    };
    session::Entity::update(change).exec(txn).await?;
    Ok(())
}

async fn remove(txn: &DatabaseTransaction, hash: Hash) -> Result<Option<session::Model>, Error> {
    let row = session::Entity::find_by_id(hash.to_vec()).one(txn).await?;
    session::Entity::delete_by_id(hash.to_vec()).exec(txn).await?;
    Ok(row)
}

/// The account's sessions that have not ended, newest use first.
pub(crate) async fn list(inner: &Inner, account_id: &str) -> Result<Vec<Session>, Error> {
    let now_ms = inner.now_ms();
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(account_id))
        .filter(session::Column::ExpiresMs.gt(now_ms))
        .filter(session::Column::SeenMs.gt(now_ms - IDLE_MAX_MS))
        .order_by_desc(session::Column::SeenMs)
        .all(inner.database.read())
        .await?;
    let record = |row: session::Model| Session {
        id: row.id,
        created_ms: row.created_ms,
        seen_ms: row.seen_ms,
        expires_ms: row.expires_ms,
    };
    Ok(rows.into_iter().map(record).collect())
}

/// Ends one of the account's sessions, named by its id, and writes the audit row.
pub(crate) async fn revoke(
    txn: &DatabaseTransaction,
    actor: Actor,
    account_id: String,
    id: String,
    now_ms: i64,
) -> Result<Option<session::Model>, Error> {
    let own = session::Entity::find().filter(session::Column::Id.eq(&id));
    let Some(row) = own.filter(session::Column::AccountId.eq(account_id)).one(txn).await? else {
        return Ok(None);
    };
    session::Entity::delete_by_id(row.hash.clone()).exec(txn).await?;
    let target = format!("session/{id}");
    audit::append(txn, actor, "session.revoke", target, Outcome::Done, String::new(), now_ms).await?;
    Ok(Some(row))
}

/// Removes sessions that have ended by age or idleness, a bounded number at a time.
pub(crate) async fn prune(txn: &DatabaseTransaction, now_ms: i64) -> Result<(), Error> {
    let ended = Condition::any()
        .add(session::Column::ExpiresMs.lte(now_ms))
        .add(session::Column::SeenMs.lte(now_ms - IDLE_MAX_MS));
    let ended: Vec<Vec<u8>> = session::Entity::find()
        .select_only()
        .column(session::Column::Hash)
        .filter(ended)
        .limit(PRUNE_MAX_ROWS)
        .into_tuple()
        .all(txn)
        .await?;
    session::Entity::delete_many().filter(session::Column::Hash.is_in(ended)).exec(txn).await?;
    Ok(())
}

/// tower-sessions logs its errors and shows them to nobody.
fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(micro_domain::Error::from(error).to_string())
}
