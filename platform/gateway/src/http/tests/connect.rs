use super::*;
use crate::encoding::tests::gzip;
use crate::http::framing::{COMPRESSED, Decoder, Frame, encode};
use prost::Message as _;

const SAY: &str = "/test.v1.Echo/Say";
const JSON: (&str, &str) = ("content-type", "application/json");
const STREAM: (&str, &str) = ("content-type", "application/connect+json");

/// The messages and the object that ended the stream.
fn stream(body: Bytes) -> (Vec<Bytes>, Value) {
    let mut decoder = Decoder::new(MESSAGE_MAX_BYTES);
    decoder.push(body);
    let mut frames: Vec<Frame> = std::iter::from_fn(|| decoder.next().unwrap()).collect();
    assert!(decoder.is_empty());
    let last = frames.pop().unwrap();
    assert_eq!(last.flags, 0x02);
    (frames.into_iter().map(|frame| frame.data).collect(), serde_json::from_slice(&last.data).unwrap())
}

#[tokio::test]
async fn unary_calls_speak_json_and_proto() {
    for world in [World::new(false).await, World::inside().await] {
        let answer = world.post(SAY, &[JSON, ("connect-protocol-version", "1")], r#"{"text":"hi"}"#).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, r#"{"text":"hi"}"#));
        assert_eq!(
            (answer.header("content-type"), answer.header("trailer-x-count")),
            ("application/json", "3")
        );
        let proto = [("content-type", "application/proto")];
        let answer = world.post(SAY, &proto, note("hi", 4).encode_to_vec()).await;
        assert_eq!(answer.header("content-type"), "application/proto");
        assert_eq!(Note::decode(answer.body).unwrap(), note("hi", 4));
        let zipped = world.post(SAY, &[JSON, ("content-encoding", "gzip")], gzip(br#"{"text":"zip"}"#)).await;
        assert_eq!(zipped.text(), r#"{"text":"zip"}"#);
    }
}

#[tokio::test]
async fn unary_failures_are_json_whatever_the_codec() {
    let world = World::new(false).await;
    let proto = [("content-type", "application/proto")];
    let answer = world.post(SAY, &proto, note("fail", 0).encode_to_vec()).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::BAD_REQUEST, "application/json"));
    assert_eq!(answer.json()["code"], "failed_precondition");
    let version = world.post(SAY, &[JSON, ("connect-protocol-version", "2")], "{}").await;
    assert_eq!(version.status, StatusCode::BAD_REQUEST);
    let brotli = world.post(SAY, &[JSON, ("content-encoding", "br")], "{}").await;
    assert_eq!(
        (brotli.status, brotli.json()["code"].clone()),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, json!("unimplemented"))
    );
    let streams = world.post("/test.v1.Echo/Chat", &[JSON], "{}").await;
    assert_eq!(streams.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let text = world.post(SAY, &[("content-type", "text/plain")], "{}").await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let big =
        world.post(SAY, &[JSON], format!(r#"{{"text":"big","number":{}}}"#, MESSAGE_MAX_BYTES + 1)).await;
    assert_eq!(big.json()["code"], "resource_exhausted");
    let request = Request::post(SAY).header(JSON.0, JSON.1).body(Body::empty()).unwrap();
    let anonymous = Answer::read(world.gateway.handle(request, None).await).await;
    assert_eq!(
        (anonymous.status, anonymous.json()["code"].clone()),
        (StatusCode::UNAUTHORIZED, json!("unauthenticated"))
    );
}

#[tokio::test]
async fn get_calls_only_what_changes_nothing() {
    let world = World::new(false).await;
    let get = async |path: &str| {
        let uri = format!("{path}?connect=v1&encoding=json&message=%7B%22text%22%3A%22hi%22%7D");
        Answer::read(world.send(Request::get(uri).body(Body::empty()).unwrap()).await).await
    };
    assert_eq!(get("/test.v1.Echo/Look").await.text(), r#"{"text":"hi"}"#);
    let refused = get(SAY).await;
    assert_eq!((refused.status, refused.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let bare = Answer::read(world.send(Request::get(SAY).body(Body::empty()).unwrap()).await).await;
    assert_eq!(bare.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_kind_of_stream_ends_in_an_object() {
    let world = World::new(false).await;
    let two = [encode(0, br#"{"text":"a","number":1}"#), encode(0, br#"{"text":"b","number":2}"#)].concat();
    let collected = world.post("/test.v1.Echo/Collect", &[STREAM], two.clone()).await;
    assert_eq!((collected.status, collected.header("content-type")), (StatusCode::OK, STREAM.1));
    let (messages, end) = stream(collected.body);
    assert_eq!(messages, [r#"{"text":"ab","number":"3"}"#]);
    assert_eq!(end, json!({ "metadata": { "x-count": ["3"] } }));

    let (messages, _) = stream(world.post("/test.v1.Echo/Chat", &[STREAM], two).await.body);
    assert_eq!(messages.len(), 2);

    let proto = [("content-type", "application/connect+proto")];
    let asked = encode(0, &note("x", 2).encode_to_vec());
    let expanded = world.post("/test.v1.Echo/Expand", &proto, asked).await;
    assert_eq!(expanded.header("content-type"), proto[0].1);
    let (messages, _) = stream(expanded.body);
    assert_eq!(Note::decode(messages[1].clone()).unwrap(), note("x", 1));
}

#[tokio::test]
async fn streams_fail_in_their_last_envelope() {
    let world = World::new(false).await;
    let expand = async |body: Bytes| world.post("/test.v1.Echo/Expand", &[STREAM], body).await;
    let late = expand(encode(0, br#"{"text":"fail late","number":2}"#)).await;
    let (messages, end) = stream(late.body);
    assert_eq!((messages.len(), &end["error"]["code"]), (2, &json!("failed_precondition")));
    assert_eq!(end["error"]["details"][0]["debug"]["reason"], "TOO_LOUD");
    let early = expand(encode(0, br#"{"text":"fail"}"#)).await;
    assert_eq!(early.status, StatusCode::OK);
    assert_eq!(stream(early.body).1["error"]["message"], "zu laut: 100 %");
    let unzipped = expand(encode(COMPRESSED, &gzip(b"{}"))).await;
    assert_eq!(stream(unzipped.body).1["error"]["code"], "invalid_argument");
    let long = encode(0, &vec![b' '; MESSAGE_MAX_BYTES + 1]);
    assert_eq!(stream(expand(long).await.body).1["error"]["code"], "resource_exhausted");
    let cut = encode(0, b"{}").slice(..6);
    assert_eq!(stream(expand(cut).await.body).1["error"]["code"], "invalid_argument");

    let headers = [STREAM, ("connect-content-encoding", "gzip")];
    let zipped =
        world.post("/test.v1.Echo/Expand", &headers, encode(COMPRESSED, &gzip(br#"{"number":1}"#))).await;
    assert_eq!(stream(zipped.body).0.len(), 1);
    let unary = world.post(SAY, &[STREAM], encode(0, b"{}")).await;
    assert_eq!(unary.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let request = Request::post("/test.v1.Echo/Chat").header(STREAM.0, STREAM.1).body(Body::empty()).unwrap();
    let anonymous = Answer::read(world.gateway.handle(request, None).await).await;
    assert_eq!(stream(anonymous.body).1["error"]["code"], "unauthenticated");
}
