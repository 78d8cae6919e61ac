//! The HTTP edge: one listener, one allow-list of hosts, one place where a caller becomes a principal.
//!
//! A request with a bearer token goes straight to the gateway when its path is an API's; everything else passes the
//! browser's layers (cross-site checks, session, security headers) in [`crate::web`].

pub(crate) mod host;
pub(crate) mod listener;

use crate::web;
use axum::{Router, body::Body, extract::Request, response::Response};
use host::Hosts;
use http::{Method, StatusCode, header};
use micro_gateway::Gateway;
use micro_identity::Identity;
use std::sync::Arc;
use tower::ServiceExt as _;

/// The whole edge; one per process, shared by all connections.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) identity: Identity,
    pub(crate) gateway: Gateway,
    pub(crate) browser: Router,
}

impl Edge {
    /// Answers one request.
    pub(crate) async fn answer(self, request: Request) -> Response {
        if !self.hosts.allows(&request) && !is_chat(&request) {
            return host::misdirected();
        }
        if is_api(&request) && request.headers().contains_key(header::AUTHORIZATION) {
            return self.answer_bearer(request).await;
        }
        match self.browser.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// An API call that names its credential; it never falls back to a cookie.
    async fn answer_bearer(self, request: Request) -> Response {
        // A clone of the value, which is cheap: a body cannot be shared while this waits.
        let value = request.headers().get(header::AUTHORIZATION).cloned();
        let value = value.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let principal = match self.identity.resolve_bearer(value).await {
            Ok(principal) => Some(principal),
            // The gateway answers in the protocol the caller speaks.
            Err(error) => return web::api::refuse(request.headers(), &error),
        };
        let request = request.map(tonic::body::Body::new);
        self.gateway.handle(request, principal).await.map(Body::new)
    }
}

/// Whether the path belongs to the gateway: `/v1/...`, or `POST /package.Service/Method`.
pub(crate) fn is_api(request: &Request) -> bool {
    let path = request.uri().path();
    if path == "/v1" || path.starts_with("/v1/") {
        return true;
    }
    // The dashboard's own paths never have a dot in their first part.
    let mut parts = path.split('/').skip(1);
    let grpc = matches!((parts.next(), parts.next(), parts.next()),
        (Some(service), Some(method), None) if service.contains('.') && !method.is_empty());
    grpc && matches!(*request.method(), Method::POST | Method::GET | Method::OPTIONS)
}

/// Whether a chat platform sends this. Its signature says so, whatever name it reaches the server by; and as it carries no
/// cookie, a name that was rebound gains nothing.
fn is_chat(request: &Request) -> bool {
    let path = request.uri().path();
    *request.method() == Method::POST
        && (path.starts_with("/chat/slack/") || path.starts_with("/chat/discord/"))
}

/// A plain-text answer.
pub(crate) fn text(status: StatusCode, message: &'static str) -> Response {
    let mut response = Response::new(Body::from(message));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
