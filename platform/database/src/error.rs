//! What can go wrong with the database, and what people are told of it.

use sea_orm::{DbErr, RuntimeErr};
use std::{io, path::PathBuf, time::Duration};

/// A failure of the database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The location is neither a SQLite file nor a PostgreSQL URL.
    #[error("a database is `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`, not {0:?}")]
    Location(String),
    /// The data folder or file could not be prepared.
    #[error("cannot prepare {}", path.display())]
    Prepare {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::sync::Arc<io::Error>,
    },
    /// Another process has the SQLite file open.
    #[error("another Micro server uses {}; stop it first, or choose another folder with --data", .0.display())]
    InUse(PathBuf),
    /// The database could not be opened.
    #[error("cannot open the database")]
    Open(#[source] DbErr),
    /// The linked SQLite has known corruption bugs.
    #[error("SQLite {0} is too old; at least {min} is needed", min = crate::sqlite::VERSION_MIN_TEXT)]
    OldSqlite(String),
    /// A newer Micro wrote this schema.
    #[error(
        "the database was written by a newer version of Micro (it has the migration {0:?}); start that version instead"
    )]
    NewerSchema(String),
    /// The schema could not be brought up to date; it is as it was.
    #[error("cannot migrate the database")]
    Migrate(#[source] DbErr),
    /// A statement failed.
    #[error("a database statement failed")]
    Statement(#[from] DbErr),
    /// The transaction could not be committed: nothing of it is kept.
    #[error("the database could not commit")]
    Commit(#[source] DbErr),
    /// An earlier commit did not reach the disk, so nothing is written until a restart.
    #[error("the database stopped writing because its disk failed; check the disk, then restart")]
    Stopped,
    /// Too many writes wait.
    #[error("the database is busy: no room to write within {} s", .0.as_secs())]
    Busy(Duration),
    /// A transaction's body took too long and was undone.
    #[error("a database transaction took longer than {} s and was undone", .0.as_secs())]
    Slow(Duration),
    /// A transaction's body panicked and was undone.
    #[error("a database transaction failed by a bug and was undone")]
    Panicked,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
}

/// SQLite's primary result codes after which the file may not hold what was written.
const SQLITE_DISK_FAILURES: [i32; 3] = [10, 11, 26]; // SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB

/// Does this failure mean that the disk, or the file on it, is broken?
pub(crate) fn is_disk_failure(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let Some(cause) = cause.as_database_error() else { return false };
    if cause.try_downcast_ref::<sea_orm::SqlxSqliteError>().is_none() {
        return false;
    }
    // An extended code holds the primary one in its low byte.
    let code = cause.code().and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| SQLITE_DISK_FAILURES.contains(&(code & 0xff)))
}

impl From<Error> for micro_domain::Error {
    /// People are told that the database failed and what to do; the cause goes to the log, here and only here.
    fn from(error: Error) -> Self {
        match error {
            Error::Busy(_) | Error::Slow(_) | Error::Closed | Error::Stopped => {
                Self::unavailable(error.to_string())
            }
            Error::Statement(ref cause) | Error::Commit(ref cause) => {
                tracing::error!(%cause, "{error}");
                Self::internal("the database failed; the server's log says why")
            }
            _ => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::error!(cause, "{error}");
                Self::internal("the database failed; the server's log says why")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use sea_orm::ConnectionTrait as _;

    #[tokio::test]
    async fn a_damaged_file_is_a_disk_failure_and_a_wrong_statement_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.db");
        std::fs::write(&path, [b'x'; 4_096]).unwrap();
        let failure = sea_orm::Database::connect(format!("sqlite:{}", path.display())).await.unwrap_err();
        assert!(is_disk_failure(&failure), "{failure:?}");

        let sound = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
        let failure = sound.execute_unprepared("SELECT * FROM missing").await.unwrap_err();
        assert!(!is_disk_failure(&failure), "{failure:?}");
    }

    #[test]
    fn people_are_told_no_causes() {
        let cause = DbErr::Custom("no such table: secrets".to_owned());
        for error in [Error::Statement(cause.clone()), Error::Commit(cause.clone()), Error::Open(cause)] {
            let shown = micro_domain::Error::from(error);
            assert_eq!(shown.code, micro_domain::Code::Internal);
            assert!(!shown.message.contains("secrets"), "{shown}");
        }
        assert_eq!(micro_domain::Error::from(Error::Stopped).code, micro_domain::Code::Unavailable);
    }
}
