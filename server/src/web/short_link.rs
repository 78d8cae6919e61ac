//! `/u/{id}`: follows a link of the base service `url`, for people who are signed in.

use super::{Web, caller::Caller};
use crate::edge::text;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::StatusCode;
use micro_app::routes;
use micro_domain::{Code, call::Target};
use serde::Deserialize;
use serde_json::json;

/// The part of the service's answer that is needed.
#[derive(Deserialize)]
struct Resolved {
    url: String,
}

/// Resolves the link through the gateway, as the caller, and redirects.
pub(super) async fn follow(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    if caller.principal.is_none() {
        let next = routes::encode(&format!("/u/{}", routes::encode(&id)));
        return Redirect::to(&format!("{}?next={next}", routes::LOGIN)).into_response();
    }
    let target = Target { service: "url".to_owned(), method: "Resolve".to_owned(), ..Target::default() };
    let answer = caller.client(&web.client).gateway().unary(target, json!({ "id": id }).to_string()).await;
    let message = answer
        .ok()
        .filter(|answer| answer.ended.code == Code::Ok)
        .and_then(|answer| answer.messages.into_iter().next());
    match message.and_then(|json| serde_json::from_str::<Resolved>(&json).ok()) {
        Some(resolved) => Redirect::to(&resolved.url).into_response(),
        None => text(StatusCode::NOT_FOUND, "There is no such short link.\n"),
    }
}
