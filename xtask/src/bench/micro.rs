//! Micro as it is measured: the release, in a fresh folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

use super::servers::Server;
use crate::process;

/// A running Micro with its own data and configuration.
pub(super) struct Micro {
    program: PathBuf,
    configuration: PathBuf,
    pub(super) server: Server,
    /// Such as `http://127.0.0.1:41231`.
    pub(super) url: String,
    /// The link that signs a browser in.
    pub(super) sign_in: String,
}

impl Micro {
    /// Starts with this many worker threads and these further variables, and waits for the ready line.
    pub(super) fn start(
        program: &Path,
        folder: &Path,
        workers: u32,
        environment: &[(&str, String)],
    ) -> Result<Self> {
        let configuration = folder.join("configuration");
        let mut command = server(program, folder);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.args(["--listen", "127.0.0.1:0", "--output", "json"]);
        command.env("TOKIO_WORKER_THREADS", workers.to_string());
        let (server, ready) = Server::with_ready_line(&mut command)?;
        let text = |name: &str| ready[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        let (url, sign_in) = (text("url")?, text("sign_in")?);
        Ok(Self { program: program.to_owned(), configuration, server, url, sign_in })
    }

    /// What `micro ARGUMENTS` prints against this server.
    pub(super) fn cli(&self, arguments: &[&str]) -> Result<String> {
        let mut command = process::command(&self.program);
        command.args(arguments).env("XDG_CONFIG_HOME", &self.configuration);
        clean(&mut command);
        process::output(&mut command)
    }

    /// Where it listens.
    pub(super) fn port(&self) -> Result<u16> {
        port_of(&self.url)
    }

    /// A fresh credential.
    pub(super) fn token(&self) -> Result<String> {
        self.create(&[])
    }

    /// A fresh credential for a bot.
    pub(super) fn bot_token(&self) -> Result<String> {
        self.create(&["--bot"])
    }

    fn create(&self, arguments: &[&str]) -> Result<String> {
        // In a copied folder, those of the first one are known, and a name is taken once.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bench-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let create = ["token", "create", &name, "--output", "json"];
        let printed = self.cli(&[&create, arguments].concat())?;
        let value: serde_json::Value =
            serde_json::from_str(&printed).context("token create printed no JSON")?;
        value["token"].as_str().map(str::to_owned).context("token create printed no token")
    }
}

/// `micro server` with its data below `folder`, quiet but for its ready line.
pub(super) fn server(program: &Path, folder: &Path) -> Command {
    let mut command = process::command(program);
    command.arg("server").arg("--data").arg(folder.join("data"));
    command.env("XDG_CONFIG_HOME", folder.join("configuration"));
    clean(&mut command);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// The port in an address such as `http://127.0.0.1:41231`.
pub(super) fn port_of(url: &str) -> Result<u16> {
    let port = url.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok());
    port.with_context(|| format!("no port in {url:?}"))
}

/// Settings of the person measuring are not the ones to measure.
pub(super) fn clean(command: &mut Command) {
    for name in ["LISTEN", "DATA", "CONFIG", "PUBLIC_URL", "SERVER", "TOKEN", "DATABASE"] {
        command.env_remove(format!("MICRO_{name}"));
    }
    for name in ["BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "API_URL", "PUBLIC_KEY", "APPLICATION_ID"] {
        command.env_remove(format!("MICRO_SLACK_{name}")).env_remove(format!("MICRO_DISCORD_{name}"));
    }
}
