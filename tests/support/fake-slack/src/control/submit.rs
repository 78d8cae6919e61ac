//! Somebody submits or closes a modal.

use crate::{
    control::{
        Answer, Rest,
        act::with_handles,
        answer, find,
        payload::{self, Actor},
        shape, wrong,
    },
    deliver::{Kind, Route, deliver},
    state::Shared,
};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

/// Somebody submits a modal.
#[derive(Debug, Deserialize)]
pub(super) struct Submit {
    #[serde(flatten)]
    route: Route,
    #[serde(flatten)]
    actor: Actor,
    view: String,
    /// What was typed or chosen, by block.
    #[serde(default)]
    values: Value,
    #[serde(flatten)]
    rest: Rest,
}

/// Sends `view_submission`, and does with the view what the app answers.
pub(super) async fn submit(State(slack): State<Shared>, Json(submit): Json<Submit>) -> Answer {
    submit.rest.none()?;
    let id = slack.state().id("d");
    let user = &submit.actor.user;
    let mut view = find::view(&slack.state(), &submit.view, user)?;
    if view.view["type"] != "modal" || view.view["submit"].is_null() {
        return wrong(format!("view {} has no submit button", view.id));
    }
    let blocks = view.view["blocks"].as_array().cloned().unwrap_or_default();
    view.view["state"] = shape::values(&blocks, &submit.values, true)?;
    let mut payload = payload::interaction(&slack, &submit.actor, "view_submission");
    payload["view"] = view.view.clone();
    payload["response_urls"] = json!([]);
    payload["trigger_id"] = json!(slack.trigger(user, Some(&view.id)));
    if let Some(held) = slack.state().views.iter_mut().find(|held| held.id == view.id) {
        held.view["state"] = view.view["state"].clone();
    }
    let outcome = deliver(&slack, &submit.route, Kind::Interaction, &id, &payload).await;
    let mut shown = with_handles(&outcome, &payload);
    payload::fill(shown.as_object_mut().unwrap(), answer::submission(&slack, &outcome, &view));
    Ok(Json(shown))
}

/// Somebody closes a modal.
#[derive(Debug, Deserialize)]
pub(super) struct Close {
    #[serde(flatten)]
    route: Route,
    #[serde(flatten)]
    actor: Actor,
    view: String,
    /// Whether all modals on the stack are closed.
    #[serde(default)]
    all: bool,
    #[serde(flatten)]
    rest: Rest,
}

/// Closes a modal, and tells the app if it asked for that.
pub(super) async fn close(State(slack): State<Shared>, Json(close): Json<Close>) -> Answer {
    close.rest.none()?;
    let id = slack.state().id("d");
    let view = find::view(&slack.state(), &close.view, &close.actor.user)?;
    slack.state().close(&view.id, close.all);
    if view.view["notify_on_close"] != true {
        return Ok(Json(json!({"acknowledged": null})));
    }
    let mut payload = payload::interaction(&slack, &close.actor, "view_closed");
    payload["view"] = view.view.clone();
    payload["is_cleared"] = json!(close.all);
    let outcome = deliver(&slack, &close.route, Kind::Interaction, &id, &payload).await;
    Ok(Json(outcome.shown()))
}
