//! The bots alone, beside a server elsewhere: `micro bot`.

pub use micro_bot::{doctor, preview, setup};

use crate::{Error, edge, owner, web::health};
use axum::{Json, Router, extract::Request, response::IntoResponse as _, routing};
use micro_bot::{Bot, Settings};
use micro_client::Client;
use micro_domain::{
    Code,
    identity::{Credential, Secret},
};
use serde_json::json;
use std::{future::Future, net::SocketAddr};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// What the bots are told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where signed HTTP is taken, and `/readyz` answered; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The server they speak to, such as `https://micro.example.com`.
    pub server: String,
    /// A bot's token.
    pub token: Secret,
    /// The base of the links they show; the server's own address when none.
    pub public_url: Option<String>,
    /// Slack and Discord.
    pub chat: Settings,
}

/// Runs the bots until `shutdown` resolves; calls `ready` with the base of their address once they take requests.
///
/// # Errors
/// When neither platform is configured, the token is no bot's, or the address cannot be listened on.
pub async fn run(
    config: Config,
    shutdown: impl Future<Output = ()>,
    ready: impl FnOnce(&str),
) -> Result<(), Error> {
    let (slack, discord) = (config.chat.slack()?, config.chat.discord()?);
    if slack.is_none() && discord.is_none() {
        return Err(Error::NoBot);
    }
    let client =
        Client::connect(&config.server, Some(Credential::Token(config.token))).map_err(Error::Server)?;
    check(&client).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| Error::Listen { address: config.listen, source })?;
    let address = listener.local_addr().map_err(|source| Error::Listen { address: config.listen, source })?;
    let stopping = CancellationToken::new();
    let public_url = config.public_url.unwrap_or(config.server);
    let bot = Bot::start(micro_bot::Options { slack, discord, client, public_url }, stopping.clone())?;
    ready(&format!("http://{}", owner::reachable(address)));
    let routes = routes(bot);
    let answer = move |request: Request| {
        let routes = routes.clone();
        async move { routes.oneshot(request).await.unwrap_or_else(|never| match never {}) }
    };
    edge::listener::serve(listener, answer, shutdown, stopping).await;
    Ok(())
}

fn routes(bot: Bot) -> Router {
    let told = bot.clone();
    let ready = move || async move {
        Json(json!({"ready": true, "chat": health::chat(&told.status())})).into_response()
    };
    bot.routes().route("/healthz", routing::get(health::live)).route("/readyz", routing::get(ready))
}

/// Whether the server takes the token as a bot's. A server that is away may come later.
async fn check(client: &Client) -> Result<(), Error> {
    match client.identity().whoami().await {
        // A bot is nobody by itself, and says so.
        Err(error) if error.code == Code::PermissionDenied => Ok(()),
        Err(error) if error.code == Code::Unavailable => {
            tracing::warn!("the Micro server cannot be reached; commands fail until it can");
            Ok(())
        }
        Err(error) => Err(Error::Server(error)),
        Ok(_) => Err(Error::NoBotToken),
    }
}
