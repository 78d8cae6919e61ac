//! The gateway: a WebSocket that takes IDENTIFY and RESUME and sends what happens.

pub(crate) mod connection;
pub(crate) mod sessions;

use crate::state::Fake;
use axum::{
    extract::{RawQuery, State, ws::WebSocketUpgrade},
    response::Response,
};
use std::sync::Arc;

/// Takes a WebSocket.
pub(crate) async fn connect(
    State(fake): State<Arc<Fake>>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| connection::serve(fake, query.unwrap_or_default(), socket))
}
