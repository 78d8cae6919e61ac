//! Commands, events, and interactions that a test writes itself.

use crate::{
    control::{
        Answer, Rest, answer,
        find::{self, Place},
        payload::{self, Actor},
        wrong,
    },
    deliver::{Kind, Outcome, Route, deliver, http},
    state::Shared,
};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Somebody types a slash command.
#[derive(Debug, Deserialize)]
pub(super) struct Command {
    #[serde(flatten)]
    route: Route,
    #[serde(flatten)]
    actor: Actor,
    channel: String,
    #[serde(default = "micro")]
    command: String,
    #[serde(default)]
    text: String,
    #[serde(flatten)]
    rest: Rest,
}

fn micro() -> String {
    "/micro".to_owned()
}

/// Sends a slash command; what its acknowledgement says is posted.
pub(super) async fn command(State(slack): State<Shared>, Json(command): Json<Command>) -> Answer {
    command.rest.none()?;
    let id = slack.state().id("d");
    let user = &command.actor.user;
    let mut payload =
        payload::command(&slack, &command.actor, &command.channel, &command.command, &command.text);
    payload["trigger_id"] = json!(slack.trigger(user, None));
    payload["response_url"] = json!(slack.response_url(user, &command.channel, None, &id));
    let outcome = deliver(&slack, &command.route, Kind::Command, &id, &payload).await;
    answer::post(&slack, &outcome, &command.channel, user);
    Ok(Json(with_handles(&outcome, &payload)))
}

/// Somebody does something, described by the test.
#[derive(Debug, Deserialize)]
pub(super) struct Interaction {
    #[serde(flatten)]
    route: Route,
    #[serde(flatten)]
    actor: Actor,
    #[serde(flatten)]
    place: Place,
    channel: Option<String>,
    #[serde(default)]
    payload: Map<String, Value>,
    #[serde(flatten)]
    rest: Rest,
}

/// Sends an interaction: the given payload, and what it leaves out.
pub(super) async fn interaction(State(slack): State<Shared>, Json(act): Json<Interaction>) -> Answer {
    act.rest.none()?;
    let id = slack.state().id("d");
    let user = &act.actor.user;
    let kind = act.payload.get("type").and_then(Value::as_str).unwrap_or("block_actions").to_owned();
    let mut base = payload::interaction(&slack, &act.actor, &kind);
    if let Some(channel) = &act.channel {
        base["channel"] = payload::channel(channel);
    }
    if act.place.view.is_some() || act.place.message.is_some() {
        let target = find::target(&slack.state(), &act.place, user)?;
        match target {
            find::Target::Message(message) => payload::in_message(&slack, &mut base, &message),
            find::Target::View(view) => payload::in_view(&mut base, &view),
        }
    }
    if kind != "block_suggestion" {
        base["trigger_id"] = json!(slack.trigger(user, act.place.view.as_deref()));
    }
    if let Some(channel) = base["channel"]["id"].as_str() {
        let url = slack.response_url(user, channel, act.place.message.as_deref(), &id);
        base["response_url"] = json!(url);
    }
    let mut whole = act.payload;
    payload::fill(&mut whole, base);
    let payload = Value::Object(whole);
    let to = if kind == "block_suggestion" { Kind::Options } else { Kind::Interaction };
    let outcome = deliver(&slack, &act.route, to, &id, &payload).await;
    Ok(Json(with_handles(&outcome, &payload)))
}

/// Something of the Events API.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(flatten)]
    route: Route,
    #[serde(default)]
    event: Value,
    /// What stands in place of anything around the event, such as its `event_id`.
    #[serde(default)]
    payload: Map<String, Value>,
    #[serde(flatten)]
    rest: Rest,
}

/// Sends an event.
pub(super) async fn event(State(slack): State<Shared>, Json(event): Json<Event>) -> Answer {
    event.rest.none()?;
    let id = slack.state().id("d");
    let mut whole = event.payload;
    payload::fill(&mut whole, payload::event(&slack, &event.event));
    let payload = Value::Object(whole);
    let outcome = deliver(&slack, &event.route, Kind::Event, &id, &payload).await;
    let mut shown = outcome.shown();
    shown["event_id"] = payload["event_id"].clone();
    Ok(Json(shown))
}

/// Any body at all, signed.
#[derive(Debug, Deserialize)]
pub(super) struct Raw {
    #[serde(flatten)]
    route: Route,
    /// The last part of the app's path.
    kind: String,
    content_type: String,
    body: String,
    #[serde(flatten)]
    rest: Rest,
}

/// Sends a request that Slack would not send.
pub(super) async fn raw(State(slack): State<Shared>, Json(raw): Json<Raw>) -> Answer {
    raw.rest.none()?;
    let Some(app_url) = &raw.route.app_url else { return wrong("say which app_url") };
    let body = raw.body.into();
    let request = http::raw(&slack, &raw.route, app_url, &raw.kind, &raw.content_type, body);
    let attempts = vec![http::attempt(&request).await];
    Ok(Json(Outcome { id: slack.state().id("d"), attempts }.shown()))
}

/// What became of it, with what the app could answer by.
pub(super) fn with_handles(outcome: &Outcome, payload: &Value) -> Value {
    let mut shown = outcome.shown();
    shown["trigger_id"] = payload["trigger_id"].clone();
    shown["response_url"] = payload["response_url"].clone();
    shown
}
