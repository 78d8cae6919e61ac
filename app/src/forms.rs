//! Forms that browsers without scripts post to their own page; some of them are answered with a secret, shown once.

mod invite;
mod team;

pub use invite::post_invite;
pub use team::post_team;

use crate::api::chat::{Linking, Posted as Linked, Unremoved};
use crate::api::tokens::{DAY_MS, Made, Posted};
use crate::{AppError, RequestContext, routes, shell};
use axum::Form;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use leptos::prelude::provide_context;
use micro_domain::{Code, Error};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Largest form accepted, in bytes.
const FORM_MAX_BYTES: usize = 16 * 1024;

/// What the token page's forms send: `create` with a name and a lifetime, or `revoke` with an id.
#[derive(Debug, Deserialize)]
struct TokenForm {
    action: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    days: u32,
    #[serde(default)]
    id: String,
}

/// Answers `POST /tokens` of a signed-in reader. `provide` puts the context of a page into place; it sees this request's
/// headers and extensions.
pub async fn post_tokens(
    context: RequestContext,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (sent, page) = split(request);
    let form = match read::<TokenForm>(sent).await {
        Ok(Ok(form)) => form,
        Ok(Err(error)) => return show(page, provide, Posted(Err(error))).await,
        Err(too_large) => return too_large,
    };
    let mut identity = context.client.identity();
    match form.action.as_str() {
        "create" => {
            let lifetime_ms = u64::from(form.days).saturating_mul(DAY_MS);
            let made = identity.create_token(form.name.trim(), Some(lifetime_ms)).await;
            let made = made.map(|made| Made { token: made.token, secret: made.secret });
            show(page, provide, Posted(made.map_err(AppError))).await
        }
        "revoke" => match identity.revoke_token(&form.id).await {
            Ok(_) => Redirect::to(routes::TOKENS).into_response(),
            Err(error) => show(page, provide, Posted(Err(error.into()))).await,
        },
        _ => show(page, provide, Posted(Err(incomplete()))).await,
    }
}

fn incomplete() -> AppError {
    AppError(Error::invalid("The form was incomplete. Try again."))
}

/// What the settings page's form sends.
#[derive(Debug, Deserialize)]
struct SettingsForm {
    #[serde(default)]
    id: String,
}

/// Answers `POST /settings` of a signed-in reader: a chat link is removed. One that is gone already is what was wanted.
pub async fn post_settings(
    context: RequestContext,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (sent, page) = split(request);
    let removed = match read::<SettingsForm>(sent).await {
        Ok(Ok(form)) => context.client.chat().remove_link(&form.id).await.map(drop),
        Ok(Err(error)) => Err(error.0),
        Err(too_large) => return too_large,
    };
    match removed {
        Err(error) if error.code != Code::NotFound => {
            show_as(page, provide, Unremoved(error.clone().into()), Some(error.code)).await
        }
        _ => Redirect::to(&routes::settings_after_removal()).into_response(),
    }
}

/// Answers `POST /link/{id}` of a signed-in reader with the page that shows the code, this once. What the form says does not
/// matter: the page has one.
pub async fn post_link(
    context: RequestContext,
    id: &str,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (_, page) = split(request);
    let outcome = show_code(&context, id).await;
    let failed = match &outcome {
        Ok(linking) => linking.code.as_ref().and_then(|code| code.as_ref().err()),
        Err(error) => Some(error),
    };
    let failed = failed.map(AppError::code);
    show_as(page, provide, Linked(outcome), failed).await
}

/// The code, and whom it links: a request tells that no more once its code was shown. Where somebody was quicker the request
/// is gone, and that is all the page says.
async fn show_code(context: &RequestContext, id: &str) -> Result<Linking, AppError> {
    let mut chat = context.client.chat();
    let request = chat.link_request(id).await?;
    match chat.show_code(id).await {
        Err(error) if error.code == Code::NotFound => Err(error.into()),
        code => Ok(Linking { request, code: Some(code.map_err(AppError)) }),
    }
}

/// A posted form as the request that is read, its body bounded, and as a request for the page it was posted to.
fn split(request: Request) -> (Request, Request) {
    let (mut parts, body) = request.into_parts();
    let mut sent = Request::from_parts(parts.clone(), body);
    DefaultBodyLimit::max(FORM_MAX_BYTES).apply(&mut sent);
    parts.method = Method::GET;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    (sent, Request::from_parts(parts, Body::empty()))
}

/// What a form says, or that it says too little; else the answer to one that is too large to be read.
async fn read<T: DeserializeOwned>(sent: Request) -> Result<Result<T, AppError>, Response> {
    match Form::<T>::from_request(sent, &()).await {
        Ok(Form(form)) => Ok(Ok(form)),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(rejection.into_response())
        }
        Err(_) => Ok(Err(incomplete())),
    }
}

/// The page with what came of its form.
async fn show(
    page: Request,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    posted: impl Clone + Send + Sync + 'static,
) -> Response {
    let context = move || {
        provide();
        provide_context(posted.clone());
    };
    let mut response = leptos_axum::render_app_async_with_context(context, shell)(page).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The same, with the HTTP status of what failed.
async fn show_as(
    page: Request,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    posted: impl Clone + Send + Sync + 'static,
    failed: Option<Code>,
) -> Response {
    let mut response = show(page, provide, posted).await;
    if let Some(code) = failed {
        *response.status_mut() =
            StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    }
    response
}
