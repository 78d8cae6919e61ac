//! Where Micro keeps its truth: one SQL database, bundled SQLite by default or PostgreSQL, behind one handle.
//!
//! This crate owns the connections, the migrations of every table, transactions and the audit log. The queries stay in
//! the subsystem that asks them, written once with SeaORM for both backends.
//!
//! To store something new: add a migration under `migration/`, list it there, declare an entity in the subsystem that
//! owns the table, read through [`Database::read`] and change through [`Database::write`].

pub mod audit;
mod error;
mod migration;
mod options;
mod postgres;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

pub use error::Error;
pub use options::Options;

use futures::future::BoxFuture;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend};
use sqlite::Lock;
use std::{path::Path, sync::Arc};
use write::Writer;

/// A handle to the database; clones share its connections.
#[derive(Clone, Debug)]
pub struct Database {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    readers: DatabaseConnection,
    writer: Writer,
    /// Held as long as a SQLite file is open, so that it is this process' own.
    lock: Option<Lock>,
}

impl Database {
    /// Opens the database, creating it where it does not exist, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// When it cannot be reached, when another process has the SQLite file open, when SQLite is too old, or when the schema
    /// was written by a newer Micro.
    pub async fn open(options: &Options) -> Result<Self, Error> {
        let (readers, writer, lock) = match options {
            Options::Sqlite(path) => {
                let lock = sqlite::lock(path, sqlite::LOCK_WITHIN).await?;
                let (readers, connection) = sqlite::open(path).await?;
                migration::run(&connection).await?;
                (readers, Writer::grouped(connection), Some(lock))
            }
            Options::Postgres(url) => {
                let pool = postgres::open(url).await?;
                migration::run(&pool).await?;
                (pool.clone(), Writer::direct(pool), None)
            }
        };
        Ok(Self { inner: Arc::new(Inner { readers, writer, lock }) })
    }

    /// [`Database::open`] for the SQLite file at `path`; its folder is created, readable by its owner only.
    ///
    /// # Errors
    ///
    /// Those of [`Database::open`].
    pub async fn open_sqlite(path: &Path) -> Result<Self, Error> {
        Self::open(&Options::Sqlite(path.to_path_buf())).await
    }

    /// The connections to read with. On SQLite they refuse to write; changes go through [`Database::write`].
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.inner.readers
    }

    /// Runs `body` in a transaction and commits it: when this returns `Ok`, what it wrote survives a kill and a power
    /// failure. An `Err` of the body, or a panic in it, undoes what it wrote.
    ///
    /// On SQLite all writes go through one task, which commits those that wait together with one sync to the disk; each
    /// keeps its own outcome. A body therefore awaits nothing but the transaction. Once begun it finishes even if the
    /// caller goes away.
    ///
    /// ```no_run
    /// # use sea_orm::ConnectionTrait as _;
    /// # async fn example(database: &micro_database::Database, id: String) -> Result<(), micro_database::Error> {
    /// database
    ///     .write(move |transaction| {
    ///         Box::pin(async move {
    ///             transaction.execute_unprepared("DELETE FROM url_links").await?;
    ///             Ok(())
    ///         })
    ///     })
    ///     .await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The body's own, or this crate's converted into it: no room or time left, or the commit failed.
    pub async fn write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.inner.writer.write(body).await
    }

    /// Whether other servers may write to it, too. A SQLite file is this process' own.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.inner.lock.is_none()
    }

    /// Which SQL it speaks.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.inner.readers.get_database_backend()
    }

    /// Closes every connection; on SQLite this also folds the write-ahead log into the file. Later calls fail.
    ///
    /// # Errors
    ///
    /// When a connection does not close cleanly; nothing acknowledged is lost by that.
    pub async fn close(&self) -> Result<(), Error> {
        self.inner.readers.close_by_ref().await?;
        self.inner.writer.close().await?;
        self.inner.lock.as_ref().map_or(Ok(()), Lock::release)
    }
}
