//! What the tests need: a serving fake, and an app that remembers what it was sent.

use crate::{serve, state::Shared};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};

/// A fake that serves for as long as the test's runtime lives.
pub(super) struct Fake {
    pub(super) slack: Shared,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut slack = super::slack();
        slack.address = listener.local_addr().unwrap().to_string();
        let slack = Arc::new(slack);
        tokio::spawn(serve(listener, slack.clone()));
        Self { slack }
    }

    /// A control request that must succeed.
    pub(super) async fn control(&self, what: &str, body: Value) -> Value {
        let (status, text) = self.request("POST", &format!("/control/{what}"), body.to_string()).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(super) async fn state(&self) -> Value {
        let (_, text) = self.request("GET", "/control/state", String::new()).await;
        serde_json::from_str(&text).unwrap()
    }

    pub(super) async fn request(&self, method: &str, path: &str, body: String) -> (u16, String) {
        let stream = TcpStream::connect(&self.slack.address).await.unwrap();
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        let request = hyper::Request::builder().method(method).uri(path).header("host", &self.slack.address);
        let request = request.header("content-type", "application/json");
        let response =
            sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// What the app was sent.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) body: String,
    headers: HeaderMap,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Inner {
    received: Vec<Received>,
    answer: (u16, String, u64),
}

/// An app that answers what it is told to.
pub(super) struct App {
    pub(super) url: String,
    inner: Arc<Mutex<Inner>>,
}

impl App {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner { answer: (200, String::new(), 0), ..Inner::default() }));
        let app = Router::new().fallback(receive).with_state(inner.clone());
        #[expect(clippy::disallowed_methods, reason = "only this test connects")]
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { url, inner }
    }

    pub(super) fn answer(&self, status: u16, body: &str, after_ms: u64) {
        self.inner.lock().unwrap().answer = (status, body.to_owned(), after_ms);
    }

    pub(super) fn last(&self) -> Received {
        self.inner.lock().unwrap().received.last().cloned().unwrap()
    }

    pub(super) async fn wait_for(&self, count: usize) {
        while self.inner.lock().unwrap().received.len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn receive(
    State(inner): State<Arc<Mutex<Inner>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let (status, text, after_ms) = {
        let mut inner = inner.lock().unwrap();
        inner.received.push(Received { path: uri.path().to_owned(), body, headers });
        inner.answer.clone()
    };
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    (StatusCode::from_u16(status).unwrap(), text)
}
