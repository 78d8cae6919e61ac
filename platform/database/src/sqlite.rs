//! Opening the SQLite file: private to its owner, one connection that writes, a few that only read.

use crate::Error;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// Before this version two connections could corrupt the file while the write-ahead log was reset.
const VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
/// [`VERSION_MIN`] for people.
pub(crate) const VERSION_MIN_TEXT: &str = "3.51.3";
/// Connections that read, at most.
const READERS_MAX: u32 = 4;
/// Longest wait for a free reader, in seconds.
const ACQUIRE_MAX_S: u64 = 5;
/// Longest wait for another process that holds the file's lock, in seconds.
const BUSY_MAX_S: u64 = 5;
/// How long a file's user may take to end.
pub(crate) const LOCK_WITHIN: Duration = Duration::from_secs(5);
/// Pause between two tries to become the file's only user.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Says that this process alone uses a file, for as long as it is held; a process that ends in any way gives it back.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: fs::File,
}

impl Lock {
    /// Lets another process have the file, before this is dropped.
    pub(crate) fn release(&self) -> Result<(), Error> {
        self.file.unlock().map_err(|source| prepare_error(&self.path, source))
    }
}

fn prepare_error(path: &Path, source: io::Error) -> Error {
    Error::Prepare { path: path.to_path_buf(), source: Arc::new(source) }
}

/// Becomes the only user of the file at `path`; one that is just ending is waited for.
pub(crate) async fn lock(path: &Path, within: Duration) -> Result<Lock, Error> {
    let prepare = |source| prepare_error(path, source);
    create_folder(path).map_err(prepare)?;
    // A file of its own: closing a second handle of the database's would end SQLite's own locks on it.
    let file = open_private(&path.with_extension("lock")).map_err(prepare)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { path: path.to_path_buf(), file }),
            Err(fs::TryLockError::Error(source)) => return Err(prepare(source)),
            Err(fs::TryLockError::WouldBlock) if started.elapsed() >= within => {
                return Err(Error::InUse(path.to_path_buf()));
            }
            Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
        }
    }
}

/// Opens the readers and the writer, in this order.
pub(crate) async fn open(path: &Path) -> Result<(DatabaseConnection, DatabaseConnection), Error> {
    prepare(path).map_err(|source| prepare_error(path, source))?;
    let writer = connect(path, 1, false).await?;
    check_version(&writer).await?;
    // Opened after the writer, which creates what a reader may not.
    let readers = connect(path, READERS_MAX, true).await?;
    Ok((readers, writer))
}

/// Creates the file (0600), and takes others' rights away where it exists already. SQLite gives its `-wal` and `-shm`
/// files the rights of the main one.
fn prepare(path: &Path) -> io::Result<()> {
    create_folder(path)?;
    open_private(path)?.sync_all()
}

/// Creates the folder of `path`, for its owner only (0700).
fn create_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file, creating it where there is none, that its owner alone may read (0600).
fn open_private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Opens a pool of at most `connections`.
async fn connect(path: &Path, connections: u32, read_only: bool) -> Result<DatabaseConnection, Error> {
    let path = path.to_path_buf();
    let mut options = ConnectOptions::new("sqlite:micro.db");
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(ACQUIRE_MAX_S))
        // A connection to a file does not go stale: no ping before each use, and the writer is never reopened.
        .test_before_acquire(false)
        .max_lifetime(None::<Duration>)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |options: SqliteConnectOptions| {
            let options = options
                .filename(&path)
                .read_only(read_only)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(BUSY_MAX_S))
                .synchronous(SqliteSynchronous::Full);
            if read_only { options } else { options.journal_mode(SqliteJournalMode::Wal) }
        });
    if !read_only {
        options.idle_timeout(None::<Duration>);
    }
    sea_orm::Database::connect(options).await.map_err(Error::Open)
}

async fn check_version(connection: &DatabaseConnection) -> Result<(), Error> {
    let statement =
        sea_orm::Statement::from_string(connection.get_database_backend(), "SELECT sqlite_version()");
    let row = connection.query_one_raw(statement).await.map_err(Error::Open)?;
    let version: String =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(Error::Open)?.unwrap_or_default();
    if parse_version(&version).is_some_and(|found| found >= VERSION_MIN) {
        Ok(())
    } else {
        Err(Error::OldSqlite(version))
    }
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Some((major, minor, patch)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse_version("3.40.1").unwrap() < VERSION_MIN);
        assert!(parse_version("3.51.2").unwrap() < VERSION_MIN);
        assert!(parse_version("3.100.0").unwrap() > VERSION_MIN);
        assert_eq!(parse_version(VERSION_MIN_TEXT), Some(VERSION_MIN));
        assert_eq!(parse_version("3.x"), None);
    }

    #[tokio::test]
    async fn a_file_has_one_user_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join("micro.db");
        let first = lock(&path, Duration::ZERO).await.unwrap();
        let refused = lock(&path, Duration::ZERO).await.unwrap_err();
        assert!(matches!(&refused, Error::InUse(used) if *used == path), "{refused:?}");
        first.release().unwrap();
        lock(&path, Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn the_file_is_private_durable_and_read_only_to_readers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join("micro.db");
        let (readers, writer) = open(&path).await.unwrap();
        for (pragma, expected) in
            [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "5000")]
        {
            let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
            let sql = if pragma == "busy_timeout" {
                "SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout".into()
            } else {
                sql
            };
            let statement = sea_orm::Statement::from_string(writer.get_database_backend(), sql);
            let row = writer.query_one_raw(statement).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<String>(0).unwrap(), expected, "{pragma}");
        }
        writer.execute_unprepared("CREATE TABLE seen (id INTEGER)").await.unwrap();
        assert!(readers.execute_unprepared("INSERT INTO seen VALUES (1)").await.is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(path.parent().unwrap()), 0o700);
            for name in ["micro.db", "micro.db-wal", "micro.db-shm"] {
                assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
            }
        }
    }
}
