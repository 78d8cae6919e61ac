//! Bodies, buckets and time.

use super::fake;
use crate::{
    budget::{Budget, Fault, Limit},
    payload::Payload,
    refusal::Refusal,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::json;

fn headers(media: &str) -> HeaderMap {
    HeaderMap::from_iter([(http::header::CONTENT_TYPE, media.parse().unwrap())])
}

#[test]
fn forms_bring_files() {
    let body = "--b0\r\nContent-Disposition: form-data; name=\"files[3]\"; filename=\"a;b.json\"\r\n\
        Content-Type: application/json\r\n\r\n{\"a\":\r\n1}\r\n--b0\r\n\
        Content-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"c\"}\r\n--b0--\r\n";
    let payload = Payload::read(&headers("multipart/form-data; boundary=b0"), &Bytes::from(body)).unwrap();
    assert_eq!(payload.json, json!({"content": "c"}));
    let file = &payload.files[0];
    assert_eq!((file.number.as_str(), file.name.as_str()), ("3", "a;b.json"));
    assert_eq!(file.bytes, "{\"a\":\r\n1}");
}

#[test]
fn broken_bodies_are_refused() {
    for (media, body) in [
        ("application/json", "{"),
        ("text/plain", "{}"),
        ("multipart/form-data; boundary=b0", "--b0\r\n"),
        ("multipart/form-data; boundary=b0", "nothing"),
        ("multipart/form-data; boundary=b0", "--b0"),
    ] {
        let refused = Payload::read(&headers(media), &Bytes::from(body)).unwrap_err();
        assert_eq!(refused, Refusal::invalid_json(), "{media} {body}");
    }
}

#[test]
fn a_bucket_empties_and_fills_again() {
    let mut budget = Budget::default();
    let limit = Limit { requests: 2, window_ms: 1_000 };
    assert!(budget.take("b", limit, 0).1.is_none());
    let (headers, answer) = budget.take("b", limit, 400);
    assert!(answer.is_none());
    assert_eq!(
        (&headers["x-ratelimit-remaining"], &headers["x-ratelimit-reset-after"]),
        (&"0".parse().unwrap(), &"0.600".parse().unwrap())
    );
    let (_, answer) = budget.take("b", limit, 400);
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status, &answer.headers["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap())
    );
    assert_eq!(answer.body.unwrap()["retry_after"], 0.6);
    assert!(budget.take("other", limit, 400).1.is_none());
    assert!(budget.take("b", limit, 1_000).1.is_none());
}

#[test]
fn faults_come_as_often_as_asked() {
    let mut budget = Budget::default();
    let fault: Fault =
        serde_json::from_value(json!({"path_contains": "hooks", "times": 2, "status": 429, "global": true}))
            .unwrap();
    budget.inject(fault);
    assert!(budget.fault("GET", "/users/@me").is_none());
    let fault = budget.fault("POST", "/webhooks/1/t").unwrap();
    assert_eq!(budget.instead(&fault, 429).headers["x-ratelimit-global"], "true");
    assert!(budget.fault("POST", "/webhooks/1/t").is_some());
    assert!(budget.fault("POST", "/webhooks/1/t").is_none());
}

#[test]
fn invalid_answers_are_forgotten_after_ten_minutes() {
    let mut budget = Budget::default();
    for status in [401, 403, 429, 404, 200] {
        budget.count(StatusCode::from_u16(status).unwrap(), 0);
    }
    assert_eq!((budget.invalid_answers(599_999), budget.invalid_answers(600_000)), (3, 0));
    assert!(budget.shut_out(1).is_none());
    (0..10_000).for_each(|_| budget.count(StatusCode::UNAUTHORIZED, 0));
    assert!(budget.shut_out(1).is_some());
}

#[test]
fn ids_grow() {
    let fake = fake();
    let mut state = fake.state();
    let ids: Vec<u64> = (0..100).map(|_| state.clock.next_id().parse().unwrap()).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
}

#[test]
fn one_identify_too_many_resets_the_token() {
    use crate::gateway::sessions::Session;
    let fake = fake();
    let mut state = fake.state();
    let (connection, _orders) = state.gateway.open(0);
    state.gateway.limit_starts(1_000, 1, 1_000, 0);
    let session = |id: &str| Session::new(id.to_owned(), 0, true, connection);
    assert!(state.gateway.start(session("a"), 0));
    assert!(!state.gateway.start(session("b"), 0));
    assert!(state.gateway.token_was_reset());
}
