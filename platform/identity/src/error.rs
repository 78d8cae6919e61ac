//! What can go wrong in identity.

use sea_orm::DbErr;

/// A failure of identity.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked is refused; the inner error is meant for whoever asked.
    #[error("refused")]
    Refused(#[source] micro_domain::Error),
    /// The database failed.
    #[error("identity could not use its database")]
    Database(#[from] micro_database::Error),
    /// The system gives no random numbers, so no secret can be made.
    #[error("the system's random generator failed")]
    Random(#[source] getrandom::Error),
    /// The database holds a value this version does not know.
    #[error("the database holds an unknown {0}")]
    Unknown(&'static str),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<micro_domain::Error> for Error {
    fn from(error: micro_domain::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Error> for micro_domain::Error {
    /// Causes stay in the log.
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal,
            Error::Database(cause) => cause.into(),
            Error::Random(cause) => {
                tracing::error!(%cause, "{error}");
                Self::internal("the server has no random numbers to make a secret of; its log says why")
            }
            Error::Unknown(_) => {
                tracing::error!("{error}");
                Self::internal("the account is in a state this version of Micro does not know")
            }
        }
    }
}
