//! Whether the process lives, and whether it is ready.

use super::Web;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use serde_json::json;

/// `GET /healthz`: the process answers.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the process answers calls; not any more once it is shutting down.
pub(super) async fn ready(State(web): State<Web>) -> Response {
    let ready = !web.stopping.is_cancelled() && web.database.read().ping().await.is_ok();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": ready}))).into_response()
}
