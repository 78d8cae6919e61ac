//! The gateway for callers with a session, and its refusals.

use super::{Web, caller::Caller};
use axum::{
    Extension, Json,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use micro_domain::Error;
use serde_json::json;

/// Hands an API call to the gateway as the session's principal.
pub(super) async fn answer(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let request = request.map(tonic::body::Body::new);
    web.gateway.handle(request, caller.principal).await.map(Body::new)
}

/// Refuses a call whose credential is wrong, in the protocol it speaks.
pub(crate) fn refuse(headers: &HeaderMap, error: &Error) -> Response {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/grpc") {
        let mut response = micro_proto::error::to_status(error).into_http::<Body>();
        if let Ok(echo) = HeaderValue::try_from(content_type) {
            response.headers_mut().insert(header::CONTENT_TYPE, echo);
        }
        return response;
    }
    let status = StatusCode::from_u16(error.code.http_status()).unwrap_or(StatusCode::UNAUTHORIZED);
    let body = json!({"code": error.code.connect_name(), "message": error.message});
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"micro\""));
    }
    response
}
