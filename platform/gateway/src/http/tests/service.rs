//! A gRPC service written against HTTP itself, so that it can do what generated code cannot: trailers on success,
//! failures after messages, answers that never come.

use crate::Body;
use crate::http::framing::{Item, Reader, encode};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use prost::Message as _;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// `test.v1.Note`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Note {
    #[prost(string, tag = "1")]
    pub(super) text: String,
    #[prost(int64, tag = "2")]
    pub(super) number: i64,
}

pub(super) fn note(text: &str, number: i64) -> Note {
    Note { text: text.to_owned(), number }
}

/// Answers the calls of `test.v1.Echo`, and of Micro's own API as far as the tests call it.
#[derive(Clone)]
pub(super) struct Echo<const PLATFORM: bool>;

impl tonic::server::NamedService for Echo<false> {
    const NAME: &'static str = "test.v1.Echo";
}

impl tonic::server::NamedService for Echo<true> {
    const NAME: &'static str = "micro.v1.IdentityService";
}

impl<const PLATFORM: bool> tower::Service<Request<Body>> for Echo<PLATFORM> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move { Ok(answer(request).await) })
    }
}

/// What a failing call says, details included.
pub(super) fn refusal() -> tonic::Status {
    use tonic_types::{ErrorDetails, StatusExt as _};
    let details =
        ErrorDetails::with_error_info("TOO_LOUD", "echo.test", [("level".to_owned(), "11".to_owned())]);
    tonic::Status::with_error_details(tonic::Code::FailedPrecondition, "zu laut: 100 %", details)
}

async fn answer(request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let mut reader = Reader::request(body, 64 * 1024 * 1024);
    let response = match parts.uri.path() {
        "/test.v1.Echo/Expand" => expand(&mut reader).await,
        "/test.v1.Echo/Chat" => chat(reader),
        "/test.v1.Echo/Collect" => collect(&mut reader).await,
        _ => say(&mut reader).await,
    };
    let mut response = response;
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    headers.insert("set-cookie", HeaderValue::from_static("micro=stolen"));
    // The metadata that came is told by its names.
    let names: Vec<&str> = parts.headers.keys().map(HeaderName::as_str).collect();
    headers.insert("x-saw", HeaderValue::try_from(names.join(" ")).unwrap());
    let principal = parts.extensions.get::<micro_domain::identity::Principal>();
    let principal = principal.map_or("nobody", |principal| principal.account.as_str());
    headers.insert("x-principal", HeaderValue::try_from(principal).unwrap());
    response
}

async fn next(reader: &mut Reader) -> Option<Note> {
    match reader.next().await {
        Ok(Item::Frame(frame)) => Some(Note::decode(frame.data).unwrap()),
        _ => None,
    }
}

async fn say(reader: &mut Reader) -> Response<Body> {
    let said = next(reader).await.unwrap();
    match said.text.as_str() {
        "fail" => failed(),
        "stuck" => std::future::pending().await,
        "big" => messages(vec![note(&"x".repeat(said.number.try_into().unwrap()), 0)], Ok(())),
        _ => messages(vec![said], Ok(())),
    }
}

async fn expand(reader: &mut Reader) -> Response<Body> {
    let asked = next(reader).await.unwrap();
    if asked.text == "fail" {
        return failed();
    }
    let notes = (0..asked.number).map(|number| note(&asked.text, number)).collect();
    messages(notes, if asked.text == "fail late" { Err(()) } else { Ok(()) })
}

async fn collect(reader: &mut Reader) -> Response<Body> {
    let mut all = Note::default();
    while let Some(said) = next(reader).await {
        all.text += &said.text;
        all.number += said.number;
    }
    messages(vec![all], Ok(()))
}

fn chat(reader: Reader) -> Response<Body> {
    let frames = futures::stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        Some(match next(&mut reader).await {
            Some(said) if said.text == "fail" => (Ok(Frame::trailers(trailers(Err(())))), None),
            Some(said) => (Ok::<_, tonic::Status>(data(&said)), Some(reader)),
            None => (Ok(Frame::trailers(trailers(Ok(())))), None),
        })
    });
    Response::new(Body::new(StreamBody::new(frames)))
}

fn data(said: &Note) -> Frame<Bytes> {
    Frame::data(encode(0, &said.encode_to_vec()))
}

fn messages(notes: Vec<Note>, end: Result<(), ()>) -> Response<Body> {
    let frames: Vec<Result<Frame<Bytes>, tonic::Status>> =
        notes.iter().map(data).chain([Frame::trailers(trailers(end))]).map(Ok).collect();
    Response::new(Body::new(StreamBody::new(tokio_stream::iter(frames))))
}

fn trailers(end: Result<(), ()>) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    match end {
        Ok(()) => drop(trailers.insert("grpc-status", HeaderValue::from_static("0"))),
        Err(()) => refusal().add_header(&mut trailers).unwrap(),
    }
    trailers.insert("x-count", HeaderValue::from_static("3"));
    trailers
}

fn failed() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = trailers(Err(()));
    response
}
