//! Streams on every protocol, and how they end.

use crate::world::{SOON, World, in_each_language, name};
use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt as _;
use micro_support::{
    Answer, Http, Zoo,
    http::pieces,
    until,
    wire::{frame, frames},
};
use serde_json::{Value, json};
use std::time::Instant;

in_each_language!(
    streams_are_lines_of_json,
    streams_are_events_where_asked,
    an_error_after_the_first_message_is_the_last,
    clients_stream_lines,
    messages_arrive_as_they_are_sent,
    connect_streams_have_envelopes,
    leaving_a_stream_cancels_it,
);

const LINES: [(&str, &str); 1] = [("content-type", "application/x-ndjson")];

async fn streams_are_lines_of_json(world: &World, zoo: &Zoo) {
    let answer = world.micro.http().json(&path(zoo, "Count"), &json!({"to": 3})).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_eq!(answer.json_lines(), [1, 2, 3].map(|number| json!({"number": number})));
}

async fn streams_are_events_where_asked(world: &World, zoo: &Zoo) {
    let http = world.micro.http().with("accept", "text/event-stream");
    let answer = http.json(&path(zoo, "Count"), &json!({"to": 2})).await.expect(200);
    assert!(answer.header("content-type").starts_with("text/event-stream"), "{answer:?}");
    let text = answer.text();
    let data: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .filter(|value: &Value| value.get("number").is_some())
        .collect();
    assert_eq!(data, [json!({"number": 1}), json!({"number": 2})], "{text}");
    let failing = json!({"code": 7, "message": "no", "afterMessages": 1});
    let text = http.json(&path(zoo, "FailStream"), &failing).await.expect(200).text();
    let (_, error) = text.split_once("event: error\n").unwrap_or_else(|| panic!("no error event: {text}"));
    let data: Value = serde_json::from_str(error.trim().trim_start_matches("data:").trim()).unwrap();
    let error = data.get("error").unwrap_or(&data);
    assert_eq!((&error["code"], &error["message"]), (&json!("permission_denied"), &json!("no")), "{text}");
}

async fn an_error_after_the_first_message_is_the_last(world: &World, zoo: &Zoo) {
    let failing = json!({"code": 5, "message": "gone", "withDetails": true, "afterMessages": 2});
    let lines = world.micro.http().json(&path(zoo, "FailStream"), &failing).await.expect(200).json_lines();
    let (last, messages) = lines.split_last().unwrap();
    assert_eq!(messages, [json!({"number": 1}), json!({"number": 2})]);
    assert_eq!((&last["error"]["code"], &last["error"]["message"]), (&json!("not_found"), &json!("gone")));
    assert_eq!(last["error"]["details"][2]["type"], "zoo.v1.Refusal", "{last}");
    // One that fails before its first message fails as a whole.
    let failing = json!({"code": 5, "message": "gone"});
    let answer = world.micro.http().json(&path(zoo, "FailStream"), &failing).await.expect(404);
    assert_eq!(answer.json()["message"], "gone");
}

async fn clients_stream_lines(world: &World, zoo: &Zoo) {
    let http = world.micro.http();
    let sum = http.post(&path(zoo, "Sum"), &LINES, "{\"value\":1}\n{\"value\":\"41\"}\n").await.expect(200);
    assert_eq!(sum.json(), json!({"sum": "42", "count": 2}));
    let empty = http.post(&path(zoo, "Sum"), &LINES, "").await.expect(200);
    assert_eq!(empty.json(), json!({}));
    let chat = http.post(&path(zoo, "Chat"), &LINES, "{\"text\":\"a\"}\n{\"text\":\"b\"}").await.expect(200);
    assert_eq!(chat.json_lines()[1], json!({"text": "re: b", "sequence": 2}));
    let bad = http.post(&path(zoo, "Sum"), &LINES, "{\"value\":1}\n{\"value\":\"x\"}\n").await.expect(400);
    let message = bad.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("value") && message.contains('2'), "which line and field: {message}");
}

/// A conversation: the second message is sent after the first was answered.
async fn messages_arrive_as_they_are_sent(world: &World, zoo: &Zoo) {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    let http = world.micro.http();
    let body = pieces(futures::stream::poll_fn(move |context| receiver.poll_recv(context)));
    let request = http.streaming(Method::POST, &path(zoo, "Chat"), &LINES, body);
    sender.send("{\"text\":\"one\"}\n".into()).await.unwrap();
    let mut answer = http.open(request).await.into_body();
    assert!(next_line(&mut answer).await.contains("re: one"));
    sender.send("{\"text\":\"two\"}\n".into()).await.unwrap();
    assert!(next_line(&mut answer).await.contains("re: two"));
    drop(sender);
    let rest = answer.collect().await.unwrap().to_bytes();
    assert!(rest.is_empty(), "{rest:?}");
}

async fn connect_streams_have_envelopes(world: &World, zoo: &Zoo) {
    let http = world.micro.http().with("micro-service", &name(&zoo.language));
    let kind = [("content-type", "application/connect+json"), ("connect-protocol-version", "1")];
    let answer = http.post("/zoo.v1.Zoo/Count", &kind, frame(0, br#"{"to":2}"#)).await.expect(200);
    let frames = frames(&answer.body);
    let values: Vec<Value> = frames.iter().map(|frame| serde_json::from_slice(&frame.1).unwrap()).collect();
    assert_eq!(frames.iter().map(|frame| frame.0).collect::<Vec<_>>(), [0, 0, 2]);
    assert_eq!(values[..2], [json!({"number": 1}), json!({"number": 2})]);
    assert!(values[2].get("error").is_none(), "{values:?}");
}

async fn leaving_a_stream_cancels_it(world: &World, zoo: &Zoo) {
    let cancelled = async || {
        let tally = world.micro.http().json(&path(zoo, "Tally"), &json!({})).await.expect(200).json();
        tally["cancelled"]["Count"].as_str().map_or(0, |count| count.parse::<u32>().unwrap())
    };
    let before = cancelled().await;
    let http = world.micro.http();
    let endless = json!({"to": 100_000, "delayMs": 50}).to_string();
    let json = [("content-type", "application/json")];
    let request = http.request(Method::POST, &path(zoo, "Count"), &json, endless);
    let mut answer = http.open(request).await.into_body();
    assert!(next_line(&mut answer).await.contains("\"number\":1"));
    drop(answer);
    let what = "the service is told that its caller left";
    until(what, SOON, async || (cancelled().await > before).then_some(())).await;
}

/// A stream opened by one token ends within the promised time after that token is revoked, and no other stream does.
#[tokio::test]
async fn s07_a_revoked_token_ends_its_streams() {
    let world = crate::world::world();
    let micro = &world.micro;
    let made = micro.cli(&["token", "create", "to-be-revoked", "--output", "json"]).ok().json();
    let http = micro.stranger().with("authorization", &format!("Bearer {}", made["token"].as_str().unwrap()));
    let path = format!("/v1/{}/Count", world.any_name());
    let mut streams = Vec::new();
    for http in [&http, &http, &micro.http()] {
        let endless = json!({"to": 100_000, "delayMs": 100}).to_string();
        let json = [("content-type", "application/json")];
        let mut body = http.open(http.request(Method::POST, &path, &json, endless)).await.into_body();
        next_line(&mut body).await;
        streams.push(body);
    }
    let mut other = streams.pop().unwrap();
    micro.cli(&["token", "revoke", made["id"].as_str().unwrap()]).ok();
    let revoked = Instant::now();
    let refused = http.json(&path, &json!({"to": 1})).await.expect(401);
    assert!(refused.json()["message"].as_str().unwrap().contains("micro token create"), "{refused:?}");
    for body in streams {
        let text = body.collect().await.map(|all| String::from_utf8_lossy(&all.to_bytes()).into_owned());
        assert!(revoked.elapsed().as_secs_f64() < 5.0, "{:?}", revoked.elapsed());
        assert!(text.is_ok_and(|text| text.contains("unauthenticated")), "the stream says why it ends");
    }
    next_line(&mut other).await;
}

fn path(zoo: &Zoo, method: &str) -> String {
    format!("/v1/{}/{method}", name(&zoo.language))
}

/// The next piece of a body that holds a whole line.
async fn next_line(body: &mut hyper::body::Incoming) -> String {
    let mut line = String::new();
    while !line.ends_with('\n') {
        let frame =
            tokio::time::timeout(SOON, body.frame()).await.unwrap_or_else(|_| panic!("no line: {line:?}"));
        let frame = frame.unwrap_or_else(|| panic!("the stream ended: {line:?}")).unwrap();
        line.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap_or_default()));
    }
    line
}

/// A stream has the deadline its caller gives it, and no other.
#[tokio::test]
async fn streams_end_at_their_callers_deadline() {
    let world = crate::world::world();
    let http = world.micro.http().with("connect-timeout-ms", "700");
    let path = format!("/v1/{}/Count", world.any_name());
    let lines = http.json(&path, &json!({"to": 100_000, "delayMs": 100})).await.expect(200).json_lines();
    let error = &lines.last().unwrap()["error"];
    assert_eq!(error["code"], "deadline_exceeded", "{lines:?}");
    assert!(error["message"].as_str().unwrap().contains("700 ms"), "{error}");
    assert!((1..10).contains(&(lines.len() - 1)), "{lines:?}");
}

/// A stream of gRPC itself ends with its status in trailers.
#[tokio::test]
async fn grpc_streams_end_in_trailers() {
    let world = crate::world::world();
    let mut h2 = world.micro.http().with("micro-service", &world.any_name()).h2().await;
    let message =
        world.types.encode("zoo.v1.FailRequest", &json!({"code": 9, "message": "no", "afterMessages": 2}));
    let answer: Answer = h2.grpc("/zoo.v1.Zoo/FailStream", &[], &message).await;
    assert_eq!(frames(&answer.body).len(), 2);
    assert_eq!([&answer.trailers["grpc-status"], &answer.trailers["grpc-message"]], ["9", "no"]);
    let stranger: Http = world.micro.stranger();
    let refused = stranger.h2().await.grpc("/zoo.v1.Zoo/FailStream", &[], &message).await;
    assert_eq!((refused.status, refused.header("grpc-status")), (200, "16"));
}
