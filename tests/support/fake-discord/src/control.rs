//! What tests drive the fake with: JSON under `/control/`, which `micro_support::fake_discord` wraps.
//!
//! `command`, `autocomplete`, `click` and `submit` act as a user and answer with what became of it; `ping` and `raw`
//! send to Micro's address as a stranger could. With `app_url` delivery is signed HTTP, without it the gateway. A
//! request no user could make, such as a click on a button that is not there, is answered 400 with an `error`.

mod act;
mod registered;
mod tune;
mod visible;

use crate::state::Fake;
use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// The largest body a test has sent on, in bytes.
const BODY_BYTES_MAX: usize = 128 * 1024 * 1024;

/// A request that makes no sense: what a user of Discord could not do, or a test that asks wrongly.
#[derive(Debug)]
pub(crate) struct Complaint(pub(crate) String);

impl IntoResponse for Complaint {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

/// A complaint with these words.
fn complain<T>(words: impl Into<String>) -> Result<T, Complaint> {
    Err(Complaint(words.into()))
}

/// The routes under `/control`.
pub(crate) fn router(fake: &Arc<Fake>) -> Router {
    Router::new()
        .route("/command", post(act::command))
        .route("/autocomplete", post(act::autocomplete))
        .route("/click", post(act::click))
        .route("/submit", post(act::submit))
        .route("/ping", post(act::ping))
        .route("/raw", post(act::raw))
        .route("/state", get(tune::state))
        .route("/reset", post(tune::reset))
        .route("/clock", post(tune::clock))
        .route("/inject", post(tune::inject))
        .route("/gateway", post(tune::gateway))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::clone(fake))
}
