//! Which services exist, where their instances are and how they are.
//!
//! One task owns the catalog (`keeper`), which is a pure state machine (`state`) with leases (`lease`) and one
//! checker per instance (`health`). Everyone else reads the published snapshot, [`Registry::catalog`]. Static
//! registrations are in SQL (`store`); leased ones only in memory, since whoever holds a lease registers again.

mod address;
mod connection;
mod descriptors;
mod grpc;
mod health;
mod keeper;
mod lease;
mod registration;
mod state;
mod store;
mod watcher;

use std::sync::Arc;

use micro_database::Database;
use micro_domain::address::{HostPort, Policy};
use micro_domain::catalog::{Address, Catalog, Instance, Status};
use micro_domain::clock::now_ms;
use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::descriptors::{Descriptors, Shelf};
use crate::health::Checks;
use crate::keeper::{COMMANDS_MAX, Command, Keeper};
use crate::state::{Put, State};

pub use descriptors::DESCRIPTORS_MAX_BYTES;
pub use lease::{TTL_MAX_MS, TTL_MIN_MS};
pub use registration::{INSTANCES_PER_SERVICE_MAX, SERVICES_MAX, VERSION_MAX_BYTES};

/// A service inside this process: always up, neither deregistered nor taken over.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// Its name in the catalog.
    pub name: String,
    /// Its version.
    pub version: String,
    /// A serialized FileDescriptorSet of its gRPC services with their imports.
    pub descriptors: Arc<[u8]>,
}

/// What the registry needs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where static registrations are kept.
    pub database: Database,
    /// Which addresses instances may have.
    pub policy: Policy,
    /// The base services.
    pub embedded: Vec<Embedded>,
    /// Ids of credentials as they are revoked; a revoked credential's watches end.
    pub revocations: broadcast::Sender<String>,
}

/// Why the registry did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is refused, for a reason the caller is told.
    #[error(transparent)]
    Refused(#[from] micro_domain::Error),
    /// The database failed.
    #[error("the registry's database failed")]
    Database(#[from] micro_database::Error),
    /// The registry is shutting down.
    #[error("the registry stopped")]
    Stopped,
}

impl From<Error> for micro_domain::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal,
            Error::Database(error) => error.into(),
            Error::Stopped => Self::unavailable("the server is shutting down"),
        }
    }
}

/// The registry; clones share it, and it stops with the last of them.
#[derive(Debug, Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    policy: Policy,
    database: Database,
    commands: mpsc::Sender<Command>,
    catalog: watch::Receiver<Arc<Catalog>>,
    revocations: broadcast::Sender<String>,
    shelf: Arc<Shelf>,
    turns: registration::Turns,
    _stop: DropGuard,
}

/// Revisions of a later process are greater than those of an earlier one, so that a watcher of the earlier one gets a
/// snapshot: they start at the time in ms, times the most changes per ms. They stay below 2^53, exact in JSON.
const REVISIONS_PER_MS: u64 = 1_024;

impl Registry {
    /// Reads the static registrations and begins checking them.
    ///
    /// # Errors
    /// When the database cannot be read, or when an embedded service's descriptors are no FileDescriptorSet.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let Options { database, policy, embedded, revocations } = options;
        let rows = store::load(&database).await?;
        let (commands, waiting) = mpsc::channel(COMMANDS_MAX);
        let (published, catalog) = watch::channel(Arc::new(Catalog::default()));
        let (live, _) = broadcast::channel(watcher::BEHIND_MAX);
        let slots = Arc::new(Semaphore::new(health::CONCURRENT_MAX));
        let checks = Checks { policy, slots, outcomes: commands.clone() };
        let first = u64::try_from(now_ms()).unwrap_or(0).saturating_mul(REVISIONS_PER_MS);
        let mut keeper = Keeper::new(State::new(first), published, live, checks);
        let shelf = Arc::new(Shelf::default());
        for embedded in embedded {
            seed_embedded(&mut keeper, &shelf, embedded)?;
        }
        let base = keeper.state.catalog();
        for row in rows {
            seed_row(&mut keeper, &shelf, &base, row);
        }
        keeper.catalog.send_replace(Arc::new(keeper.state.catalog()));
        let stop = CancellationToken::new();
        tokio::spawn(keeper.run(waiting, stop.clone()));
        let turns = registration::Turns::default();
        let _stop = stop.drop_guard();
        let inner = Inner { policy, database, commands, catalog, revocations, shelf, turns, _stop };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Every service as it is, now and after each change. A renewal moves a lease's time without waking anyone.
    #[must_use]
    pub fn catalog(&self) -> watch::Receiver<Arc<Catalog>> {
        self.inner.catalog.clone()
    }

    /// The uploaded descriptors with this digest, while an instance uses them.
    #[must_use]
    pub fn descriptors(&self, digest: &str) -> Option<Arc<[u8]>> {
        self.inner.shelf.get(digest)
    }

    /// Says that a call to an instance failed, so that it is checked at once. Never waits: when too many reports wait
    /// already this one is dropped, and the instance is checked in its turn.
    pub fn report_failure(&self, instance_id: &str, reason: &str) {
        tracing::debug!(instance = instance_id, reason, "a call failed");
        let report = Command::CheckNow { id: instance_id.to_owned() };
        if self.inner.commands.try_send(report).is_err() {
            tracing::debug!(instance = instance_id, "too many reports wait; this one is dropped");
        }
    }
}

fn seed_embedded(keeper: &mut Keeper, shelf: &Arc<Shelf>, embedded: Embedded) -> Result<(), Error> {
    let descriptors = Descriptors::read(embedded.descriptors)?;
    let hold = shelf.keep(&descriptors)?;
    let instance = Instance {
        id: format!("base-{}", embedded.name),
        address: Address::InProcess,
        version: embedded.version,
        status: Status::Up,
        since_ms: now_ms(),
        reason: String::new(),
        lease_expires_ms: None,
        descriptors: Some(descriptors.digest),
    };
    keeper.seed_in_process(&embedded.name, instance, Some(hold));
    Ok(())
}

/// Enters a static registration. One that makes no sense any more is left in the database and out of the catalog.
fn seed_row(keeper: &mut Keeper, shelf: &Arc<Shelf>, base: &Catalog, row: store::Row) {
    if base.service(&row.service).is_some() {
        tracing::warn!(service = row.service, "a base service took this name; its registration is left out");
        return;
    }
    let Ok(address) = row.address.parse::<HostPort>() else {
        tracing::warn!(
            service = row.service,
            address = row.address,
            "not an address; its registration is left out"
        );
        return;
    };
    let kept =
        row.descriptors.map(|bytes| Descriptors::read(bytes).and_then(|it| shelf.keep(&it))).transpose();
    let hold = kept.unwrap_or_else(|error| {
        tracing::warn!(service = row.service, %error, "the stored descriptors are left out");
        None
    });
    let put = Put {
        service: row.service,
        id: row.id,
        address: row.address,
        version: row.version,
        descriptors: hold.as_ref().map(|hold| hold.digest().to_owned()),
        lease_expires_ms: None,
    };
    keeper.seed_registration(put, address, hold);
}
