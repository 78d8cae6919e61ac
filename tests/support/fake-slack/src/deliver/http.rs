//! Signed requests to the app.

use crate::{
    clock,
    deliver::{ACKNOWLEDGE_MAX, Kind, Route, Signature},
    records::Attempt,
    signature::sign,
    state::Slack,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::error::Error;
use tokio::{net::TcpStream, time::Instant};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request, ready to be sent any number of times.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    address: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Request {
    /// The same with one more header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut request = self.clone();
        request.headers.push((name, value.to_owned()));
        request
    }
}

/// The request that brings `payload`.
pub(crate) fn request(slack: &Slack, route: &Route, app_url: &str, kind: Kind, payload: &Value) -> Request {
    let (content_type, body) = match kind {
        Kind::Command => (FORM, form(payload)),
        Kind::Interaction | Kind::Options => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            (FORM, form.append_pair("payload", &payload.to_string()).finish())
        }
        Kind::Event => (JSON, payload.to_string()),
    };
    raw(slack, route, app_url, kind.name(), content_type, body.into())
}

/// A request with whatever body; `name` is the last part of the app's path.
pub(crate) fn raw(
    slack: &Slack,
    route: &Route,
    app_url: &str,
    name: &str,
    content_type: &str,
    body: Bytes,
) -> Request {
    let timestamp = signed_at(route.timestamp_offset_s);
    let mut headers = vec![
        ("content-type", content_type.to_owned()),
        ("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)".to_owned()),
        ("x-slack-request-timestamp", timestamp.clone()),
    ];
    let secret = match route.signature {
        Signature::Good | Signature::Missing => slack.options.signing_secret.clone(),
        Signature::Bad => format!("not-{}", slack.options.signing_secret),
    };
    if route.signature != Signature::Missing {
        headers.push(("x-slack-signature", sign(&secret, &timestamp, &body)));
    }
    let address = app_url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    Request { address, path: format!("/chat/slack/{name}"), headers, body }
}

/// The timestamp of a signature, in seconds; of the real clock, since the app compares it with its own.
pub(crate) fn signed_at(offset_s: i64) -> String {
    (i64::try_from(clock::real_ms() / 1_000).unwrap() + offset_s).to_string()
}

fn form(payload: &Value) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in payload.as_object().unwrap() {
        form.append_pair(name, value.as_str().unwrap_or_default());
    }
    form.finish()
}

/// Sends a request and waits for its answer as long as Slack does.
pub(crate) async fn attempt(request: &Request) -> Attempt {
    let started = Instant::now();
    let mut attempt = Attempt { at_ms: clock::real_ms(), ..Attempt::default() };
    match tokio::time::timeout(ACKNOWLEDGE_MAX, send(request)).await {
        Ok(Ok((status, last, body))) => {
            attempt.latency_ms = u64::try_from(started.elapsed().as_millis()).ok();
            attempt.status = Some(status);
            attempt.acknowledged = status == 200;
            attempt.body = body;
            attempt.last = last;
        }
        Ok(Err(error)) => attempt.error = Some(error.to_string()),
        Err(_) => attempt.error = Some("timeout".to_owned()),
    }
    attempt
}

async fn send(request: &Request) -> Result<(u16, bool, String), Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(&request.address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut builder = hyper::Request::post(&request.path).header("host", &request.address);
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    let response = sender.send_request(builder.body(Full::new(request.body.clone()))?).await?;
    let status = response.status().as_u16();
    let last = response.headers().get("x-slack-no-retry").is_some_and(|value| value == "1");
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, last, String::from_utf8_lossy(&body).into_owned()))
}
