#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::http::BODY_MAX_BYTES;
use crate::{Bot, Options, options};
use axum::body::Body;
use ed25519_dalek::{Signer as _, SigningKey};
use http::header;
use micro_client::Client;
use micro_domain::identity::Secret;
use serde_json::json;
use std::fmt::Write as _;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

const APPLICATION: u64 = 7;

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A bot whose Discord and whose backend nobody answers for.
fn bot() -> Bot {
    let discord = options::Discord {
        bot_token: Secret::new("t"),
        delivery: options::DiscordDelivery::Http {
            public_key: hexadecimal(key().verifying_key().as_bytes()),
            application_id: APPLICATION,
        },
        api_url: "http://127.0.0.1:9".to_owned(),
        elsewhere: true,
    };
    let options = Options {
        slack: None,
        discord: Some(discord),
        client: Client::connect("http://127.0.0.1:9", None).unwrap(),
        public_url: "https://micro.example".to_owned(),
    };
    Bot::start(options, CancellationToken::new()).unwrap()
}

fn request(at_s: i64, body: &str, signed: &str) -> Request {
    let signature = key().sign(format!("{at_s}{signed}").as_bytes());
    http::Request::post("/chat/discord/interaction")
        .header(SIGNATURE, hexadecimal(&signature.to_bytes()))
        .header(TIMESTAMP, at_s.to_string())
        .body(Body::from(body.to_owned()))
        .unwrap()
}

fn now_s() -> i64 {
    clock::now_ms() / 1_000
}

async fn sent(bot: &Bot, request: Request) -> (StatusCode, Value) {
    let response = bot.routes().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), BODY_MAX_BYTES).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn post(bot: &Bot, body: &str) -> (StatusCode, Value) {
    sent(bot, request(now_s(), body, body)).await
}

fn command(id: u8, subcommand: &str, options: &Value) -> String {
    json!({
        "id": id.to_string(), "application_id": "7", "token": "tok", "type": 2, "user": {"id": "42", "username": "ann"},
        "data": {"name": "micro", "options": [{"type": 1, "name": subcommand, "options": options}]},
    })
    .to_string()
}

#[tokio::test]
async fn what_is_not_signed_well_is_refused() {
    let bot = bot();
    let ping = json!({"type": 1}).to_string();
    assert_eq!(post(&bot, &ping).await, (StatusCode::OK, json!({"type": 1})));
    let unsigned = http::Request::post("/chat/discord/interaction").body(Body::from(ping.clone())).unwrap();
    let mut odd = request(now_s(), &ping, &ping);
    odd.headers_mut().insert(SIGNATURE, "zz".parse().unwrap());
    let twice = |name: &'static str| {
        let mut twice = request(now_s(), &ping, &ping);
        let value = twice.headers()[name].clone();
        twice.headers_mut().append(name, value);
        twice
    };
    let bad = [
        unsigned,
        odd,
        twice(SIGNATURE),
        twice(TIMESTAMP),
        request(now_s(), &ping, "another body"),
        request(now_s() - 301, &ping, &ping),
        request(now_s() + 302, &ping, &ping),
        request(i64::MIN, &ping, &ping),
    ];
    let count = bad.len() as u64;
    for request in bad {
        assert_eq!(sent(&bot, request).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(bot.status()[0].bad_signatures, count);
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_and_harms_nothing() {
    let bot = bot();
    for body in ["", "{", "null", "[1]", "\"x\"", r#"{"type":2}"#, r#"{"type":99,"id":"1"}"#] {
        assert_eq!(post(&bot, body).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(bot.status()[0].malformed, 7);
    let large = " ".repeat(BODY_MAX_BYTES + 1);
    assert_eq!(post(&bot, &large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let mut said = request(now_s(), "", "");
    said.headers_mut().insert(header::CONTENT_LENGTH, (BODY_MAX_BYTES + 1).into());
    assert_eq!(sent(&bot, said).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_command_is_deferred_once_and_a_wrong_one_is_told_at_once() {
    let bot = bot();
    let deferred = json!({"type": 5, "data": {"flags": 64}});
    let help = command(1, "help", &json!([]));
    assert_eq!(post(&bot, &help).await, (StatusCode::OK, deferred.clone()));
    assert_eq!(post(&bot, &help).await, (StatusCode::OK, deferred));
    assert_eq!(bot.status()[0].repeated, 1);
    let (_, told) = post(&bot, &command(2, "servces", &json!([]))).await;
    assert_eq!((&told["type"], &told["data"]["flags"]), (&json!(4), &json!(64)));
    assert_eq!(told["data"]["allowed_mentions"], json!({"parse": []}));
    assert!(told["data"]["embeds"][0]["description"].as_str().unwrap().contains("micro services"));
    let click = json!({
        "id": "3", "application_id": "7", "token": "tok", "type": 3, "user": {"id": "42"},
        "data": {"component_type": 2, "custom_id": "gone"},
    });
    assert_eq!(post(&bot, &click.to_string()).await, (StatusCode::OK, json!({"type": 6})));
}

#[tokio::test]
async fn a_completion_that_nobody_knows_is_empty() {
    let option = json!([{"type": 3, "name": "service", "value": "g", "focused": true}]);
    let body = command(4, "run", &option).replace("\"type\":2", "\"type\":4");
    let empty = json!({"type": 8, "data": {"choices": []}});
    assert_eq!(post(&bot(), &body).await, (StatusCode::OK, empty));
}

#[tokio::test]
async fn nobody_fills_the_queue_alone() {
    let bot = bot();
    let mut busy = 0;
    for id in 10..20 {
        let (_, told) = post(&bot, &command(id, "services", &json!([]))).await;
        busy += u32::from(told["type"] == 4);
    }
    assert!(busy > 0);
    assert_eq!(bot.status()[0].busy, u64::from(busy));
}

#[test]
fn a_key_that_is_none_stops_the_start() {
    assert!(verifier(&hexadecimal(key().verifying_key().as_bytes())).is_ok());
    for bad in ["", "zz", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
        assert!(verifier(bad).is_err(), "{bad}");
    }
}
