//! What an acknowledgement may say: a message, options, what to do with a view.

use crate::{
    check,
    deliver::Outcome,
    records::{Via, View},
    refusal::{Refusal, Reply, refuse},
    state::Slack,
};
use serde_json::{Value, json};

/// What refusals of an acknowledgement are noted under.
const METHOD: &str = "acknowledgement";

/// Posts what a command's acknowledgement says, if it says anything.
pub(super) fn post(slack: &Slack, outcome: &Outcome, channel: &str, user: &str) {
    let attempt = outcome.attempt();
    if !attempt.acknowledged || attempt.body.is_empty() {
        return;
    }
    let content = match outcome.answer() {
        Value::Object(object) if object.is_empty() => return,
        Value::Object(object) => Value::Object(object),
        _ => json!({"text": attempt.body}),
    };
    if let Err(refusal) = check::message(&content) {
        return slack.reject(METHOD, &refusal, &content);
    }
    let reader = (content["response_type"] != "in_channel").then_some(user);
    let mut state = slack.state();
    state.post(Via::Acknowledgement, channel, reader, &content);
    state.messages.last_mut().unwrap().answers = Some(outcome.id.clone());
}

/// The options an app suggests; `null` where Slack would show none: they were wrong, or came too late.
pub(super) fn options(slack: &Slack, outcome: &Outcome) -> Value {
    let answer = outcome.answer();
    let checked = match outcome.attempt().acknowledged {
        true => check::suggestions(&answer),
        false => refuse("options_unavailable"),
    };
    match checked {
        Ok(()) => answer,
        Err(refusal) => {
            slack.reject(METHOD, &refusal, &answer);
            Value::Null
        }
    }
}

/// Does what the answer to a submission says. Returns the action, and the view that is now in front.
pub(super) fn submission(slack: &Slack, outcome: &Outcome, view: &View) -> Value {
    let answer = outcome.answer();
    if !outcome.attempt().acknowledged {
        return json!({"response_action": null, "view": view});
    }
    let action = answer["response_action"].as_str().unwrap_or("close").to_owned();
    let front = match act(slack, &action, &answer, view) {
        Ok(front) => front,
        Err(refusal) => {
            slack.reject(METHOD, &refusal, &answer);
            json!(view)
        }
    };
    json!({"response_action": action, "view": front, "errors": answer["errors"]})
}

fn act(slack: &Slack, action: &str, answer: &Value, view: &View) -> Reply {
    let id = view.id.as_str();
    match action {
        "close" if answer.is_null() || answer.as_object().is_some_and(serde_json::Map::is_empty) => {
            let mut state = slack.state();
            state.close(id, false);
            let below = view.view["previous_view_id"].as_str();
            Ok(json!(below.and_then(|below| state.view(below).ok())))
        }
        "clear" => {
            slack.state().close(id, true);
            Ok(Value::Null)
        }
        "update" => {
            check::view(&answer["view"], "modal")?;
            let mut state = slack.state();
            state.change(id, &answer["view"]);
            Ok(json!(state.view(id)?))
        }
        "push" => {
            check::view(&answer["view"], "modal")?;
            let mut state = slack.state();
            let pushed = state.show(&slack.options.team, &view.user, &answer["view"], Some(id))?;
            Ok(json!(state.view(&pushed)?))
        }
        "errors" => errors(slack, answer, view),
        _ => refuse("invalid_response_action"),
    }
}

/// Errors must name input blocks of the view.
fn errors(slack: &Slack, answer: &Value, view: &View) -> Reply {
    let blocks = view.view["blocks"].as_array().into_iter().flatten();
    let inputs: Vec<&Value> =
        blocks.filter(|block| block["type"] == "input").map(|block| &block["block_id"]).collect();
    let errors = answer["errors"].as_object().filter(|errors| !errors.is_empty());
    let Some(errors) = errors else { return refuse("invalid_response_action") };
    for (block, error) in errors {
        if !inputs.iter().any(|input| **input == block.as_str()) || error.as_str().is_none_or(str::is_empty) {
            let message = format!("[ERROR] no input block has this error [json-pointer:/errors/{block}]");
            return Err(Refusal::because("invalid_response_action", vec![message]));
        }
    }
    let mut state = slack.state();
    if let Some(held) = state.views.iter_mut().find(|held| held.id == view.id) {
        held.errors = answer["errors"].clone();
    }
    Ok(json!(state.view(&view.id)?))
}
