//! Response URLs: five posts within half an hour of what a person did.

use crate::{
    api, check, clock,
    records::{Call, Via},
    refusal::{Refusal, Reply, refuse},
    state::{Response, Shared, Slack},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use serde_json::{Value, json};

/// The name of response URLs among the methods.
pub(crate) const METHOD: &str = "response_url";

/// A post to a response URL.
pub(crate) async fn receive(
    State(slack): State<Shared>,
    Path(id): Path<String>,
    body: Bytes,
) -> impl IntoResponse {
    let arguments: Value = serde_json::from_slice(&body).unwrap_or_default();
    let at_ms = clock::real_ms();
    let call = |answer: &str| {
        let call = Call {
            method: METHOD.to_owned(),
            at_ms,
            arguments: arguments.clone(),
            answer: answer.to_owned(),
        };
        slack.state().calls.push(call);
    };
    let fault = slack.state().injected(METHOD, None);
    if let Some(fault) = fault
        && let Some(response) = api::faulty(&fault).await
    {
        call("injected");
        return response;
    }
    match post(&slack, &id, &arguments) {
        Ok(_) => {
            call("ok");
            api::answer(StatusCode::OK, &json!({"ok": true}))
        }
        Err(refusal) => {
            call(&refusal.error);
            slack.reject(METHOD, &refusal, &arguments);
            api::answer(status(&refusal), &refusal.body())
        }
    }
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal.error.as_str() {
        "invalid_url" | "expired_url" | "used_url" => StatusCode::NOT_FOUND,
        // Slack says these with 200, as the Web API does.
        _ => StatusCode::OK,
    }
}

/// Posts, replaces or deletes. A post that is refused counts as a use.
pub(crate) fn post(slack: &Slack, id: &str, arguments: &Value) -> Reply {
    let response = slack.state().spend_response(id, slack.clock.now_ms())?;
    if !arguments.is_object() {
        return refuse("invalid_payload");
    }
    if arguments["delete_original"] == true {
        delete(slack, &response);
        return Ok(json!({}));
    }
    check::message(arguments)?;
    let ephemeral = match arguments["response_type"].as_str() {
        None | Some("ephemeral") => true,
        Some("in_channel") => false,
        Some(_) => return refuse("invalid_arguments"),
    };
    let mut state = slack.state();
    let original = response.message.filter(|_| arguments["replace_original"] == true);
    if let Some(at) = state.messages.iter().position(|message| Some(&message.id) == original.as_ref()) {
        let content = state.with_ids(arguments);
        state.messages[at].change(Via::ResponseUrl, &content);
        return Ok(json!({}));
    }
    // A command has no message to replace: Slack posts a new one then (slackapi/bolt-js#2287).
    let reader = ephemeral.then_some(response.user.as_str());
    let ts = state.post(Via::ResponseUrl, &response.channel, reader, arguments);
    let message = state.messages.iter_mut().find(|message| message.id == ts).unwrap();
    message.answers = Some(response.delivery);
    Ok(json!({}))
}

fn delete(slack: &Slack, response: &Response) {
    let mut state = slack.state();
    let original = state.messages.iter_mut().find(|message| Some(&message.id) == response.message.as_ref());
    if let Some(message) = original {
        message.deleted = true;
    }
}
