//! What is asked of Slack: its Web API, and the addresses that answers go to.

use crate::{Error, http::connector, options};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use micro_domain::{chat::Platform, identity::Secret};
use serde::Serialize;
use serde_json::Value;
use slack_morphism::{
    SlackApiToken, SlackApiTokenValue, SlackClient, SlackClientApiCallContext, SlackClientHttpConnector as _,
    errors::SlackClientError, hyper_tokio::SlackClientHyperConnector,
};
use std::{fmt, time::Duration};
use url::Url;

/// Longest a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often a request is tried again.
const RETRIES: u32 = 3;
/// The first pause before trying again; each next is twice as long.
const BACKOFF: Duration = Duration::from_millis(250);
/// Longest pause that Slack may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

/// How connections are made.
pub(super) type Connector = SlackClientHyperConnector<HttpsConnector<HttpConnector>>;

/// What is sent, as JSON.
pub(super) trait Body: Serialize + Send + Sync {}
impl<T: Serialize + Send + Sync> Body for T {}

/// Slack's side of the line.
pub(super) struct Api {
    client: SlackClient<Connector>,
    token: SlackApiToken,
    hooks: String,
}

/// Why Slack did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Slack said no, with this code.
    Api(String),
    /// Slack answered with this HTTP status.
    Status(u16),
    /// Too many requests, even after waiting.
    Limited,
    /// Slack was not reached, or did not answer in time.
    Unreachable,
    /// The address is none of Slack's.
    Address,
}

/// The head of an answer.
pub(super) struct Head {
    /// Granted scopes, with commas between.
    pub(super) scopes: String,
    /// Slack's time, milliseconds since the Unix epoch.
    pub(super) date_ms: Option<i64>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(code) => write!(out, "Slack refused: {code}"),
            Self::Status(status) => write!(out, "Slack answered with HTTP status {status}"),
            Self::Limited => out.write_str("Slack limits the rate"),
            Self::Unreachable => out.write_str("Slack cannot be reached"),
            Self::Address => out.write_str("the address to answer to is none of Slack's"),
        }
    }
}

impl Api {
    /// A client of the configured API.
    pub(super) fn new(options: &options::Slack) -> Result<Self, Error> {
        let connector =
            Connector::with_connector(connector(Platform::Slack)?).with_slack_api_url(&options.api_url);
        Ok(Self {
            client: SlackClient::new(connector),
            token: token(options.bot_token.reveal()),
            hooks: options.hooks_origin.clone(),
        })
    }

    /// The client itself, for Socket Mode.
    pub(super) fn client(&self) -> SlackClient<Connector> {
        self.client.clone()
    }

    /// Calls a method of the Web API.
    pub(super) async fn call(&self, method: &str, body: &impl Body) -> Result<Value, Refusal> {
        let url = self.client.http_api.connector.create_method_uri_path(method);
        let url = url.map_err(|_| Refusal::Address)?;
        self.post(url, body, Some(&self.token)).await
    }

    /// Answers to a response address, which must be Slack's own: whoever signs requests could name any other.
    pub(super) async fn respond(&self, address: &str, body: &impl Body) -> Result<(), Refusal> {
        let url = Url::parse(address).map_err(|_| Refusal::Address)?;
        if url.origin().ascii_serialization() != self.hooks {
            return Err(Refusal::Address);
        }
        self.post(url, body, None).await.map(drop)
    }

    /// Whether an app-level token opens sockets. The one that is offered stays unused, and closes by itself.
    pub(super) async fn opens_sockets(&self, app_token: &Secret) -> Result<(), Refusal> {
        let url = self.client.http_api.connector.create_method_uri_path("apps.connections.open");
        let (token, nothing) = (token(app_token.reveal()), serde_json::json!({}));
        let sent = self.once(url.map_err(|_| Refusal::Address)?, &nothing, Some(&token));
        let sent = tokio::time::timeout(TIMEOUT, sent).await.map_err(|_| Refusal::Unreachable)?;
        sent.map(drop).map_err(|(refusal, _)| refusal)
    }

    /// What the library keeps to itself of an answer's head: granted scopes, and Slack's time.
    pub(super) async fn head(&self, bot_token: &Secret) -> Option<Head> {
        let uri = self.client.http_api.connector.create_method_uri_path("auth.test").ok()?;
        let request = http::Request::post(uri.as_str())
            .header(http::header::AUTHORIZATION, format!("Bearer {}", bot_token.reveal()))
            .body(http_body_util::Empty::<bytes::Bytes>::new())
            .ok()?;
        let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
            .build(connector(Platform::Slack).ok()?);
        let answer = tokio::time::timeout(TIMEOUT, client.request(request)).await.ok()?.ok()?;
        let text = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        Some(Head {
            scopes: text("x-oauth-scopes").unwrap_or_default().to_owned(),
            date_ms: text("date").and_then(crate::doctor::http_date_ms),
        })
    }

    async fn post(
        &self,
        url: Url,
        body: &impl Body,
        token: Option<&SlackApiToken>,
    ) -> Result<Value, Refusal> {
        let mut pause = BACKOFF;
        let mut last = Refusal::Unreachable;
        for attempt in 0..=RETRIES {
            if attempt > 0 {
                tokio::time::sleep(pause).await;
                pause = (BACKOFF * 2_u32.pow(attempt)).min(RETRY_AFTER_MAX);
            }
            match tokio::time::timeout(TIMEOUT, self.once(url.clone(), body, token)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err((refusal, wait))) => {
                    let again = match &refusal {
                        Refusal::Limited | Refusal::Unreachable => true,
                        Refusal::Status(status) => *status >= 500,
                        Refusal::Api(_) | Refusal::Address => false,
                    };
                    if !again {
                        return Err(refusal);
                    }
                    pause = wait.map_or(pause, |wait| wait.min(RETRY_AFTER_MAX));
                    last = refusal;
                }
                Err(_) => last = Refusal::Unreachable,
            }
        }
        Err(last)
    }

    async fn once(
        &self,
        url: Url,
        body: &impl Body,
        token: Option<&SlackApiToken>,
    ) -> Result<Value, (Refusal, Option<Duration>)> {
        let span = tracing::Span::none();
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token,
            tracing_span: &span,
            is_sensitive_url: true,
        };
        let sent = self.client.http_api.connector.http_post_uri(url, body, context).await;
        // The library's errors hold whole bodies: only their kind goes on.
        sent.map_err(|error| match error {
            SlackClientError::ApiError(error) => (Refusal::Api(error.code), None),
            SlackClientError::HttpError(error) => (Refusal::Status(error.status_code.as_u16()), None),
            SlackClientError::RateLimitError(error) => (Refusal::Limited, error.retry_after),
            _ => (Refusal::Unreachable, None),
        })
    }
}

/// A token as the library wants it.
pub(super) fn token(text: &str) -> SlackApiToken {
    SlackApiToken::new(SlackApiTokenValue(text.to_owned()))
}
