//! What is asked of Discord's REST API.
//!
//! serenity's own client loses `Retry-After` where its limiter is off, waits without bound where it is on, and cannot be
//! pointed elsewhere then. This one does the same in tests and in earnest: every call has a timeout, waits as long as
//! Discord says, and is tried again a few times.

mod limits;

use super::{
    health::{Health, Trouble},
    render::File,
};
use crate::{Error, http::connector, options};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use limits::Waits;
use micro_domain::chat::Platform;
use serde_json::Value;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// Longest a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often a request is tried again.
const RETRIES: u32 = 3;
/// The first pause before trying again; each next is twice as long.
const BACKOFF: Duration = Duration::from_millis(250);
/// Longest pause that Discord may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);
/// The same for what is not tried again: something newer is about to follow.
const RETRY_AFTER_ONCE: Duration = Duration::from_secs(2);
/// Largest answer that is read, in bytes.
const ANSWER_MAX_BYTES: usize = 2 * 1024 * 1024;
/// Where to read about who asks: the package's repository. While it names none, what it is a client of, which is true of
/// every copy.
const ABOUT: &str = match env!("CARGO_PKG_REPOSITORY").is_empty() {
    true => "https://discord.com/developers/docs/reference",
    false => env!("CARGO_PKG_REPOSITORY"),
};

/// Why Discord did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Discord said no, with this HTTP status and its own code.
    Answer(u16, i64),
    /// Too many requests, even after waiting.
    Limited,
    /// Discord was not reached, or did not answer in time.
    Unreachable,
    /// It was refused too often for anything to be sent.
    Stopped,
    /// The first response did not arrive, so nothing can be added to it.
    Unacknowledged,
}

impl Refusal {
    /// Whether the interaction, or what it was answered with, is not there (any more): 10008, 10015 and 10062 are
    /// unknown, 50027 an ended token.
    pub(super) const fn is_gone(&self) -> bool {
        matches!(self, Self::Answer(_, 10008 | 10015 | 10062 | 50027) | Self::Unacknowledged)
    }

    /// Whether it may be that the first response has not been read yet.
    pub(super) const fn is_early(&self) -> bool {
        matches!(self, Self::Answer(_, 10008 | 10015 | 10062))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(status, 0) => write!(out, "Discord answered with HTTP status {status}"),
            Self::Answer(status, code) => {
                write!(out, "Discord answered with HTTP status {status}, code {code}")
            }
            Self::Limited => out.write_str("Discord limits the rate"),
            Self::Unreachable => out.write_str("Discord cannot be reached"),
            Self::Stopped => out.write_str("Discord refused too many requests"),
            Self::Unacknowledged => out.write_str("the first response did not arrive"),
        }
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub(super) struct Call<'c> {
    method: &'static str,
    path: &'c str,
    body: Option<&'c Value>,
    file: Option<&'c File>,
    retries: u32,
}

impl<'c> Call<'c> {
    /// A call of a path below the API's base.
    pub(super) const fn new(method: &'static str, path: &'c str) -> Self {
        Self { method, path, body: None, file: None, retries: RETRIES }
    }

    /// With this JSON.
    pub(super) const fn body(self, body: &'c Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// With this file, if there is one.
    pub(super) const fn file(self, file: Option<&'c File>) -> Self {
        Self { file, ..self }
    }

    /// Not tried again.
    pub(super) const fn once(self) -> Self {
        Self { retries: 0, ..self }
    }

    /// Whether doing it twice does no harm: a second answer to an interaction is refused.
    fn is_repeatable(&self) -> bool {
        self.method != "POST" || self.path.starts_with("interactions/")
    }

    /// Interactions are answered with their own tokens.
    fn needs_token(&self) -> bool {
        !self.path.starts_with("interactions/") && !self.path.starts_with("webhooks/")
    }
}

/// Why one try failed.
struct Failed {
    refusal: Refusal,
    /// Whether another may do better.
    again: bool,
    /// How long Discord wants to be left alone.
    wait: Option<Duration>,
}

impl Failed {
    const fn unreachable(again: bool) -> Self {
        Self { refusal: Refusal::Unreachable, again, wait: None }
    }
}

/// Who asks, in the form that Discord demands (<https://discord.com/developers/docs/reference#user-agent>).
fn user_agent() -> String {
    format!("DiscordBot ({ABOUT}, {})", env!("CARGO_PKG_VERSION"))
}

/// Discord's REST API.
pub(super) struct Rest {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    authorization: HeaderValue,
    user_agent: String,
    health: Arc<Health>,
    waits: Waits,
}

impl Rest {
    /// A client of the configured API.
    pub(super) fn new(options: &options::Discord, health: Arc<Health>) -> Result<Self, Error> {
        let wrong = |what: &str| Error::configuration(Platform::Discord, what);
        let connector = connector(Platform::Discord)?;
        let mut authorization = HeaderValue::from_str(&format!("Bot {}", options.bot_token.reveal()))
            .map_err(|_| wrong("MICRO_DISCORD_BOT_TOKEN holds characters that no token has."))?;
        authorization.set_sensitive(true);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base: format!("{}/api/v10", options.api_url),
            authorization,
            user_agent: user_agent(),
            health,
            waits: Waits::default(),
        })
    }

    /// Asks, as often as it takes within bounds.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Value, Refusal> {
        let mut last = Refusal::Unreachable;
        for attempt in 0..=call.retries {
            let now = Instant::now();
            if !self.health.may_send(now) {
                return Err(Refusal::Stopped);
            }
            let wait = self.waits.left(call.path, now);
            let longest = if call.retries == 0 { RETRY_AFTER_ONCE } else { RETRY_AFTER_MAX };
            if wait > longest {
                return Err(Refusal::Limited);
            }
            tokio::time::sleep(wait).await;
            let failed = match tokio::time::timeout(TIMEOUT, self.once(call)).await {
                Ok(Ok(answer)) => {
                    self.health.well(Trouble::Unreachable);
                    return Ok(answer);
                }
                Ok(Err(failed)) => failed,
                Err(_) => Failed::unreachable(call.is_repeatable()),
            };
            last = failed.refusal;
            let pause = failed.wait.unwrap_or(BACKOFF * 2_u32.pow(attempt));
            if !failed.again || pause > RETRY_AFTER_MAX {
                break;
            }
            if attempt < call.retries {
                tokio::time::sleep(pause).await;
            }
        }
        if last == Refusal::Unreachable {
            self.health.trouble(Trouble::Unreachable, last.to_string());
        }
        Err(last)
    }

    async fn once(&self, call: Call<'_>) -> Result<Value, Failed> {
        // What cannot be written as a request would not be better the next time.
        let request = self.request(call).map_err(|_| Failed::unreachable(false))?;
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| Failed::unreachable(error.is_connect() || call.is_repeatable()))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_MAX_BYTES).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        self.waits.note(call.path, &parts.headers, Instant::now());
        if parts.status.is_success() {
            return Ok(answer);
        }
        Err(self.refused(parts.status, &parts.headers, &answer))
    }

    fn refused(&self, status: StatusCode, headers: &HeaderMap, answer: &Value) -> Failed {
        self.health.well(Trouble::Unreachable);
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        // A limit that others share is nobody's fault, and Discord does not count it.
        let shared = headers.get("x-ratelimit-scope").is_some_and(|scope| scope == "shared");
        let counts = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || limited;
        if counts && !shared {
            self.health.refused(Instant::now());
        }
        let refusal = if limited {
            Refusal::Limited
        } else {
            Refusal::Answer(status.as_u16(), answer["code"].as_i64().unwrap_or_default())
        };
        let wait = limited.then(|| limits::retry_after(headers, answer));
        Failed { refusal, again: limited || status.is_server_error(), wait }
    }

    fn request(&self, call: Call<'_>) -> Result<http::Request<Full<Bytes>>, http::Error> {
        let method = Method::from_bytes(call.method.as_bytes())?;
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}/{}", self.base, call.path))
            .header(header::USER_AGENT, &self.user_agent);
        if call.needs_token() {
            request = request.header(header::AUTHORIZATION, self.authorization.clone());
        }
        let json = call.body.map(Value::to_string);
        match (json, call.file) {
            (Some(json), Some(file)) => {
                let boundary = format!("micro-{}", uuid::Uuid::new_v4().simple());
                let media = format!("multipart/form-data; boundary={boundary}");
                request.header(header::CONTENT_TYPE, media).body(Full::new(parts(&boundary, &json, file)))
            }
            (Some(json), None) => {
                request.header(header::CONTENT_TYPE, "application/json").body(Full::new(json.into()))
            }
            (None, _) => request.body(Full::default()),
        }
    }
}

/// JSON and a file, as a form has them.
fn parts(boundary: &str, json: &str, file: &File) -> Bytes {
    let media = if file.name.ends_with(".json") { "application/json" } else { "text/plain; charset=utf-8" };
    let mut out = BytesMut::with_capacity(json.len() + file.content.len() + 512);
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n"
    );
    let between = format!(
        "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"{}\"\r\nContent-Type: {media}\r\n\r\n",
        file.name
    );
    let end = format!("\r\n--{boundary}--\r\n");
    for part in [&head, json, &between, &file.content, &end] {
        out.put_slice(part.as_bytes());
    }
    out.freeze()
}

#[cfg(test)]
mod tests;
