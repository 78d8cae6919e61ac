//! A fake that serves, and an app that it sends requests to.

use super::app::{App, Fake};
use crate::records::Via;
use serde_json::{Value, json};

fn command(app: &App, text: &str) -> Value {
    json!({"app_url": app.url, "user": "U1", "user_name": "ann", "channel": "C1", "text": text})
}

#[tokio::test]
async fn commands_are_signed() {
    let (fake, app) = (Fake::start().await, App::start().await);
    let sent = fake.control("command", command(&app, "services a&b")).await;
    assert_eq!(sent["acknowledged"], true, "{sent}");
    let request = app.last();
    let timestamp = request.header("x-slack-request-timestamp");
    let secret = &fake.slack.options.signing_secret;
    let expected = crate::signature::sign(secret, &timestamp, request.body.as_bytes());
    assert_eq!(request.header("x-slack-signature"), expected);
    assert_eq!(request.path, "/chat/slack/command");
    assert!(request.body.contains("text=services+a%26b"), "{}", request.body);
    assert!(request.body.contains("user_id=U1"), "{}", request.body);

    let mut again = command(&app, "");
    again["replay"] = sent["id"].clone();
    fake.control("command", again).await;
    assert_eq!((app.last().body, app.last().header("x-slack-signature")), (request.body, expected));

    let mut bad = command(&app, "");
    bad["signature"] = json!("missing");
    bad["timestamp_offset_s"] = json!(-400);
    fake.control("command", bad).await;
    assert_eq!(app.last().header("x-slack-signature"), "");
    assert!(app.last().header("x-slack-request-timestamp") < timestamp);
}

#[tokio::test]
async fn acknowledgements_are_awaited_for_three_seconds() {
    let (fake, app) = (Fake::start().await, App::start().await);
    app.answer(200, "", 4_000);
    let sent = fake.control("command", command(&app, "")).await;
    assert_eq!((&sent["acknowledged"], &sent["error"]), (&json!(false), &json!("timeout")));
    app.answer(200, "Done.", 0);
    fake.control("command", command(&app, "")).await;
    let state = fake.state().await;
    assert_eq!(state["messages"][0]["via"], "acknowledgement");
    assert_eq!(state["messages"][0]["user"], "U1");
    assert_eq!(state["deliveries"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn events_are_retried() {
    let (fake, app) = (Fake::start().await, App::start().await);
    app.answer(500, "", 0);
    let event =
        json!({"app_url": app.url, "event": {"type": "app_home_opened", "user": "U1", "tab": "home"}});
    let sent = fake.control("event", event).await;
    assert_eq!(sent["acknowledged"], false);
    app.wait_for(2).await;
    assert_eq!(app.last().header("x-slack-retry-num"), "1");
    assert_eq!(app.last().header("x-slack-retry-reason"), "http_error");
    app.answer(200, "", 0);
    while fake.state().await["retries"] != 1 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    fake.control("clock", json!({"advance_s": 60})).await;
    app.wait_for(3).await;
    assert_eq!(app.last().header("x-slack-retry-num"), "2");
}

#[tokio::test]
async fn guests_are_of_another_team_and_slips_are_told() {
    let (fake, app) = (Fake::start().await, App::start().await);
    let mut guest = command(&app, "whoami");
    guest["team"] = json!("T0999");
    fake.control("command", guest.clone()).await;
    assert!(app.last().body.contains("team_id=T0999"), "{}", app.last().body);
    guest["txet"] = json!("whoami");
    let (status, text) = fake.request("POST", "/control/command", guest.to_string()).await;
    assert_eq!((status, text.as_str()), (400, "nothing here is called txet"));
}

#[tokio::test]
async fn only_what_was_suggested_in_time_can_be_chosen() {
    let (fake, app) = (Fake::start().await, App::start().await);
    let menu = json!({"type": "external_select", "action_id": "m", "min_query_length": 0});
    let content = json!({"text": "x", "blocks": [{"type": "actions", "block_id": "b", "elements": [menu]}]});
    let ts = fake.slack.state().post(Via::Ephemeral, "C1", Some("U1"), &content);
    let act = |value: &str| json!({"app_url": app.url, "user": "U1", "message": ts, "action_id": "m", "value": value});
    let choose = async || fake.request("POST", "/control/click", act("hello").to_string()).await.0;
    assert_eq!(choose().await, 400);

    app.answer(
        200,
        r#"{"options": [{"text": {"type": "plain_text", "text": "Hello"}, "value": "hello"}]}"#,
        0,
    );
    assert_eq!(fake.control("suggest", act("he")).await["answer"]["options"][0]["value"], "hello");
    let asked = app.last();
    assert_eq!(asked.path, "/chat/slack/options");
    let payload = url::form_urlencoded::parse(asked.body.as_bytes()).next().unwrap().1.into_owned();
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(
        (&payload["type"], &payload["block_id"], &payload["value"]),
        (&json!("block_suggestion"), &json!("b"), &json!("he"))
    );
    assert!(payload["trigger_id"].is_null() && payload["response_url"].is_null(), "{payload}");
    assert_eq!(choose().await, 200);
    assert!(app.last().body.contains("selected_option"), "{}", app.last().body);

    app.answer(200, r#"{"options": []}"#, 4_000);
    assert_eq!(fake.control("suggest", act("")).await["answer"], Value::Null);
    assert_eq!(fake.state().await["rejected"][0]["error"], "options_unavailable");
    assert_eq!(choose().await, 400);
}
