//! Fresh databases for tests: SQLite always, PostgreSQL too when `MICRO_TEST_POSTGRES` holds the URL of a server on
//! which databases may be created.
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! for test in micro_database::testing::fresh().await {
//!     let database = &test.database;
//!     // the same assertions on every backend
//! }
//! # }
//! ```

use crate::{Database, Options};
use micro_domain::identity::Secret;
use sea_orm::ConnectionTrait as _;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the PostgreSQL server for tests is.
pub const POSTGRES_VARIABLE: &str = "MICRO_TEST_POSTGRES";

/// A database of a test's own, empty but migrated. A SQLite one goes with it; a PostgreSQL one stays until a test of a
/// later process with the same id needs its name.
#[derive(Debug)]
pub struct TestDatabase {
    /// Open and migrated.
    pub database: Database,
    /// How to open it again.
    pub options: Options,
    _folder: Option<tempfile::TempDir>,
}

/// One fresh database per available backend.
///
/// # Panics
///
/// When one cannot be made: the test cannot go on.
pub async fn fresh() -> Vec<TestDatabase> {
    let mut databases = vec![sqlite().await];
    databases.extend(postgres().await);
    databases
}

/// A fresh SQLite database.
///
/// # Panics
///
/// When it cannot be made.
#[expect(clippy::expect_used, reason = "for tests only")]
pub async fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options::in_folder(&folder.path().join("data"));
    let database = Database::open(&options).await.expect("a fresh SQLite database");
    TestDatabase { database, options, _folder: Some(folder) }
}

/// A fresh PostgreSQL database, where a server is given.
///
/// # Panics
///
/// When it cannot be made although a server is given.
#[expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "for tests only, which have no configuration"
)]
pub async fn postgres() -> Option<TestDatabase> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var_os(POSTGRES_VARIABLE)?.into_string().expect("a URL in MICRO_TEST_POSTGRES");
    let name = format!("micro_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let admin =
        sea_orm::Database::connect(&server).await.expect("the PostgreSQL server of MICRO_TEST_POSTGRES");
    for sql in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        admin.execute_unprepared(&sql).await.expect("leave to create databases");
    }
    let options = Options::Postgres(Secret::new(with_database(&server, &name)));
    let database = Database::open(&options).await.expect("a fresh PostgreSQL database");
    Some(TestDatabase { database, options, _folder: None })
}

/// The server's URL with its path replaced.
fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, None), |(base, query)| (base, Some(query)));
    let authority_start = base.find("://").map_or(0, |at| at + 3);
    let authority_end = base
        .get(authority_start..)
        .and_then(|rest| rest.find('/'))
        .map_or(base.len(), |at| authority_start + at);
    let base = base.get(..authority_end).unwrap_or(base);
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}
