//! The single-use things, without a server.

use crate::{options::Options, respond, state::Slack};
use clap::Parser as _;
use serde_json::{Value, json};

mod app;
mod client;
mod http;

fn slack() -> Slack {
    Slack::new(Options::parse_from(["micro-fake-slack"]), "127.0.0.1:1")
}

fn error<T>(result: Result<T, crate::refusal::Refusal>) -> String {
    result.err().map_or_else(|| "ok".to_owned(), |refusal| refusal.error)
}

#[test]
fn a_trigger_works_once_within_three_seconds() {
    let slack = slack();
    let spend = |id: &str| {
        let now_ms = slack.clock.now_ms();
        error(slack.state().spend_trigger(id, now_ms))
    };
    let trigger = slack.trigger("U1", None);
    assert_eq!(spend(&trigger), "ok");
    assert_eq!(spend(&trigger), "exchanged_trigger_id");
    let trigger = slack.trigger("U1", None);
    slack.clock.advance(3_000);
    assert_eq!(spend(&trigger), "expired_trigger_id");
    assert_eq!(spend("other"), "invalid_trigger_id");
}

#[test]
fn a_response_url_takes_five_posts_within_half_an_hour() {
    let slack = slack();
    let open = || {
        let url = slack.response_url("U1", "C1", None, "d1");
        url.rsplit('/').next().unwrap().to_owned()
    };
    let post = |id: &str| error(respond::post(&slack, id, &json!({"text": "hello"})));
    let id = open();
    for _ in 0..5 {
        assert_eq!(post(&id), "ok");
    }
    assert_eq!(post(&id), "used_url");
    let state = slack.state();
    assert_eq!(state.messages.len(), 5);
    assert!(state.messages.iter().all(|message| message.user.as_deref() == Some("U1")));
    drop(state);
    let id = open();
    slack.clock.advance(30 * 60 * 1_000 - 1_000);
    assert_eq!(post(&id), "ok");
    slack.clock.advance(1_000);
    assert_eq!(post(&id), "expired_url");
}

#[test]
fn a_response_url_replaces_and_deletes_what_was_clicked() {
    let slack = slack();
    let ts = slack.state().post(crate::records::Via::PostMessage, "C1", None, &json!({"text": "old"}));
    let url = slack.response_url("U1", "C1", Some(&ts), "d1");
    let id = url.rsplit('/').next().unwrap();
    let post = |arguments: Value| error(respond::post(&slack, id, &arguments));
    assert_eq!(post(json!({"text": "new", "replace_original": true})), "ok");
    assert_eq!(slack.state().messages[0].text, "new");
    assert_eq!(slack.state().messages[0].history.len(), 2);
    assert_eq!(post(json!({"text": "beside", "response_type": "in_channel"})), "ok");
    assert_eq!(slack.state().messages[1].user, None);
    assert_eq!(post(json!({"blocks": []})), "no_text");
    assert_eq!(post(json!({"delete_original": true})), "ok");
    assert!(slack.state().messages[0].deleted);
}
