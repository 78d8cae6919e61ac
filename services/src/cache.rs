//! cache: small values in memory, with a time to live. `store` holds them; this is the edge.
//!
//! All callers share one space of keys until the gateway tells a service who calls; the proto says so.

mod store;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tonic::service::Routes;
use tonic::{Request, Response, Status};

use self::pb::cache_server::{Cache, CacheServer};
use self::store::{IncrementError, Store};
use crate::{Base, clock, status};

crate::generated!("cache");

/// What all entries together may take, keys and bookkeeping included.
const TOTAL_LIMIT_BYTES: usize = 64 * 1024 * 1024;
/// The longest key.
const KEY_LIMIT_BYTES: usize = 1_024;
/// The longest value.
const VALUE_LIMIT_BYTES: usize = 1024 * 1024;
/// The longest time to live.
const TTL_LIMIT: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Why a key that was written may be missing, and what to do.
const MISSING: &str = "It was never set, its time to live is over, or it made room for others: set it again.";

/// The service, for the catalog.
pub(crate) fn base() -> Base {
    let keeper = Keeper { store: Mutex::new(Store::new(TOTAL_LIMIT_BYTES)) };
    Base::new("cache", DESCRIPTORS, Routes::new(CacheServer::new(keeper)))
}

struct Keeper {
    /// Held for one look-up or change at a time, never across an await.
    store: Mutex<Store>,
}

impl Keeper {
    fn store(&self) -> MutexGuard<'_, Store> {
        // A cache may forget but must not lie: whatever a panic interrupted, an empty store is right.
        self.store.lock().unwrap_or_else(|poisoned: PoisonError<MutexGuard<'_, Store>>| {
            let mut store = poisoned.into_inner();
            *store = Store::new(TOTAL_LIMIT_BYTES);
            self.store.clear_poison();
            store
        })
    }
}

#[tonic::async_trait]
impl Cache for Keeper {
    async fn get(&self, request: Request<pb::GetRequest>) -> Result<Response<pb::GetResponse>, Status> {
        let key = checked(request.into_inner().key)?;
        let (value, ttl) = self
            .store()
            .get(&key, clock::monotonic())
            .ok_or_else(|| status::not_found("value in the cache", &key, MISSING))?;
        // Bounded by the limit above, so the conversion cannot fail.
        let ttl = ttl.and_then(|ttl| prost_types::Duration::try_from(ttl).ok());
        Ok(Response::new(pb::GetResponse { value, ttl }))
    }

    async fn set(&self, request: Request<pb::SetRequest>) -> Result<Response<pb::SetResponse>, Status> {
        let pb::SetRequest { key, value, ttl } = request.into_inner();
        let key = checked(key)?;
        status::at_most("value", &value, VALUE_LIMIT_BYTES)?;
        let ttl = status::duration("ttl", ttl, TTL_LIMIT)?;
        let replaced = self.store().set(&key, value, ttl, clock::monotonic());
        Ok(Response::new(pb::SetResponse { replaced }))
    }

    async fn delete(
        &self,
        request: Request<pb::DeleteRequest>,
    ) -> Result<Response<pb::DeleteResponse>, Status> {
        let key = checked(request.into_inner().key)?;
        let deleted = self.store().delete(&key, clock::monotonic());
        Ok(Response::new(pb::DeleteResponse { deleted }))
    }

    async fn increment(
        &self,
        request: Request<pb::IncrementRequest>,
    ) -> Result<Response<pb::IncrementResponse>, Status> {
        let pb::IncrementRequest { key, by, ttl } = request.into_inner();
        let key = checked(key)?;
        let ttl = status::duration("ttl", ttl, TTL_LIMIT)?;
        let by = by.unwrap_or(1);
        match self.store().increment(&key, by, ttl, clock::monotonic()) {
            Ok(value) => Ok(Response::new(pb::IncrementResponse { value })),
            Err(IncrementError::NotANumber) => Err(status::precondition(
                "WHOLE_NUMBER",
                &key,
                format!(
                    "The value of \"{key}\" is not a whole number of 64 bits: set it to one, or delete it."
                ),
            )),
            Err(IncrementError::Overflow) => Err(Status::out_of_range(format!(
                "The sum for \"{key}\" needs more than 64 bits; the value is unchanged."
            ))),
        }
    }
}

fn checked(key: String) -> Result<String, Status> {
    if key.is_empty() {
        return Err(status::invalid("key", format!("is empty, 1 to {KEY_LIMIT_BYTES} bytes are expected")));
    }
    status::at_most("key", &key, KEY_LIMIT_BYTES)?;
    Ok(key)
}
