//! Where base services keep what must outlive the process.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// Why a statement was not carried out: the cause, for the log.
pub type StorageError = Box<dyn Error + Send + Sync>;

type Write = dyn Fn(Statement) -> BoxFuture<'static, Result<u64, StorageError>> + Send + Sync;

/// A database, through two doors: anyone may read, but the process may want writes to take turns (SQLite has one
/// writer), so those go through a function of its choice.
#[derive(Clone)]
pub struct Storage {
    reads: DatabaseConnection,
    write: Arc<Write>,
}

impl Storage {
    /// Reads from `reads`, and writes by `write`: it carries out one statement, so that it lasts, and answers how many
    /// rows that changed.
    pub fn new<F>(reads: DatabaseConnection, write: F) -> Self
    where
        F: Fn(Statement) -> BoxFuture<'static, Result<u64, StorageError>> + Send + Sync + 'static,
    {
        Self { reads, write: Arc::new(write) }
    }

    /// Reads and writes by the same connections, for a database that orders writes itself.
    #[must_use]
    pub fn direct(connections: DatabaseConnection) -> Self {
        let writes = connections.clone();
        Self::new(connections, move |statement| {
            let writes = writes.clone();
            Box::pin(async move { Ok(writes.execute_raw(statement).await?.rows_affected()) })
        })
    }

    /// The connections to read with.
    pub(crate) fn reads(&self) -> &DatabaseConnection {
        &self.reads
    }

    /// Carries out what `build` makes for the kind of SQL spoken here; how many rows it changed.
    pub(crate) async fn write(
        &self,
        build: impl FnOnce(DbBackend) -> Statement,
    ) -> Result<u64, StorageError> {
        (self.write)(build(self.reads.get_database_backend())).await
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Storage").field("reads", &self.reads).finish_non_exhaustive()
    }
}
