//! The peer: an app on Bolt JS, in `xtask/peers/bolt`.

use anyhow::{Context, Result, bail};

use super::{commands, sink::Sink};
use crate::bench::servers::Server;
use crate::{install, process, workspace};

/// A running app.
pub(super) struct Bolt {
    pub(super) server: Server,
    pub(super) port: u16,
    /// Such as `Bolt JS 5.1.0 on Node.js v20.20.2`.
    pub(super) version: String,
}

impl Bolt {
    /// Starts it with the services that its answers name.
    pub(super) fn start(sink: &Sink, services: &[String]) -> Result<Self> {
        let folder = workspace::root().join("xtask/peers/bolt");
        if workspace::program("npm").is_none() {
            bail!("SKIPPED Bolt JS: Node.js 20 or newer with npm is needed: apt-get install nodejs npm");
        }
        install::npm_packages(&folder).context("SKIPPED Bolt JS: npm ci in xtask/peers/bolt")?;
        let mut command = process::command("node");
        command.arg(folder.join("app.js")).env("NODE_ENV", "production");
        command.env("SLACK_SIGNING_SECRET", commands::SIGNING_SECRET).env("SLACK_BOT_TOKEN", BOT_TOKEN);
        // Bolt appends the method to it as it is.
        command.env("SLACK_API_URL", format!("{}/", sink.api_url()));
        command.env("SERVICES", serde_json::to_string(services)?);
        let (server, ready) = Server::with_ready_line(&mut command)?;
        let port = ready["port"].as_u64().and_then(|port| u16::try_from(port).ok()).context("no port")?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let version = format!("Bolt JS {} on Node.js {}", text("bolt"), text("node"));
        Ok(Self { server, port, version })
    }
}

/// The bot's token at the sink, which takes any.
pub(super) const BOT_TOKEN: &str = "xoxb-bench-bot-token";
