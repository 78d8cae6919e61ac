//! Signed HTTP to an address that answers as Micro should, or as it should not.

use super::{control, message, serve, start, text};
use crate::{signing::Keys, state::Fake};
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use serenity::interactions_endpoint::Verifier;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;

const USER: &str = "80351110224678912";
/// Longer than Discord waits.
const TOO_LONG: Duration = Duration::from_secs(4);

/// An application that is called here.
struct App {
    verifier: Verifier,
    /// How it answers a command of a name.
    answer: fn(&str) -> Value,
    slow: bool,
    calls: AtomicUsize,
}

async fn interaction(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (signature, timestamp) = (header("x-signature-ed25519"), header("x-signature-timestamp"));
    if app.verifier.verify(signature, timestamp, &body).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    app.calls.fetch_add(1, Ordering::SeqCst);
    if app.slow {
        tokio::time::sleep(TOO_LONG).await;
    }
    let sent: Value = serde_json::from_slice(&body).unwrap();
    if sent["type"] == 1 {
        return Json(json!({"type": 1})).into_response();
    }
    Json((app.answer)(sent["data"]["name"].as_str().unwrap_or_default())).into_response()
}

/// Starts an application that knows `keys`; returns its base.
async fn app(keys: &Keys, answer: fn(&str) -> Value, slow: bool) -> (String, Arc<App>) {
    let verifier = Verifier::new(&keys.public_hex());
    let app = Arc::new(App { verifier, answer, slow, calls: AtomicUsize::new(0) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/chat/discord/interaction", post(interaction));
    serve(listener, router.with_state(Arc::clone(&app)));
    (url, app)
}

async fn run(fake: &Fake, url: &str, more: Value) -> Value {
    let mut command = json!({"app_url": url, "user": USER, "name": "micro"});
    for (key, value) in more.as_object().unwrap() {
        command[key] = value.clone();
    }
    control(fake, "command", command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_becomes_a_message() {
    let fake = start().await;
    let (url, app) = app(&fake.keys, text, false).await;
    let ran = run(&fake, &url, json!({})).await;
    assert_eq!((&ran["acknowledged"], &ran["status"]), (&json!(true), &json!(200)), "{ran:#}");
    let state = fake.state().show();
    assert_eq!(
        (&state["messages"][0]["content"], &ran["message"]),
        (&json!("micro"), &state["messages"][0]["id"])
    );
    assert_eq!((&state["rejected"], &state["violations"]), (&json!([]), &json!([])));
    // Once more, byte for byte: the application gets it, the message stays one.
    let again = run(&fake, &url, json!({"replay": ran["interaction"]})).await;
    assert_eq!((again["status"].as_u64(), app.calls.load(Ordering::SeqCst)), (Some(200), 2), "{again:#}");
    assert_eq!(fake.state().messages.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_checks_signatures_is_not_blamed() {
    let fake = start().await;
    let (url, app) = app(&fake.keys, text, false).await;
    let good = control(&fake, "ping", json!({"app_url": url})).await;
    assert_eq!(good["acknowledged"], true, "{good:#}");
    for signature in ["bad", "missing"] {
        let ping = control(&fake, "ping", json!({"app_url": url, "signature": signature})).await;
        assert_eq!((&ping["status"], &ping["acknowledged"]), (&json!(401), &json!(false)), "{signature}");
        let ran = run(&fake, &url, json!({"signature": signature})).await;
        assert_eq!((&ran["status"], &ran["acknowledged"]), (&json!(401), &json!(false)), "{signature}");
    }
    assert_eq!((app.calls.load(Ordering::SeqCst), fake.state().violations.len()), (1, 0));
    // This application does not look at the time, and is blamed for it.
    control(&fake, "ping", json!({"app_url": url, "signature": "stale"})).await;
    assert_eq!(fake.state().violations[0].rule, "signature");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_answers_are_no_acknowledgement() {
    let answer = |_: &str| message(json!({"content": "a".repeat(2_001)}));
    let fake = start().await;
    let (url, _) = app(&fake.keys, answer, false).await;
    let ran = run(&fake, &url, json!({})).await;
    assert_eq!((&ran["status"], &ran["acknowledged"]), (&json!(200), &json!(false)), "{ran:#}");
    let state = fake.state();
    assert_eq!((state.rejected.len(), state.rejected[0].code, state.messages.len()), (1, 50035, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_answers_are_no_acknowledgement() {
    let fake = start().await;
    let (url, _) = app(&fake.keys, text, true).await;
    let ran = run(&fake, &url, json!({})).await;
    assert_eq!((&ran["status"], &ran["acknowledged"]), (&json!(0), &json!(false)), "{ran:#}");
    assert!(ran["latency_ms"].as_f64() >= Some(3_000.0), "{ran:#}");
    assert!(fake.state().messages.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn users_do_only_what_discord_lets_them() {
    let fake = start().await;
    let (url, _) = app(&fake.keys, text, false).await;
    let command = json!({
        "name": "micro", "description": "d", "options": [
            {"type": 1, "name": "logs", "description": "d", "options": [
                {"type": 3, "name": "service", "description": "d", "required": true, "autocomplete": true},
            ]},
        ],
    });
    fake.state().commands = vec![command];
    let given = |options: Value| json!({"options": options});
    let service = json!({"type": 3, "name": "service", "value": "greeter"});
    let logs = |options: Value| given(json!([{"type": 1, "name": "logs", "options": options}]));
    for (what, more) in [
        ("unknown", json!({"name": "macro"})),
        ("bare", json!({})),
        ("missing option", logs(json!([]))),
        ("wrong type", logs(json!([{"type": 4, "name": "service", "value": 1}]))),
        ("unknown option", logs(json!([service, {"type": 3, "name": "more", "value": "v"}]))),
        ("focused", logs(json!([{"type": 3, "name": "service", "value": "g", "focused": true}]))),
        ("user", json!({"user": "ann", "unchecked": true})),
    ] {
        let ran = run(&fake, &url, more).await;
        assert!(ran["error"].is_string() && ran["acknowledged"].is_null(), "{what}: {ran:#}");
    }
    let ran = run(&fake, &url, logs(json!([service]))).await;
    assert_eq!(ran["acknowledged"], true, "{ran:#}");
    let unchecked = run(&fake, &url, json!({"name": "macro", "unchecked": true, "dm": true})).await;
    assert_eq!(unchecked["acknowledged"], true, "{unchecked:#}");
}
