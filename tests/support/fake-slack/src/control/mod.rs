//! What tests do: play people, move the clock, order faults, look at what there is.

mod act;
mod answer;
mod click;
mod find;
mod payload;
mod shape;
mod submit;
mod world;

use crate::state::Shared;
use axum::{
    Json, Router,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Map, Value};

/// What a control request answers; a wrong one says why.
pub(crate) type Answer = Result<Json<Value>, (StatusCode, String)>;

/// A control request that cannot be done.
fn wrong<T>(why: impl Into<String>) -> Result<T, (StatusCode, String)> {
    Err((StatusCode::BAD_REQUEST, why.into()))
}

/// What a request says that nothing reads: most likely a slip of the test's.
#[derive(Debug, Default, serde::Deserialize)]
struct Rest(Map<String, Value>);

impl Rest {
    /// Refuses a request with such words.
    fn none(&self) -> Result<(), (StatusCode, String)> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => wrong(format!("nothing here is called {key}")),
        }
    }
}

/// Everything under `/control`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/command", post(act::command))
        .route("/interaction", post(act::interaction))
        .route("/event", post(act::event))
        .route("/raw", post(act::raw))
        .route("/click", post(click::click))
        .route("/suggest", post(click::suggest))
        .route("/submit", post(submit::submit))
        .route("/close", post(submit::close))
        .route("/state", get(world::state))
        .route("/file/{id}", get(world::file))
        .route("/reset", post(world::reset))
        .route("/clock", post(world::clock))
        .route("/inject", post(world::inject))
        .route("/scopes", post(world::scopes))
        .route("/sign", post(world::sign))
        .route("/socket", post(world::socket))
}
