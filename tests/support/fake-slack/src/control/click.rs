//! Somebody uses an element: presses a button, chooses an option, types into a select.

use crate::{
    clock,
    control::{
        Answer, Rest,
        act::with_handles,
        answer,
        find::{self, Place, Pointer, Target},
        payload::{self, Actor},
        shape, wrong,
    },
    deliver::{Kind, Route, deliver},
    state::{Shared, Slack},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

/// What an external select asks for unless it says otherwise, in characters.
const MIN_QUERY_LENGTH: u64 = 3;

/// Somebody uses an element of a message or view.
#[derive(Debug, Deserialize)]
pub(super) struct Click {
    #[serde(flatten)]
    route: Route,
    #[serde(flatten)]
    actor: Actor,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    pointer: Pointer,
    /// What is chosen, where the element offers a choice.
    #[serde(default)]
    value: Value,
    /// What was typed or chosen elsewhere in the same message or view before.
    #[serde(default)]
    values: Value,
    #[serde(flatten)]
    rest: Rest,
}

/// Sends `block_actions`.
pub(super) async fn click(State(slack): State<Shared>, Json(click): Json<Click>) -> Answer {
    click.rest.none()?;
    let id = slack.state().id("d");
    let user = &click.actor.user;
    let target = find::target(&slack.state(), &click.place, user)?;
    let (block, mut element) = find::element(&target, &click.pointer)?;
    if is_external(&element) {
        // Nobody can choose what was not suggested to them.
        let place = (user.clone(), block.clone(), id_of(&element));
        let suggested = slack.state().suggested.get(&place).cloned().unwrap_or_default();
        element["options"] = suggested["options"].clone();
        element["option_groups"] = suggested["option_groups"].clone();
    }
    let state = shape::values(target.blocks(), &click.values, false)?;
    let mut payload = payload::interaction(&slack, &click.actor, "block_actions");
    payload["actions"] = json!([action(&block, &element, &click.value)?]);
    place(&slack, &mut payload, &target, &state);
    payload["trigger_id"] = json!(slack.trigger(user, target.view()));
    match &target {
        Target::Message(message) => {
            let url = slack.response_url(user, &message.channel, Some(&message.id), &id);
            payload["response_url"] = json!(url);
            payload["state"] = state;
        }
        Target::View(_) => payload["response_urls"] = json!([]),
    }
    let outcome = deliver(&slack, &click.route, Kind::Interaction, &id, &payload).await;
    Ok(Json(with_handles(&outcome, &payload)))
}

/// Whether the app suggests an element's options.
fn is_external(element: &Value) -> bool {
    element["type"].as_str().is_some_and(|kind| kind.ends_with("external_select"))
}

fn id_of(element: &Value) -> String {
    element["action_id"].as_str().unwrap_or_default().to_owned()
}

/// Says in a payload where it happened.
fn place(slack: &Slack, payload: &mut Value, target: &Target, state: &Value) {
    match target {
        Target::Message(message) => payload::in_message(slack, payload, message),
        Target::View(view) => {
            payload::in_view(payload, view);
            payload["view"]["state"] = state.clone();
        }
    }
}

fn action(block: &str, element: &Value, given: &Value) -> Result<Value, (axum::http::StatusCode, String)> {
    let stamp = clock::real_ms();
    let mut action = if element["type"] == "button" {
        json!({"type": "button", "text": element["text"], "value": element["value"], "style": element["style"]})
    } else {
        if given.is_null() {
            return wrong(format!("say what is chosen of {element}"));
        }
        shape::value(element, given)?
    };
    action["block_id"] = json!(block);
    action["action_id"] = element["action_id"].clone();
    action["action_ts"] = json!(format!("{}.{:06}", stamp / 1_000, stamp % 1_000 * 1_000));
    // Slack leaves out what is not there.
    action.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    Ok(action)
}

/// Somebody types into a select whose options the app suggests.
#[derive(Debug, Deserialize)]
pub(super) struct Suggest {
    #[serde(flatten)]
    route: Route,
    #[serde(flatten)]
    actor: Actor,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    pointer: Pointer,
    /// What is typed so far.
    #[serde(default)]
    value: String,
    /// What was typed or chosen elsewhere in the same view before.
    #[serde(default)]
    values: Value,
    #[serde(flatten)]
    rest: Rest,
}

/// Sends `block_suggestion`; answers the options too.
pub(super) async fn suggest(State(slack): State<Shared>, Json(suggest): Json<Suggest>) -> Answer {
    suggest.rest.none()?;
    let id = slack.state().id("d");
    let target = find::target(&slack.state(), &suggest.place, &suggest.actor.user)?;
    let (block, element) = find::element(&target, &suggest.pointer)?;
    if !is_external(&element) {
        return wrong(format!("the options of {element} are not suggested"));
    }
    let min = element["min_query_length"].as_u64().unwrap_or(MIN_QUERY_LENGTH);
    if (suggest.value.chars().count() as u64) < min {
        return wrong(format!("Slack asks only once {min} characters are typed"));
    }
    let state = shape::values(target.blocks(), &suggest.values, false)?;
    let mut payload = payload::interaction(&slack, &suggest.actor, "block_suggestion");
    place(&slack, &mut payload, &target, &state);
    payload["block_id"] = json!(block);
    payload["action_id"] = element["action_id"].clone();
    payload["value"] = json!(suggest.value);
    let outcome = deliver(&slack, &suggest.route, Kind::Options, &id, &payload).await;
    let mut shown = outcome.shown();
    let options = answer::options(&slack, &outcome);
    slack.state().suggested.insert((suggest.actor.user, block, id_of(&element)), options.clone());
    shown["answer"] = options;
    Ok(Json(shown))
}
