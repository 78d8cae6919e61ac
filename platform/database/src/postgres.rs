//! Connecting to PostgreSQL: one pool for reading and writing.

use crate::Error;
use micro_domain::identity::Secret;
use sea_orm::{ConnectOptions, DatabaseConnection};
use std::time::Duration;

/// Connections one server holds at most.
const CONNECTIONS_MAX: u32 = 16;
/// Longest wait for a free connection, in seconds.
const ACQUIRE_MAX_S: u64 = 5;
/// Longest run of one statement, in seconds; the server ends it then.
const STATEMENT_MAX_S: u64 = 30;

/// Opens the pool.
pub(crate) async fn open(url: &Secret) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(url.reveal());
    options
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(ACQUIRE_MAX_S))
        .connect_timeout(Duration::from_secs(ACQUIRE_MAX_S))
        .statement_timeout(Duration::from_secs(STATEMENT_MAX_S))
        .set_application_name("micro")
        // Statements carry hashes and people's data: they stay out of logs and spans.
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    sea_orm::Database::connect(options).await.map_err(Error::Open)
}
