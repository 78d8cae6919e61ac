use super::*;
use crate::http::framing::{Decoder, Frame, encode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;

const SAY: &str = "/test.v1.Echo/Say";

fn frames(body: Bytes) -> Vec<Frame> {
    let mut decoder = Decoder::new(MESSAGE_MAX_BYTES);
    decoder.push(body);
    let frames = std::iter::from_fn(|| decoder.next().unwrap()).collect();
    assert!(decoder.is_empty());
    frames
}

/// Decodes a row of separately padded pieces.
fn decoded(text: &str) -> Bytes {
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        bytes.extend(STANDARD.decode(group).unwrap());
    }
    bytes.into()
}

fn check(frames: &[Frame], notes: &[Note], status: &str) {
    let (last, messages) = frames.split_last().unwrap();
    assert_eq!(last.flags, 0x80);
    let trailers = String::from_utf8(last.data.to_vec()).unwrap();
    assert!(trailers.lines().any(|line| line == format!("grpc-status:{status}")), "{trailers}");
    assert!(trailers.lines().any(|line| line == "x-count:3"), "{trailers}");
    let messages: Vec<Note> =
        messages.iter().map(|frame| Note::decode(frame.data.clone()).unwrap()).collect();
    assert_eq!(messages, notes);
}

#[tokio::test]
async fn binary_calls_end_in_a_trailer_frame() {
    let world = World::new(false).await;
    for kind in ["application/grpc-web", "application/grpc-web+proto"] {
        let body = encode(0, &note("hi", 5).encode_to_vec());
        let answer = world.post(SAY, &[("content-type", kind), ("x-grpc-web", "1")], body).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::OK, "application/grpc-web+proto")
        );
        check(&frames(answer.body.clone()), &[note("hi", 5)], "0");
        assert!(answer.trailers.is_none());
        assert!(!answer.headers.contains_key("set-cookie"));
        assert!(!answer.header("x-saw").contains("x-grpc-web"));
    }
    let body = encode(0, &note("fail late", 2).encode_to_vec());
    let answer = world.post("/test.v1.Echo/Expand", &[("content-type", "application/grpc-web")], body).await;
    check(&frames(answer.body), &[note("fail late", 0), note("fail late", 1)], "9");
}

#[tokio::test]
async fn text_calls_are_base64_in_pieces() {
    let world = World::new(false).await;
    let headers = [("content-type", "application/grpc-web-text")];
    let message = encode(0, &note("hi", 5).encode_to_vec());
    // Two separately padded pieces, cut inside the prefix.
    let text = [STANDARD.encode(message.slice(..4)), STANDARD.encode(message.slice(4..))].concat();
    let answer = world.post(SAY, &headers, text).await;
    assert_eq!(answer.header("content-type"), "application/grpc-web-text+proto");
    check(&frames(decoded(answer.text())), &[note("hi", 5)], "0");
    let streamed = STANDARD.encode(encode(0, &note("x", 3).encode_to_vec()));
    let answer = world.post("/test.v1.Echo/Expand", &headers, streamed).await;
    check(&frames(decoded(answer.text())), &[note("x", 0), note("x", 1), note("x", 2)], "0");
}

#[tokio::test]
async fn failures_are_headers_where_there_is_no_message() {
    let world = World::new(false).await;
    let body = encode(0, &note("fail", 0).encode_to_vec());
    let answer = world.post(SAY, &[("content-type", "application/grpc-web")], body).await;
    assert_eq!((answer.status, answer.header("grpc-status")), (StatusCode::OK, "9"));
    assert_eq!(answer.header("grpc-message"), "zu%20laut:%20100%20%25");
    assert!(!answer.header("grpc-status-details-bin").is_empty());
    assert!(answer.body.is_empty());
    let text = world.post(SAY, &[("content-type", "application/grpc-web-text")], "not base64!").await;
    assert_eq!(text.header("grpc-status"), "3", "{text:?}");
    assert!(text.header("grpc-message").contains("base64"));
    let request =
        Request::post(SAY).header("content-type", "application/grpc-web").body(Body::empty()).unwrap();
    let anonymous = Answer::read(world.gateway.handle(request, None).await).await;
    assert_eq!(anonymous.header("grpc-status"), "16");
}
