//! The form that accepts an invite.

use super::{read, show_as, split};
use crate::api::invites::Refused;
use crate::{AppError, RequestContext, routes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use micro_domain::identity::Secret;
use micro_domain::team::Joined;
use serde::Deserialize;

/// The account to be made; empty where the reader's own joins.
#[derive(Debug, Deserialize)]
struct InviteForm {
    #[serde(default)]
    name: String,
    password: Option<Secret>,
}

/// Answers `POST /invite/{code}`, of readers who are signed in and of others: tells who joined.
///
/// # Errors
/// The page that says why nobody did.
pub async fn post_invite(
    context: RequestContext,
    code: &str,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    request: Request,
) -> Result<Joined, Response> {
    let (sent, page) = split(request);
    let form = read::<InviteForm>(sent).await?;
    let (name, outcome) = match form {
        // The form was drawn before its reader signed in: they did not ask to join as who they are now.
        Ok(form) if context.account.is_some() && form.password.is_some() => {
            return Err(Redirect::to(&routes::invite(code)).into_response());
        }
        Ok(form) => (form.name.trim().to_owned(), join(&context, code, &form).await),
        Err(error) => (String::new(), Err(error)),
    };
    match outcome {
        Ok(joined) => Ok(joined),
        Err(error) => {
            let failed = Some(error.code());
            Err(show_as(page, provide, Refused { name, error }, failed).await)
        }
    }
}

async fn join(context: &RequestContext, code: &str, form: &InviteForm) -> Result<Joined, AppError> {
    let account = form.password.as_ref().map(|password| (form.name.trim(), password));
    Ok(context.client.invites().accept(&Secret::new(code), account).await?)
}
