//! Frames there and back: metadata, limits, deadlines, revocation, failing instances.

use super::service::{Reflects, Server, framed};
use super::*;
use crate::forward::Served;
use http_body::Frame;
use http_body_util::StreamBody;
use micro_domain::Code;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use tokio_stream::wrappers::ReceiverStream;

#[tokio::test]
async fn frames_and_metadata_pass_both_ways_and_identity_stays_here() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let headers = [
        ("authorization", "Bearer secret"),
        ("cookie", "micro=1"),
        ("x-forwarded-for", "1.2.3.4"),
        ("micro-service", "everything"),
        ("x-tenant", "blue"),
        ("blob-bin", "AAE"),
    ];
    let answer = world.call("Echo", &headers, b"\x72\x02hi").await.unwrap();
    assert_eq!(answer.body, framed(b"\x72\x02hi"));
    assert_eq!(answer.status(), "0");
    assert_eq!(answer.trailers["x-trailer"], "last");
    assert_eq!(
        (&answer.headers["seen-x-tenant"], &answer.headers["seen-blob-bin"]),
        (&"blue".parse().unwrap(), &"AAE".parse().unwrap())
    );
    for withheld in ["authorization", "cookie", "x-forwarded-for", "micro-service"] {
        assert!(!answer.headers.contains_key(format!("seen-{withheld}")), "{withheld}");
    }
    assert!(answer.headers.contains_key("seen-traceparent"));
    let left =
        crate::deadline::from_grpc_timeout(answer.headers["seen-grpc-timeout"].to_str().unwrap()).unwrap();
    assert!(left <= Duration::from_secs(30) && left > Duration::from_secs(20), "{left:?}");
}

#[tokio::test]
async fn a_stream_flows_while_it_is_open() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let (frames, receiver) = mpsc::channel::<Result<Frame<Bytes>, Infallible>>(1);
    let request = Request::post("/").header("content-type", "application/grpc");
    let request = request.body(Body::new(StreamBody::new(ReceiverStream::new(receiver)))).unwrap();
    let mut response = world.send("Chat", request, None).await.unwrap();
    assert!(!response.headers().contains_key("seen-grpc-timeout"));
    for message in [b"\x72\x01a", b"\x72\x01b"] {
        frames.send(Ok(Frame::data(framed(message)))).await.unwrap();
        let frame = tokio::time::timeout(PATIENCE, response.frame()).await.unwrap().unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), framed(message));
    }
    drop(frames);
    let last = response.frame().await.unwrap().unwrap().into_trailers().unwrap();
    assert_eq!(last["grpc-status"], "0");
}

#[tokio::test]
async fn a_stream_ends_when_its_credential_is_revoked() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let (frames, receiver) = mpsc::channel::<Result<Frame<Bytes>, Infallible>>(1);
    let request = Request::post("/").header("content-type", "application/grpc");
    let request = request.body(Body::new(StreamBody::new(ReceiverStream::new(receiver)))).unwrap();
    let response = world.send("Chat", request, None).await.unwrap();
    world.revocations.send("somebody else's".to_owned()).unwrap();
    frames.send(Ok(Frame::data(framed(b"")))).await.unwrap();
    world.revocations.send("credential".to_owned()).unwrap();
    let answer = Answer::read(response).await;
    assert_eq!(answer.status(), "16");
    assert!(answer.message().contains("revoked"));
}

#[tokio::test]
async fn the_deadline_says_whose_it_was() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let request = || {
        let request = Request::post("/").header("content-type", "application/grpc");
        request.body(Body::new(Full::new(framed(b"")))).unwrap()
    };
    // Before the headers came it is an error, afterwards it is in the trailers.
    let (code, message) = match world.send("Never", request(), Some(Duration::from_millis(50))).await {
        Err(error) => (error.code, error.message),
        Ok(response) => {
            let answer = Answer::read(response).await;
            (Code::from_number(answer.status().parse().unwrap()), answer.message())
        }
    };
    assert_eq!(code, Code::DeadlineExceeded);
    assert!(message.contains("the caller's deadline of 50 ms"), "{message}");
}

#[tokio::test]
async fn messages_over_the_limit_are_refused_in_both_directions() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let refused = match world.call("Echo", &[], &vec![0; MESSAGE_MAX_BYTES + 1]).await {
        Err(error) => error.code,
        Ok(answer) => Code::from_number(answer.status().parse().unwrap()),
    };
    assert_eq!(refused, Code::ResourceExhausted);
    // Two messages, each within the limit, are fine however they are chunked.
    let two = [framed(&vec![0; MESSAGE_MAX_BYTES]), framed(&vec![0; MESSAGE_MAX_BYTES])].concat();
    let request = Request::post("/").header("content-type", "application/grpc");
    let request = request.body(Body::new(Full::new(Bytes::from(two.clone())))).unwrap();
    let answer = Answer::read(world.send("Chat", request, None).await.unwrap()).await;
    assert_eq!((answer.status(), answer.body.len()), ("0", two.len()));
}

#[tokio::test]
async fn calls_go_to_the_instances_that_are_left() {
    let (one, other) = (Server::start(Reflects::V1).await, Server::start(Reflects::V1).await);
    let mut world = World::new(everything(&[&one, &other])).await;
    for _ in 0..20 {
        assert_eq!(world.call("Echo", &[], b"").await.unwrap().status(), "0");
    }
    assert!(one.calls.load(Ordering::SeqCst) > 0 && other.calls.load(Ordering::SeqCst) > 0);
    let gone = other.address.clone();
    drop(other);
    // The port refuses connections once the server's task is gone.
    while tokio::net::TcpStream::connect(&gone).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let mut failed = 0;
    for _ in 0..20 {
        // Calls on a connection that breaks under them may fail; nothing else may.
        match world.call("Last", &[], b"").await {
            Ok(answer) if answer.status() == "0" => {}
            _ => failed += 1,
        }
    }
    assert!(failed <= 4, "{failed}");
    assert_eq!(world.failures.recv().await.unwrap().instance_id, "i1");
}

#[tokio::test]
async fn idempotent_calls_are_tried_again_and_others_are_not() {
    let (good, bad) = (Server::start(Reflects::V1).await, Server::refusing().await);
    let world = World::new(everything(&[&good, &bad])).await;
    world.until(|table| table.pending == 0).await;
    for _ in 0..10 {
        let answer = world.call("Echo", &[], b"\x72\x02hi").await.unwrap();
        assert_eq!((answer.status(), answer.body.clone()), ("0", framed(b"\x72\x02hi")));
    }
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(world.call("Fail", &[], b"").await.unwrap().status().to_owned());
    }
    assert!(statuses.contains(&"14".to_owned()) && statuses.contains(&"5".to_owned()), "{statuses:?}");
}

#[tokio::test]
async fn without_an_instance_that_is_up_the_error_says_since_when() {
    let server = Server::start(Reflects::V1).await;
    let mut world = World::new(everything(&[&server])).await;
    world.call("Echo", &[], b"").await.unwrap();
    let mut failing = instance("i0", &server.address);
    (failing.status, failing.since_ms, failing.reason) =
        (Status::Failing, 1_700_000_000_000, "it said no".to_owned());
    world.set(vec![service("everything", vec![failing])]);
    world.until(|table| table.revision == 2).await;
    let error = world.call("Echo", &[], b"").await.unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert!(error.message.contains(&server.address), "{error}");
    assert!(error.message.contains("failing since 2023-11-14T22:13:20Z: it said no"), "{error}");
    assert_eq!(world.failures.recv().await.unwrap().instance_id, "i0");
}

#[tokio::test]
async fn loopback_is_refused_unless_allowed() {
    let server = Server::start(Reflects::V1).await;
    let mut at = instance("i0", &server.address);
    at.descriptors = Some("everything".to_owned());
    let world = World::allowing_loopback(vec![service("everything", vec![at])], false).await;
    let error = world.call("Echo", &[], b"").await.unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert!(error.message.contains("loopback"), "{error}");
    assert_eq!(server.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_answer_names_its_instance() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let request = Request::post("/").header("content-type", "application/grpc");
    let request = request.body(Body::new(Full::new(framed(b"")))).unwrap();
    let response = world.send("Echo", request, None).await.unwrap();
    assert_eq!(response.extensions().get::<Served>().unwrap().address, server.address);
}
