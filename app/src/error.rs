//! The error of server functions: the domain's error, whose text is meant for people.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use micro_domain::{Code, Error};
use serde::{Deserialize, Serialize};

/// What a page shows when something failed. Never holds an internal cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError(pub Error);

impl AppError {
    /// The failure's kind.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.0.code
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.message)
    }
}

impl std::error::Error for AppError {}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Request(_) => {
                Error::unavailable("Micro did not answer. Is the server running, and are you online?")
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Error::invalid("The form was incomplete. Reload the page and try again.")
            }
            _ => Error::internal("The page and the server did not understand each other. Reload the page."),
        })
    }
}
