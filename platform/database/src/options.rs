//! Where the database is.

use crate::Error;
use micro_domain::identity::Secret;
use std::path::{Path, PathBuf};

/// Name of the SQLite file in the data folder.
const FILE_NAME: &str = "micro.db";

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Options {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server and database, as a `postgres://` URL; secret, since it may hold a password.
    Postgres(Secret),
}

impl Options {
    /// The SQLite file `micro.db` in the data folder.
    #[must_use]
    pub fn in_folder(data: &Path) -> Self {
        Self::Sqlite(data.join(FILE_NAME))
    }

    /// Reads `sqlite:PATH`, `postgres://...` or `postgresql://...`.
    ///
    /// # Errors
    ///
    /// [`Error::Location`], which never repeats a password.
    pub fn parse(location: &str) -> Result<Self, Error> {
        if let Some(path) = location.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() {
                return Ok(Self::Sqlite(PathBuf::from(path)));
            }
        }
        // SeaORM knows only the short scheme.
        if let Some(rest) =
            location.strip_prefix("postgres://").or_else(|| location.strip_prefix("postgresql://"))
        {
            return Ok(Self::Postgres(Secret::new(format!("postgres://{rest}"))));
        }
        let scheme = location.split_once(':').map_or("no scheme", |(scheme, _)| scheme);
        Err(Error::Location(format!("{scheme}:...")))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn locations_are_read_and_secrets_stay_hidden() {
        assert!(
            matches!(Options::parse("sqlite:/a/b.db").unwrap(), Options::Sqlite(path) if path == Path::new("/a/b.db"))
        );
        assert!(
            matches!(Options::parse("sqlite:///a/b.db").unwrap(), Options::Sqlite(path) if path == Path::new("/a/b.db"))
        );
        let postgres = Options::parse("postgresql://me:hunter2@db/micro").unwrap();
        assert!(!format!("{postgres:?}").contains("hunter2"));
        let refused = Options::parse("mysql://me:hunter2@db/micro").unwrap_err().to_string();
        assert!(refused.contains("mysql") && !refused.contains("hunter2"), "{refused}");
        assert!(Options::parse("sqlite:").is_err());
    }
}
