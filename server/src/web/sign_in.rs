//! Signing in with a link's code, and signing out.

use super::{Web, caller::Caller};
use axum::{
    Extension, Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderValue, header};
use micro_domain::Code;
use serde::Deserialize;
use tower_sessions::Session;

/// The sign-in form.
#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /login`: spends the code and starts a session under a new id.
pub(super) async fn sign_in(State(web): State<Web>, session: Session, Form(form): Form<SignIn>) -> Response {
    let account = match web.client.identity().redeem_sign_in_link(&form.code).await {
        Ok(account) => account,
        Err(error) => {
            let reason = if error.code == Code::ResourceExhausted { "busy" } else { "code" };
            return see_other(&format!("{}?error={reason}", micro_app::routes::LOGIN));
        }
    };
    match start(&session, &account.id).await {
        Ok(()) => see_other(micro_app::routes::local_path(&form.next).unwrap_or(micro_app::routes::HOME)),
        Err(error) => {
            tracing::error!(%error, "a session could not be stored");
            see_other(&format!("{}?error=server", micro_app::routes::LOGIN))
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

/// `POST /logout`: ends the session.
pub(super) async fn sign_out(Extension(_caller): Extension<Caller>, session: Session) -> Response {
    if let Err(error) = session.flush().await {
        tracing::error!(%error, "a session could not be ended");
    }
    see_other(micro_app::routes::LOGIN)
}

fn see_other(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
