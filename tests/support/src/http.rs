//! An HTTP client that hides nothing: no redirects, no retries, no pool; a connection per request, or one of HTTP/2.

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::{
    body::{Frame, Incoming},
    client::conn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use std::{convert::Infallible, time::Duration};
use tokio::net::TcpStream;

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// The body of a request.
pub type Body = BoxBody<Bytes, Infallible>;

/// A body that is sent piece by piece, as they come.
pub fn pieces(pieces: impl Stream<Item = Bytes> + Send + Sync + 'static) -> Body {
    http_body_util::BodyExt::boxed(StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece)))))
}

/// A server, and the headers every request to it carries.
#[derive(Debug, Clone)]
pub struct Http {
    address: String,
    headers: Vec<(String, String)>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The trailers; empty where there are none.
    pub trailers: HeaderMap,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn read(response: Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let collected = tokio::time::timeout(ANSWER_MAX, body.collect()).await;
        let collected = collected.unwrap_or_else(|_| panic!("no end of the answer within {ANSWER_MAX:?}"));
        let collected = collected.unwrap_or_else(|error| panic!("the answer was cut off: {error}"));
        let trailers = collected.trailers().cloned().unwrap_or_default();
        Self { status: head.status.as_u16(), headers: head.headers, body: collected.to_bytes(), trailers }
    }

    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }

    /// Each line of the body as JSON.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let text = self.text();
        let values = text.lines().filter(|line| !line.is_empty()).map(serde_json::from_str);
        values.map(|value| value.unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))).collect()
    }

    /// Itself, after checking the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

impl Http {
    /// The server at `HOST:PORT`, without credential.
    pub fn new(address: &str) -> Self {
        Self { address: address.to_owned(), headers: Vec::new() }
    }

    /// The same, each request with one more header.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut http = self.clone();
        http.headers.push((name.to_owned(), value.to_owned()));
        http
    }

    /// The same without headers.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self::new(&self.address)
    }

    /// A request with these headers and the client's.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Request<Body> {
        self.streaming(method, path, headers, Full::new(body.into()).boxed())
    }

    /// A request whose body is sent as it comes.
    pub fn streaming(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(headers.iter().copied()) {
            request = request.header(name, value);
        }
        request.body(body).unwrap()
    }

    /// Sends a request over HTTP/1.1 and returns once the answer begins.
    pub async fn open(&self, mut request: Request<Body>) -> Response<Incoming> {
        if !request.headers().contains_key("host") {
            request.headers_mut().insert("host", self.address.parse().unwrap());
        }
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let (mut sender, connection) = conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let response = tokio::time::timeout(ANSWER_MAX, sender.send_request(request)).await;
        response.unwrap_or_else(|_| panic!("no answer within {ANSWER_MAX:?}")).unwrap()
    }

    /// Sends a request over HTTP/1.1 and reads the whole answer.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.open(request).await).await
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, &[], Bytes::new())).await
    }

    /// `POST path` with these headers and body.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        self.send(self.request(Method::POST, path, headers, body)).await
    }

    /// `POST path` with JSON.
    pub async fn json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// A connection of HTTP/2 that any number of requests share.
    pub async fn h2(&self) -> H2 {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let handshake = conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        H2 { http: self.clone(), sender }
    }
}

/// A connection of HTTP/2.
#[derive(Debug, Clone)]
pub struct H2 {
    http: Http,
    sender: conn::http2::SendRequest<Body>,
}

impl H2 {
    /// Sends a request and returns once the answer begins.
    pub async fn open(&mut self, request: Request<Body>) -> Response<Incoming> {
        let response = tokio::time::timeout(ANSWER_MAX, self.sender.send_request(request)).await;
        response.unwrap_or_else(|_| panic!("no answer within {ANSWER_MAX:?}")).unwrap()
    }

    /// `POST path` with these headers and body; reads the whole answer.
    pub async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let url = format!("http://{}{path}", self.http.address);
        let request = self.http.request(Method::POST, &url, headers, body);
        Answer::read(self.open(request).await).await
    }

    /// A unary gRPC call with the bytes of its message; the answer's body still has its frames.
    pub async fn grpc(&mut self, path: &str, headers: &[(&str, &str)], message: &[u8]) -> Answer {
        let headers = [&[("content-type", "application/grpc"), ("te", "trailers")], headers].concat();
        self.post(path, &headers, crate::wire::frame(0, message)).await
    }
}
