//! What browsers see: pages, server functions, assets, live data, and the API for callers with a session.
//!
//! Layers, outermost first: security headers, cross-site checks, forms that act once, session, caller. No route escapes them, the gateway's
//! included, because each of them accepts the cookie.

mod apart;
pub(crate) mod api;
mod assets;
mod caller;
pub(crate) mod health;
mod invite;
mod live;
mod once;
mod pages;
mod policy;
mod short_link;
mod sign_in;
mod socket;

use axum::{Router, extract::FromRef, middleware, routing};
use leptos::config::LeptosOptions;
use micro_bot::Bot;
use micro_client::Client;
use micro_database::Database;
use micro_gateway::Gateway;
use micro_identity::Identity;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::{compression::CompressionLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer};

/// Largest form or server-function body, in bytes: a message of the gateway's limit, escaped.
const FORM_MAX_BYTES: usize = 16 * 1024 * 1024;

/// What every handler may need.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) client: Client,
    pub(crate) identity: Identity,
    pub(crate) gateway: Gateway,
    pub(crate) public_url: Arc<str>,
    pub(crate) assets: micro_app::Assets,
    pub(crate) options: LeptosOptions,
    pub(crate) database: Database,
    /// Cancelled when the server stops, so that live streams end first.
    pub(crate) stopping: CancellationToken,
    /// The bots, where they are configured.
    pub(crate) bot: Option<Bot>,
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.options.clone()
    }
}

/// Where the browser finds the dashboard's files.
pub(crate) fn locate_assets() -> micro_app::Assets {
    assets::locate()
}

/// Leptos' own settings: only the name of its output matters, and that our shell sets itself.
pub(crate) fn leptos_options() -> LeptosOptions {
    LeptosOptions::builder().output_name("micro").build()
}

/// The router for everything but API calls with a bearer token.
pub(crate) fn router(web: Web) -> Router {
    let limited = pages::routes(&web).layer(RequestBodyLimitLayer::new(FORM_MAX_BYTES));
    let secure = web.public_url.starts_with("https://");
    // Signed by their platforms: they carry neither cookie nor origin.
    let chat = web.bot.as_ref().map(Bot::routes).unwrap_or_default();
    Router::new()
        .merge(limited)
        .route("/live/services", routing::get(live::services))
        .route("/live/call", routing::any(socket::call))
        .route("/u/{id}", routing::get(short_link::follow))
        .route("/v1", routing::any(api::answer))
        .route("/v1/{*rest}", routing::any(api::answer))
        .layer(CompressionLayer::new())
        .route("/assets/{*file}", routing::get(assets::serve))
        .route("/favicon.ico", routing::get(assets::favicon))
        .fallback(pages::fallback)
        .layer(middleware::from_fn_with_state(web.clone(), caller::identify))
        .layer(caller::session_layer(&web.identity, secure))
        .layer(middleware::from_fn_with_state(once::Once::default(), once::act))
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn(caller::refuse_unattested))
        .route("/healthz", routing::get(health::live))
        .route("/readyz", routing::get(health::ready))
        .with_state(web)
        .merge(chat)
        .layer(middleware::from_fn_with_state(secure, policy::headers))
}
