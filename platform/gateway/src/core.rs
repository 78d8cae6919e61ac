//! The handle everything goes through, and what it holds.

use crate::describe;
use crate::grpc::History;
use crate::options::{Failure, Options, OwnTokens};
use crate::revocation::Revocations;
use crate::table::{Description, Table};
use arc_swap::ArcSwap;
use micro_database::Database;
use micro_domain::catalog::Catalog;
use micro_domain::{Error, identity::Principal};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long a request for something unknown waits for first descriptions that are under way.
const SETTLE_MAX: Duration = Duration::from_secs(5);

/// The handle to the gateway; clones share one state.
#[derive(Clone)]
pub struct Gateway(pub(crate) Arc<Inner>);

/// What all handles share.
pub(crate) struct Inner {
    pub(crate) table: ArcSwap<Table>,
    /// Counts table changes; who waits for one subscribes.
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) catalog: watch::Receiver<Arc<Catalog>>,
    pub(crate) failures: mpsc::Sender<Failure>,
    pub(crate) own_tokens: OwnTokens,
    pub(crate) revocations: Revocations,
    pub(crate) database: Database,
    pub(crate) history: History,
    pub(crate) message_max_bytes: usize,
}

impl Gateway {
    /// Starts following the catalog. Must be called inside a tokio runtime; ends when the last handle is dropped or
    /// the catalog closes.
    #[must_use]
    pub fn start(options: Options) -> Self {
        let (changed, _) = watch::channel(0);
        let gateway = Self(Arc::new(Inner {
            table: ArcSwap::from_pointee(Table::default()),
            changed,
            catalog: options.catalog.clone(),
            failures: options.failures.clone(),
            own_tokens: Arc::clone(&options.own_tokens),
            revocations: Revocations::start(&options.revocations),
            database: options.database.clone(),
            history: History::start(options.database.clone()),
            message_max_bytes: options.message_max_bytes,
        }));
        describe::start(&gateway, options);
        gateway
    }

    /// The routing table of this moment.
    pub(crate) fn table(&self) -> arc_swap::Guard<Arc<Table>> {
        self.0.table.load()
    }

    /// Whether the table knows the newest catalog and every instance in it was asked to describe itself.
    pub(crate) fn is_settled(&self) -> bool {
        let table = self.table();
        table.pending == 0 && table.revision >= self.0.catalog.borrow().revision
    }

    /// The table once it is settled, or as it is after a bounded wait.
    pub(crate) async fn settled(&self) -> Arc<Table> {
        let mut changed = self.0.changed.subscribe();
        let wait = async {
            while !self.is_settled() {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        // Past the bound the caller is answered from what is known.
        let _ = tokio::time::timeout(SETTLE_MAX, wait).await;
        self.0.table.load_full()
    }

    /// What a service offers: in `version`, or in the newest described one.
    ///
    /// # Errors
    /// NOT_FOUND for an unknown or invisible service or version, UNAVAILABLE where it could not be described.
    pub(crate) async fn description(
        &self,
        principal: &Principal,
        service: &str,
        version: Option<&str>,
    ) -> Result<Arc<Description>, Error> {
        let find = |table: &Table| {
            let entry = table.visible(principal, service)?;
            entry.description(version).cloned()
        };
        match find(&self.table()) {
            Err(_) if !self.is_settled() => find(&*self.settled().await),
            result => result,
        }
    }
}
