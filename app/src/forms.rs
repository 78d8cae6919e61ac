//! Forms whose answer cannot be a redirect: the page with a new token's secret, for browsers without scripts.

use crate::api::tokens::{DAY_MS, Made, Posted};
use crate::{AppError, RequestContext, routes, shell};
use axum::Form;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use leptos::prelude::provide_context;
use micro_domain::Error;
use serde::Deserialize;

/// Largest form accepted, in bytes.
const FORM_MAX_BYTES: usize = 16 * 1024;

/// What the token page's forms send: `create` with a name and a lifetime, or `revoke` with an id.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum TokenForm {
    Create { name: String, days: u32 },
    Revoke { id: String },
}

/// Answers `POST /tokens`. `provide` puts the context into place, as for every page; `context` is what it provides.
pub async fn post_tokens(
    context: RequestContext,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    mut request: Request,
) -> Response {
    if context.account.is_none() {
        return Redirect::to(&routes::login(routes::TOKENS)).into_response();
    }
    DefaultBodyLimit::max(FORM_MAX_BYTES).apply(&mut request);
    let form = match Form::<TokenForm>::from_request(request, &()).await {
        Ok(Form(form)) => form,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return rejection.into_response();
        }
        Err(_) => {
            return page(provide, Err(Error::invalid("The form was incomplete. Try again.").into())).await;
        }
    };
    let mut identity = context.client.identity();
    match form {
        TokenForm::Create { name, days } => {
            let made = identity.create_token(name.trim(), Some(u64::from(days).saturating_mul(DAY_MS))).await;
            let made = made.map(|made| Made { token: made.token, secret: made.secret });
            page(provide, made.map_err(AppError)).await
        }
        TokenForm::Revoke { id } => match identity.revoke_token(&id).await {
            Ok(_) => Redirect::to(routes::TOKENS).into_response(),
            Err(error) => page(provide, Err(error.into())).await,
        },
    }
}

/// The token page with what came of the form.
async fn page(
    provide: impl Fn() + Clone + Send + Sync + 'static,
    outcome: Result<Made, AppError>,
) -> Response {
    let posted = Posted(outcome);
    let context = move || {
        provide();
        provide_context(posted.clone());
    };
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = axum::http::Uri::from_static(routes::TOKENS);
    let mut response = leptos_axum::render_app_async_with_context(context, shell)(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    response
}
