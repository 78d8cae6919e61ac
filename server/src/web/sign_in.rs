//! Signing in with a link's code or a password, and signing out.

use super::{Web, caller::Caller};
use axum::{
    Extension, Form,
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderValue, header};
use micro_app::routes::{self, Refusal};
use micro_domain::{
    Code, Error,
    identity::{Account, Secret},
};
use serde::Deserialize;
use tower_sessions::Session;

/// The sign-in forms: a link's, with a code, or one with a name and a password.
#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    password: Option<Secret>,
    #[serde(default)]
    next: String,
}

/// `POST /login`: spends the code, or checks the password, and starts a session under a new id.
pub(super) async fn sign_in(State(web): State<Web>, session: Session, Form(form): Form<SignIn>) -> Response {
    match prove(&web, &form).await {
        Ok(account) => begin(&session, &account.id, &form.next).await,
        Err(error) => {
            let reason = match error.code {
                Code::ResourceExhausted => Refusal::Busy,
                Code::Unauthenticated | Code::InvalidArgument if form.password.is_some() => Refusal::Password,
                Code::Unauthenticated | Code::InvalidArgument => Refusal::Link,
                _ => Refusal::Server,
            };
            see_other(&routes::login_again(reason, &form.name, &form.next))
        }
    }
}

async fn prove(web: &Web, form: &SignIn) -> Result<Account, Error> {
    match &form.password {
        Some(password) => web.identity.sign_in(form.name.trim(), password).await,
        None => web.client.identity().redeem_sign_in_link(&form.code).await,
    }
}

/// Starts a session of an account that proved itself, and leads to `next`.
pub(super) async fn begin(session: &Session, account_id: &str, next: &str) -> Response {
    match start(session, account_id).await {
        Ok(()) => see_other(routes::local_path(next).unwrap_or(routes::HOME)),
        Err(error) => {
            tracing::error!(%error, "a session could not be stored");
            see_other(&routes::login_again(Refusal::Server, "", next))
        }
    }
}

/// Ends whatever session the browser named and begins one under an id that nobody knew before.
async fn start(session: &Session, account_id: &str) -> Result<(), tower_sessions::session::Error> {
    session.flush().await?;
    session.insert(micro_identity::session::ACCOUNT_KEY, account_id).await?;
    // Flushing alone keeps an id that is not in the store: one that somebody else may have planted.
    session.cycle_id().await?;
    session.save().await
}

/// Where signing out leads; to the sign-in page where nothing is said.
#[derive(Deserialize)]
pub(super) struct SignOut {
    #[serde(default)]
    next: String,
}

/// `POST /logout`: ends the session.
pub(super) async fn sign_out(
    Extension(_caller): Extension<Caller>,
    session: Session,
    Query(sign_out): Query<SignOut>,
) -> Response {
    if let Err(error) = session.flush().await {
        tracing::error!(%error, "a session could not be ended");
    }
    see_other(routes::local_path(&sign_out.next).unwrap_or(routes::LOGIN))
}

/// Leads on, after a change; nothing keeps the answer.
pub(super) fn see_other(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
