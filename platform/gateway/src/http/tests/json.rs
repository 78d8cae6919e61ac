use super::*;

#[tokio::test]
async fn a_unary_call_answers_with_headers_and_trailers() {
    for world in [World::new(false).await, World::inside().await] {
        let name = if world.catalog.borrow().service("echo").is_some() { "echo" } else { "inside" };
        let path = format!("/v1/{name}/Say");
        let headers = [
            ("content-type", "application/json"),
            ("authorization", "Bearer secret"),
            ("cookie", "micro=1"),
            ("origin", "https://example.com"),
            ("x-tenant", "blue"),
        ];
        let answer = world.post(&path, &headers, r#"{"text":"hi","number":"9007199254740993"}"#).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.json(), json!({ "text": "hi", "number": "9007199254740993" }));
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("trailer-x-count"), "3");
        assert!(answer.header("x-saw").contains("x-tenant"));
        for private in ["authorization", "cookie", "origin"] {
            assert!(!answer.header("x-saw").contains(private), "{private}");
        }
        assert!(!answer.headers.contains_key("set-cookie"));
        assert!(answer.trailers.is_none());
    }
}

#[tokio::test]
async fn methods_are_named_short_or_in_full_and_no_body_is_an_empty_message() {
    let world = World::new(true).await;
    for path in ["/v1/echo/Say", "/v1/inside/test.v1.Echo.Say", "/v1/echo/test.v1.Echo/Say", "/v1/echo/Look"]
    {
        assert_eq!(world.post_json(path, "").await.text(), "{}", "{path}");
    }
    assert_eq!(world.post("/v1/echo/Say", &[], "").await.text(), "{}");
}

#[tokio::test]
async fn an_upstream_error_keeps_code_message_and_details() {
    let world = World::new(false).await;
    let answer = world.post_json("/v1/echo/Say", r#"{"text":"fail"}"#).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let error = answer.json();
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("failed_precondition"), &json!("zu laut: 100 %"))
    );
    assert_eq!(error["details"][0]["type"], "google.rpc.ErrorInfo");
    assert_eq!(error["details"][0]["debug"]["metadata"]["level"], "11");
    assert_eq!(answer.header("trailer-x-count"), "3");
}

#[tokio::test]
async fn bad_input_is_refused_saying_what_and_where() {
    let world = World::new(false).await;
    let wrong = world.post_json("/v1/echo/Say", r#"{"number":"many"}"#).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(wrong.json()["details"][0]["debug"]["fieldViolations"][0]["field"], "number", "{wrong:?}");
    let broken = world.post_json("/v1/echo/Say", "{\n  \"text\": }").await;
    assert_eq!(broken.json()["code"], "invalid_argument");
    assert!(broken.message().contains("line 2"), "{broken:?}");
    let unknown = world.post_json("/v1/ecko/Say", "{}").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.message().contains("`echo`"), "{unknown:?}");
    let method = world.post_json("/v1/echo/Sey", "{}").await;
    assert_eq!(method.status, StatusCode::NOT_FOUND);
    assert!(method.message().contains("`Say`"), "{method:?}");
}

#[tokio::test]
async fn http_mistakes_have_their_own_statuses() {
    let world = World::new(false).await;
    let get = Request::get("/v1/echo/Say").body(Body::empty()).unwrap();
    let get = Answer::read(world.send(get).await).await;
    assert_eq!((get.status, get.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let text = world.post("/v1/echo/Say", &[("content-type", "text/plain")], "{}").await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // What curl says of a body unless told otherwise.
    let curl =
        world.post("/v1/echo/Say", &[("content-type", "application/x-www-form-urlencoded")], "{}").await;
    assert_eq!(curl.status, StatusCode::OK);
    let timeout = world.post(
        "/v1/echo/Say",
        &[("content-type", "application/json"), ("connect-timeout-ms", "soon")],
        "{}",
    );
    assert_eq!(timeout.await.status, StatusCode::BAD_REQUEST);
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(MESSAGE_MAX_BYTES));
    let long = world.post_json("/v1/echo/Say", &long).await;
    assert_eq!(
        (long.status, long.json()["code"].clone()),
        (StatusCode::PAYLOAD_TOO_LARGE, json!("resource_exhausted"))
    );
    let nowhere = world.post_json("/v1/echo", "{}").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_a_credential_nothing_is_called() {
    let world = World::new(false).await;
    for path in ["/v1/echo/Say", "/v1/nothing/Say"] {
        let request =
            Request::post(path).header("content-type", "application/json").body(Body::empty()).unwrap();
        let answer = Answer::read(world.gateway.handle(request, None).await).await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (StatusCode::UNAUTHORIZED, "Bearer"),
            "{path}"
        );
        assert!(answer.message().contains("micro token create"));
    }
}

#[tokio::test]
async fn the_deadline_is_the_callers() {
    let world = World::new(false).await;
    let headers = [("content-type", "application/json"), ("connect-timeout-ms", "50")];
    let answer = world.post("/v1/echo/Say", &headers, r#"{"text":"stuck"}"#).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(answer.message().contains("50 ms"), "{answer:?}");
}

#[tokio::test]
async fn a_stream_is_lines_or_events() {
    let world = World::new(false).await;
    let lines = world.post_json("/v1/echo/Expand", r#"{"text":"a","number":2}"#).await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert_eq!(lines.text(), "{\"text\":\"a\"}\n{\"text\":\"a\",\"number\":\"1\"}\n");
    let headers = [("content-type", "application/json"), ("accept", "text/event-stream")];
    let events = world.post("/v1/echo/Expand", &headers, r#"{"text":"a","number":2}"#).await;
    assert_eq!(events.header("content-type"), "text/event-stream");
    assert_eq!(events.text(), "data: {\"text\":\"a\"}\n\ndata: {\"text\":\"a\",\"number\":\"1\"}\n\n");
    let none = world.post_json("/v1/echo/Expand", "{}").await;
    assert_eq!((none.status, none.text()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_stream_fails_with_a_status_before_and_a_last_line_after_its_first_message() {
    let world = World::new(false).await;
    let early = world.post_json("/v1/echo/Expand", r#"{"text":"fail","number":2}"#).await;
    assert_eq!(
        (early.status, early.json()["code"].clone()),
        (StatusCode::BAD_REQUEST, json!("failed_precondition"))
    );
    let late = world.post_json("/v1/echo/Expand", r#"{"text":"fail late","number":1}"#).await;
    assert_eq!(late.status, StatusCode::OK);
    let last: Value = serde_json::from_str(late.text().lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["code"], "failed_precondition");
    assert_eq!(last["error"]["details"][0]["debug"]["reason"], "TOO_LOUD");
    let headers = [("content-type", "application/json"), ("accept", "text/event-stream")];
    let late = world.post("/v1/echo/Expand", &headers, r#"{"text":"fail late","number":1}"#).await;
    assert!(late.text().contains("\n\nevent: error\ndata: {\"code\":"), "{late:?}");
}

#[tokio::test]
async fn a_callers_stream_is_json_lines() {
    for world in [World::new(false).await, World::inside().await] {
        let name = if world.catalog.borrow().service("echo").is_some() { "echo" } else { "inside" };
        let path = format!("/v1/{name}/Collect");
        let headers = [("content-type", "application/x-ndjson")];
        let answer = world
            .post(&path, &headers, "{\"text\":\"a\",\"number\":1}\n\n{\"text\":\"b\",\"number\":2}")
            .await;
        assert_eq!(answer.json(), json!({ "text": "ab", "number": "3" }));
        assert_eq!(answer.header("trailer-x-count"), "3");
        let bad = world.post(&path, &headers, "{\"text\":\"a\"}\n{\"txt\":\"b\"}\n").await;
        assert_eq!(bad.status, StatusCode::BAD_REQUEST, "{bad:?}");
        assert!(bad.message().contains("line 2"), "{bad:?}");
        let long = format!("{{}}\n\"{}", "x".repeat(MESSAGE_MAX_BYTES + 1));
        assert_eq!(world.post(&path, &headers, long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn both_sides_stream_at_once() {
    let world = World::new(false).await;
    let (lines, body) = growing();
    let request =
        Request::post("/v1/echo/Chat").header("content-type", "application/x-ndjson").body(body).unwrap();
    lines.send(Bytes::from_static(b"{\"text\":\"one\"}\n")).await.unwrap();
    let mut response = world.send(request).await;
    assert_eq!(piece(response.body_mut()).await.unwrap(), "{\"text\":\"one\"}\n");
    // The second line comes in two pieces, after the first answer.
    lines.send(Bytes::from_static(b"{\"text\":")).await.unwrap();
    lines.send(Bytes::from_static(b"\"two\"}\n")).await.unwrap();
    assert_eq!(piece(response.body_mut()).await.unwrap(), "{\"text\":\"two\"}\n");
    drop(lines);
    assert_eq!(piece(response.body_mut()).await, None);
}

#[tokio::test]
async fn a_bad_line_after_the_first_answer_is_the_last_line() {
    let world = World::new(false).await;
    let (lines, body) = growing();
    let request =
        Request::post("/v1/echo/Chat").header("content-type", "application/x-ndjson").body(body).unwrap();
    lines.send(Bytes::from_static(b"{\"text\":\"one\"}\n")).await.unwrap();
    let mut response = world.send(request).await;
    assert!(piece(response.body_mut()).await.is_some());
    lines.send(Bytes::from_static(b"nonsense\n")).await.unwrap();
    let last: Value = serde_json::from_slice(&piece(response.body_mut()).await.unwrap()).unwrap();
    assert_eq!(last["error"]["code"], "invalid_argument");
    assert!(
        last["error"]["message"].as_str().unwrap().starts_with("line 2 of the body, after 1 messages sent"),
        "{last}"
    );
}

#[tokio::test]
async fn a_revoked_credential_ends_a_stream() {
    let world = World::new(false).await;
    let (lines, body) = growing();
    let request =
        Request::post("/v1/echo/Chat").header("content-type", "application/x-ndjson").body(body).unwrap();
    lines.send(Bytes::from_static(b"{\"text\":\"one\"}\n")).await.unwrap();
    let mut response = world.send(request).await;
    assert!(piece(response.body_mut()).await.is_some());
    world.revocations.send("c1".to_owned()).unwrap();
    let last: Value = serde_json::from_slice(&piece(response.body_mut()).await.unwrap()).unwrap();
    assert_eq!(last["error"]["code"], "unauthenticated");
}
