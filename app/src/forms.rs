//! Forms whose answer cannot be a redirect: the page with a new token's secret, for browsers without scripts.

use crate::api::tokens::{DAY_MS, Made, Posted};
use crate::{AppError, RequestContext, routes, shell};
use axum::Form;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use leptos::prelude::provide_context;
use micro_domain::Error;
use serde::Deserialize;

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
    let (mut parts, body) = request.into_parts();
    let mut sent = Request::from_parts(parts.clone(), body);
    DefaultBodyLimit::max(FORM_MAX_BYTES).apply(&mut sent);
    parts.method = Method::GET;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let page = Request::from_parts(parts, Body::empty());
    let form = match Form::<TokenForm>::from_request(sent, &()).await {
        Ok(Form(form)) => form,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return rejection.into_response();
        }
        Err(_) => return show(page, provide, Err(incomplete())).await,
    };
    let mut identity = context.client.identity();
    match form.action.as_str() {
        "create" => {
            let lifetime_ms = u64::from(form.days).saturating_mul(DAY_MS);
            let made = identity.create_token(form.name.trim(), Some(lifetime_ms)).await;
            let made = made.map(|made| Made { token: made.token, secret: made.secret });
            show(page, provide, made.map_err(AppError)).await
        }
        "revoke" => match identity.revoke_token(&form.id).await {
            Ok(_) => Redirect::to(routes::TOKENS).into_response(),
            Err(error) => show(page, provide, Err(error.into())).await,
        },
        _ => show(page, provide, Err(incomplete())).await,
    }
}

fn incomplete() -> AppError {
    AppError(Error::invalid("The form was incomplete. Try again."))
}

/// The token page with what came of the form.
async fn show(
    page: Request,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    outcome: Result<Made, AppError>,
) -> Response {
    let posted = Posted(outcome);
    let context = move || {
        provide();
        provide_context(posted.clone());
    };
    let mut response = leptos_axum::render_app_async_with_context(context, shell)(page).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
