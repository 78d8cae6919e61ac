//! Transactions that write. SQLite has one writer, so one task holds it and commits the waiting transactions together;
//! PostgreSQL does the same by itself, so there each transaction takes a connection of the pool.

use crate::{Error, error::is_disk_failure};
use futures::{FutureExt as _, future::BoxFuture};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// Transactions that may wait for the writer.
const QUEUE_MAX: usize = 1_024;
/// Transactions committed together, at most.
const GROUP_MAX: usize = 64;
/// Longest wait for a place in the queue.
const QUEUE_WAIT_MAX: Duration = Duration::from_secs(5);
/// Longest run of one transaction's body.
const BODY_MAX: Duration = Duration::from_secs(30);

/// Takes transactions and commits them.
#[derive(Debug)]
pub(crate) enum Writer {
    /// Through the task that holds SQLite's one writing connection.
    Grouped { queue: mpsc::Sender<Box<dyn Job>>, connection: DatabaseConnection },
    /// Each on a connection of its own.
    Direct(DatabaseConnection),
}

impl Writer {
    /// Starts the task; it ends with the last handle.
    pub(crate) fn grouped(connection: DatabaseConnection) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(run(connection.clone(), waiting));
        Self::Grouped { queue, connection }
    }

    pub(crate) fn direct(pool: DatabaseConnection) -> Self {
        Self::Direct(pool)
    }

    pub(crate) async fn write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let job = Box::new(Write { body: Some(body), outcome: None, reply });
        match self {
            Self::Grouped { queue, .. } => match queue.send_timeout(job, QUEUE_WAIT_MAX).await {
                Ok(()) => {}
                Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                    return Err(Error::Busy(QUEUE_WAIT_MAX).into());
                }
                Err(mpsc::error::SendTimeoutError::Closed(_)) => return Err(Error::Closed.into()),
            },
            Self::Direct(pool) => run_alone(pool, job).await,
        }
        outcome.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    pub(crate) async fn close(&self) -> Result<(), Error> {
        let (Self::Grouped { connection, .. } | Self::Direct(connection)) = self;
        Ok(connection.close_by_ref().await?)
    }
}

/// One transaction with its outcome's type hidden.
pub(crate) trait Job: Send {
    /// Runs the body; true when its changes are to be kept.
    fn run<'t>(&'t mut self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, bool>;
    /// Tells the caller how it ended; `committed` is what became of the changes to be kept.
    fn finish(self: Box<Self>, committed: Result<(), Error>);
}

struct Write<F, T, E> {
    body: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Write<F, T, E>
where
    F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run<'t>(&'t mut self, transaction: &'t DatabaseTransaction) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(body) = self.body.take() else { return false };
            // Calling the body is part of what may panic, hence the outer block.
            let guarded = AssertUnwindSafe(async { body(transaction).await }).catch_unwind();
            let outcome = match tokio::time::timeout(BODY_MAX, guarded).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(Error::Panicked.into()),
                Err(_) => Err(Error::Slow(BODY_MAX).into()),
            };
            let keep = outcome.is_ok();
            self.outcome = Some(outcome);
            keep
        })
    }

    fn finish(self: Box<Self>, committed: Result<(), Error>) {
        let outcome = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(outcome), Ok(())) => outcome,
            (None, Ok(())) => Err(Error::Closed.into()),
        };
        // A caller that went away does not care how it ended.
        let _ = self.reply.send(outcome);
    }
}

/// The writer's task: takes what waits, runs it in one transaction, commits once.
async fn run(connection: DatabaseConnection, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
    let mut stopped = false;
    let mut group = Vec::with_capacity(GROUP_MAX);
    while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
        if stopped {
            group.drain(..).for_each(|job| job.finish(Err(Error::Stopped)));
            continue;
        }
        let committed = run_group(&connection, &mut group).await;
        if let Err(Error::Commit(cause) | Error::Statement(cause)) = &committed
            && is_disk_failure(cause)
        {
            // Pages may be gone: writing on, or trying again and acknowledging, would hide it.
            tracing::error!(%cause, "the database's disk failed; nothing is written until a restart");
            stopped = true;
        }
        group.drain(..).for_each(|job| job.finish(committed.clone()));
    }
}

async fn run_group(connection: &DatabaseConnection, group: &mut [Box<dyn Job>]) -> Result<(), Error> {
    // Taking the lock at once: a later upgrade from reading could fail halfway.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = connection.begin_with_options(options).await?;
    for job in group {
        // A savepoint each, so that one body's failure undoes only its own changes.
        let savepoint = transaction.begin().await?;
        if job.run(&savepoint).await {
            savepoint.commit().await?;
        } else {
            savepoint.rollback().await?;
        }
    }
    transaction.commit().await.map_err(Error::Commit)
}

async fn run_alone(pool: &DatabaseConnection, mut job: Box<dyn Job>) {
    let committed = match pool.begin().await {
        Ok(transaction) if job.run(&transaction).await => transaction.commit().await.map_err(Error::Commit),
        Ok(transaction) => transaction.rollback().await.map_err(Error::from),
        Err(error) => Err(error.into()),
    };
    job.finish(committed);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use crate::{Database, Error, testing};
    use sea_orm::{ConnectionTrait as _, Statement};
    use std::sync::Arc;

    async fn add(database: &Database, id: String, then: fn() -> Result<(), Error>) -> Result<(), Error> {
        database
            .write(move |txn| {
                Box::pin(async move {
                    let sql = format!("INSERT INTO url_links (id, url, created_at) VALUES ('{id}', 'u', 0)");
                    txn.execute_unprepared(&sql).await?;
                    then()
                })
            })
            .await
    }

    async fn ids(database: &Database) -> Vec<String> {
        let sql = Statement::from_string(database.backend(), "SELECT id FROM url_links ORDER BY id");
        let rows = database.read().query_all_raw(sql).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    #[tokio::test]
    async fn each_write_keeps_its_own_outcome() {
        for test in testing::fresh().await {
            let database = &test.database;
            let writes = (0..30).map(|number| {
                let then: fn() -> Result<(), Error> = match number % 3 {
                    0 => || Ok(()),
                    1 => || Err(Error::Location("refused".to_owned())),
                    _ => || panic!("a bug"),
                };
                add(database, format!("{number:02}"), then)
            });
            for (number, outcome) in futures::future::join_all(writes).await.into_iter().enumerate() {
                match number % 3 {
                    0 => outcome.unwrap(),
                    1 => assert!(matches!(outcome, Err(Error::Location(_))), "{outcome:?}"),
                    _ => assert!(matches!(outcome, Err(Error::Panicked)), "{outcome:?}"),
                }
            }
            let kept: Vec<String> = (0..30).step_by(3).map(|number| format!("{number:02}")).collect();
            assert_eq!(ids(database).await, kept);
        }
    }

    #[tokio::test]
    async fn a_failed_statement_undoes_only_its_own_transaction() {
        for test in testing::fresh().await {
            let twice = || {
                futures::future::join3(
                    add(&test.database, "a".to_owned(), || Ok(())),
                    add(&test.database, "a".to_owned(), || Ok(())),
                    add(&test.database, "b".to_owned(), || Ok(())),
                )
            };
            let (first, second, third) = twice().await;
            third.unwrap();
            let failed = first.err().or(second.err()).unwrap();
            let Error::Statement(cause) = &failed else { panic!("{failed:?}") };
            assert!(matches!(cause.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))));
            assert_eq!(ids(&test.database).await, ["a", "b"]);
        }
    }

    #[tokio::test]
    async fn a_write_once_begun_outlives_its_caller() {
        let test = testing::sqlite().await;
        let begun = Arc::new(tokio::sync::Notify::new());
        let signal = Arc::clone(&begun);
        let database = test.database.clone();
        let caller = tokio::spawn(async move {
            let body = database.write(move |txn| {
                Box::pin(async move {
                    signal.notify_one();
                    tokio::task::yield_now().await;
                    txn.execute_unprepared(
                        "INSERT INTO url_links (id, url, created_at) VALUES ('a', 'u', 0)",
                    )
                    .await?;
                    Ok::<_, Error>(())
                })
            });
            body.await
        });
        begun.notified().await;
        caller.abort();
        // The writer takes turns, so after this write the aborted one has ended too.
        add(&test.database, "b".to_owned(), || Ok(())).await.unwrap();
        assert_eq!(ids(&test.database).await, ["a", "b"]);
    }

    #[tokio::test]
    async fn a_closed_database_refuses() {
        let test = testing::sqlite().await;
        add(&test.database, "a".to_owned(), || Ok(())).await.unwrap();
        test.database.close().await.unwrap();
        assert!(add(&test.database, "b".to_owned(), || Ok(())).await.is_err());
        let again = Database::open(&test.options).await.unwrap();
        assert_eq!(ids(&again).await, ["a"]);
    }
}
