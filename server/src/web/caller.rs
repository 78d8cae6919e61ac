//! From cookie to principal, and the cross-site rules that go with a cookie.

use super::Web;
use crate::edge::text;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{Method, StatusCode, header};
use micro_client::Client;
use micro_domain::identity::{Credential, Principal, Secret};
use micro_identity::{Identity, session::Store};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer,
    cookie::{SameSite, time::Duration},
};

/// The cookie over http, and over https, where the prefix binds it to this host and to TLS.
const COOKIE: &str = "micro";
const COOKIE_SECURE: &str = "__Host-micro";
/// How long a browser keeps the cookie, in days; the store ends idle sessions sooner.
const SESSION_DAYS: i64 = 7;

/// Who sent this request; in the extensions of every request past the layers.
#[derive(Clone, Default)]
pub(super) struct Caller {
    /// None when signed out.
    pub(super) principal: Option<Principal>,
    session: Option<Secret>,
}

impl Caller {
    /// The backend client as this caller.
    pub(super) fn client(&self, client: &Client) -> Client {
        client.with_credential(self.session.clone().map(Credential::Session))
    }
}

/// Loads and stores sessions.
pub(super) fn session_layer(identity: &Identity, secure: bool) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(identity.session_store())
        .with_name(if secure { COOKIE_SECURE } else { COOKIE })
        .with_secure(secure)
        .with_same_site(SameSite::Lax)
        .with_http_only(true)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::days(SESSION_DAYS)))
}

/// Puts the [`Caller`] into the request's extensions.
pub(super) async fn identify(
    State(web): State<Web>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match session.id() {
        // A request that names another credential never falls back to its cookie.
        Some(id) if !request.headers().contains_key(header::AUTHORIZATION) => {
            let id = id.to_string();
            let principal = web.identity.resolve_session(&id).await;
            Caller { session: principal.is_some().then(|| Secret::new(id)), principal }
        }
        _ => Caller::default(),
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Refuses a change that carries our cookie but no word on where it comes from: browsers that send the cookie also send
/// `Sec-Fetch-Site` or `Origin`, so its sender is no browser of a person who meant it.
pub(super) async fn refuse_unattested(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    let attested = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    if !safe && !attested && has_cookie(&request) {
        return text(
            StatusCode::FORBIDDEN,
            "A change made with a session cookie must say where it comes from (Origin or Sec-Fetch-Site). \
             Scripts use `Authorization: Bearer` instead; create a token with `micro token create NAME`.\n",
        );
    }
    next.run(request).await
}

fn has_cookie(request: &Request) -> bool {
    let cookies = request.headers().get_all(header::COOKIE);
    let mut pairs = cookies.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    pairs.any(|pair| {
        pair.trim().split_once('=').is_some_and(|(name, _)| name == COOKIE || name == COOKIE_SECURE)
    })
}
