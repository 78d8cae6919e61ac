//! Whether the process lives, and whether it is ready.

use super::Web;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use micro_domain::chat::{BotState, BotStatus};
use serde_json::{Value, json};

/// `GET /healthz`: the process answers.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the process answers calls; not any more once it is shutting down. How the bots are is told beside it, and
/// changes nothing: a platform that is away must not take the server away, too.
pub(super) async fn ready(State(web): State<Web>) -> Response {
    let ready = !web.stopping.is_cancelled() && web.database.read().ping().await.is_ok();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut told = json!({"ready": ready});
    if let (Some(bot), Some(told)) = (&web.bot, told.as_object_mut()) {
        told.insert("chat".to_owned(), chat(&bot.status()));
    }
    (status, Json(told)).into_response()
}

/// How the bots are, by platform.
pub(crate) fn chat(bots: &[BotStatus]) -> Value {
    Value::Object(bots.iter().map(|bot| (bot.platform.word().to_owned(), detail(bot))).collect())
}

fn detail(status: &BotStatus) -> Value {
    let mut told = json!({"state": status.state.word(), "mode": status.mode});
    if let (BotState::Degraded(why), Some(told)) = (&status.state, told.as_object_mut()) {
        told.insert("reason".to_owned(), json!(why));
    }
    told
}
