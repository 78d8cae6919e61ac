#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::options::DiscordDelivery;
use axum::{Json, Router, extract::State, response::IntoResponse as _, routing};
use micro_domain::identity::Secret;
use serde_json::json;
use std::{collections::VecDeque, sync::Mutex};

/// What the API answers: a status, headers and JSON.
type Answer = (u16, Vec<(&'static str, &'static str)>, Value);

/// What came: method, authorization, media type and body.
type Came = (String, String, String, String);

#[derive(Clone, Default)]
struct Api {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    came: Arc<Mutex<Vec<Came>>>,
}

async fn answer(State(api): State<Api>, request: axum::extract::Request) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let header =
        |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = axum::body::to_bytes(body, ANSWER_MAX_BYTES).await.unwrap();
    api.came.lock().unwrap().push((
        parts.method.to_string(),
        header(header::AUTHORIZATION),
        header(header::CONTENT_TYPE),
        String::from_utf8(body.to_vec()).unwrap(),
    ));
    let (status, headers, json) =
        api.answers.lock().unwrap().pop_front().unwrap_or((200, Vec::new(), json!({})));
    let mut response = (StatusCode::from_u16(status).unwrap(), Json(json)).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// An API that answers these, and a client of it.
async fn rest(answers: Vec<Answer>) -> (Rest, Api) {
    let api = Api { answers: Arc::new(Mutex::new(answers.into())), ..Api::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(routing::any(answer)).with_state(api.clone());
    #[expect(clippy::disallowed_methods, reason = "a test's server")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    let options = options::Discord {
        bot_token: Secret::new("t0k"),
        delivery: DiscordDelivery::Gateway,
        api_url,
        elsewhere: true,
    };
    (Rest::new(&options, Arc::new(Health::new(|_| {}))).unwrap(), api)
}

#[tokio::test]
async fn what_is_busy_is_asked_again_and_what_is_refused_is_not() {
    let limited = (429, vec![("retry-after", "1")], json!({"retry_after": 0.01}));
    let broken = (503, Vec::new(), Value::Null);
    let (rest, api) = rest(vec![limited, broken, (200, Vec::new(), json!({"id": "1"}))]).await;
    assert_eq!(rest.call(Call::new("GET", "users/@me")).await.unwrap()["id"], "1");
    assert_eq!(api.came.lock().unwrap().len(), 3);
    api.answers.lock().unwrap().push_back((404, Vec::new(), json!({"code": 10015})));
    let refusal = rest.call(Call::new("PATCH", "webhooks/1/a").body(&json!({}))).await.unwrap_err();
    assert_eq!(refusal, Refusal::Answer(404, 10015));
    assert!(refusal.is_gone() && refusal.is_early());
    assert_eq!(api.came.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn it_gives_up_in_time() {
    let limited = |retry_after: f64| (429, Vec::new(), json!({"retry_after": retry_after}));
    let (client, api) = rest(vec![limited(0.01); 9]).await;
    assert_eq!(client.call(Call::new("GET", "a")).await, Err(Refusal::Limited));
    assert_eq!(api.came.lock().unwrap().len(), 4);
    assert_eq!(client.call(Call::new("GET", "a").once()).await, Err(Refusal::Limited));
    assert_eq!(api.came.lock().unwrap().len(), 5);
    let (client, api) = rest(vec![limited(3_600.0)]).await;
    assert_eq!(client.call(Call::new("GET", "a")).await, Err(Refusal::Limited));
    assert_eq!(api.came.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn after_many_refusals_nothing_is_sent() {
    let (rest, api) = rest(vec![(403, Vec::new(), json!({"code": 50001})); 200]).await;
    for _ in 0..100 {
        assert_eq!(rest.call(Call::new("GET", "a")).await, Err(Refusal::Answer(403, 50001)));
    }
    assert_eq!(rest.call(Call::new("GET", "a")).await, Err(Refusal::Stopped));
    assert_eq!(api.came.lock().unwrap().len(), 100);
}

#[tokio::test]
async fn the_token_goes_where_it_is_needed_alone_and_files_ride_along() {
    let (rest, api) = rest(Vec::new()).await;
    let body = json!({"content": "x"});
    let file = File { name: "a.json".to_owned(), content: "{\"a\": 1}".to_owned() };
    rest.call(Call::new("PATCH", "webhooks/1/a/messages/@original").body(&body).file(Some(&file)))
        .await
        .unwrap();
    rest.call(Call::new("POST", "interactions/1/a/callback").body(&body)).await.unwrap();
    rest.call(Call::new("POST", "users/@me/channels").body(&body)).await.unwrap();
    let came = api.came.lock().unwrap();
    let [(method, no_token, media, sent), (_, none_either, _, _), (_, token, json, whole)] = came.as_slice()
    else {
        panic!("three calls");
    };
    assert_eq!((method.as_str(), no_token.as_str(), none_either.as_str()), ("PATCH", "", ""));
    assert_eq!((token.as_str(), json.as_str()), ("Bot t0k", "application/json"));
    assert_eq!(whole, &body.to_string());
    let boundary = media.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(sent.matches(boundary).count(), 3);
    assert!(sent.contains("filename=\"a.json\"") && sent.contains("{\"a\": 1}") && sent.ends_with("--\r\n"));
}

#[tokio::test]
async fn nobody_there_is_not_waited_for() {
    let options = options::Discord {
        bot_token: Secret::new("t"),
        delivery: DiscordDelivery::Gateway,
        api_url: "http://127.0.0.1:9".to_owned(),
        elsewhere: true,
    };
    let rest = Rest::new(&options, Arc::new(Health::new(|_| {}))).unwrap();
    assert_eq!(rest.call(Call::new("GET", "a").once()).await, Err(Refusal::Unreachable));
}

#[test]
fn it_says_who_asks_in_discord_s_form() {
    let said = user_agent();
    let inside = said.strip_prefix("DiscordBot (").and_then(|rest| rest.strip_suffix(')')).unwrap();
    let (about, version) = inside.split_once(", ").unwrap();
    let about: url::Url = about.parse().unwrap();
    assert!(about.scheme() == "https" && about.domain().is_some_and(|domain| !domain.ends_with(".invalid")));
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}
