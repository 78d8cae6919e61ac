//! Server functions, thin: take the caller's client, ask, convert. The platform authorises.
//!
//! Each runs on the server only; in the browser the same name is a request to `/api/...`.

pub(crate) mod call;
pub(crate) mod catalog;
pub(crate) mod chat;
#[cfg(feature = "ssr")]
mod deadline;
pub(crate) mod describe;
pub(crate) mod facts;
pub(crate) mod home;
pub(crate) mod invites;
pub(crate) mod page;
#[cfg(feature = "ssr")]
mod part;
pub(crate) mod preferences;
pub(crate) mod teams;
pub(crate) mod tokens;

#[cfg(feature = "ssr")]
use crate::{AppError, RequestContext};
#[cfg(feature = "ssr")]
use deadline::bounded;

/// The caller's client.
#[cfg(feature = "ssr")]
fn client() -> Result<micro_client::Client, AppError> {
    let context = leptos::prelude::use_context::<RequestContext>();
    let context = context.filter(|context| context.account.is_some()).ok_or_else(|| {
        AppError(micro_domain::Error::unauthenticated("You are signed out. Sign in again to go on."))
    })?;
    Ok(context.client)
}

/// The client of whoever asks, signed in or not.
#[cfg(feature = "ssr")]
fn anybodys_client() -> Result<micro_client::Client, AppError> {
    let context = leptos::prelude::use_context::<RequestContext>();
    let missing = || AppError(micro_domain::Error::internal("The page cannot be shown. Try again."));
    Ok(context.ok_or_else(missing)?.client)
}

/// What a server function answers: a failure with its own HTTP status. A page being rendered says its own.
#[cfg(feature = "ssr")]
fn answered<T>(outcome: Result<T, impl Into<AppError>>) -> Result<T, AppError> {
    let outcome = outcome.map_err(Into::into);
    let rendering = leptos::prelude::use_context::<leptos_meta::ServerMetaContext>().is_some();
    if let (Err(error), false) = (&outcome, rendering) {
        page::set_status(error.code());
    }
    outcome
}
