//! The composition root: joins the platform's subsystems, the base services and the dashboard into one process with one
//! listener.
//!
//! The subsystems do not know each other. The registry's catalog reaches the gateway as a watch, failed calls reach the
//! registry through a queue, and a revoked credential reaches open streams through a broadcast; all three are wired in
//! `compose`.

pub mod bots;
mod compose;
mod config;
mod edge;
mod owner;
pub mod private_file;
mod web;

pub use config::Config;
pub use micro_bot::Settings as ChatSettings;

use micro_domain::identity::Secret;
use std::{future::Future, io, net::SocketAddr};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Why the server did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; is another server using it? Choose one with --listen")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The data directory cannot be used.
    #[error("cannot use the data directory {path}; choose one with --data")]
    Data {
        /// The directory.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The database cannot be opened.
    #[error("cannot open the database")]
    Database(#[from] micro_database::Error),
    /// Identity cannot start.
    #[error("cannot set up identity")]
    Identity(#[source] micro_domain::Error),
    /// The registry cannot start.
    #[error("cannot set up the registry")]
    Registry(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The public URL is no http or https address.
    #[error("the public URL `{0}` is no http or https address")]
    PublicUrl(String),
    /// Neither Slack nor Discord is configured.
    #[error(
        "neither Slack nor Discord is configured: set MICRO_SLACK_BOT_TOKEN or MICRO_DISCORD_BOT_TOKEN; \
         `micro bot setup slack` and `micro bot setup discord` say where they are found"
    )]
    NoBot,
    /// The token is somebody's own.
    #[error(
        "the token is no bot's; make one with `micro token create NAME --bot` and give it as --token or MICRO_TOKEN"
    )]
    NoBotToken,
    /// The server refuses the bots, or its address is none.
    #[error("the server does not take the bots")]
    Server(#[source] micro_domain::Error),
    /// The bots are configured wrong, or by half.
    #[error("the bots cannot start")]
    Chat(#[from] micro_bot::Error),
}

/// What a started server tells whoever started it.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The address it listens on, the real port included.
    pub address: SocketAddr,
    /// The base of every link it hands out.
    pub url: String,
    /// A fresh link that signs the owner's browser in: single use, 15 minutes.
    pub sign_in: String,
    /// The owner's token, for the context named `local`.
    pub owner_token: Secret,
}

impl Ready {
    /// How this machine reaches the server, whatever the public URL says.
    #[must_use]
    pub fn local_url(&self) -> String {
        format!("http://{}", owner::reachable(self.address))
    }
}

/// Runs a server until `shutdown` resolves; calls `ready` once it accepts connections.
///
/// # Errors
/// When it cannot start: see [`Error`].
pub async fn run(
    config: Config,
    shutdown: impl Future<Output = ()>,
    ready: impl FnOnce(&Ready),
) -> Result<(), Error> {
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| Error::Listen { address: config.listen, source })?;
    let address = listener.local_addr().map_err(|source| Error::Listen { address: config.listen, source })?;
    let stopping = CancellationToken::new();
    let composed = compose::compose(&config, address, stopping.clone()).await?;
    ready(&composed.ready);
    let edge = composed.edge;
    let answer = move |request| edge.clone().answer(request);
    edge::listener::serve(listener, answer, shutdown, stopping).await;
    composed.platform.close().await;
    Ok(())
}
