//! `micro server`: the settings from flags, environment and file; then the server until it is told to stop.

pub(super) mod chat;

use super::Globals;
use crate::{
    context::{Context, Contexts, LOCAL},
    failure::{Failure, say},
    options::{Output, Server},
    output,
};
use micro_server::{Config, Ready};
use serde::Deserialize;
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use tracing_subscriber::EnvFilter;

/// Where the server listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data: Option<PathBuf>,
    public_url: Option<String>,
    database: Option<String>,
    allow_loopback_upstreams: Option<bool>,
    #[serde(default)]
    slack: chat::Slack,
    #[serde(default)]
    discord: chat::Discord,
}

pub(super) async fn run(globals: &Globals, options: Server) -> Result<(), Failure> {
    start_logging();
    let config = config(options)?;
    let output = globals.output;
    let result = micro_server::run(config, interrupted(), |ready| announce(output, ready)).await;
    result.map_err(|error| Failure::local(chain(&error)))
}

/// Flags and environment first (clap has joined them), then the file, then the defaults.
fn config(options: Server) -> Result<Config, Failure> {
    let file = match &options.config {
        Some(path) => read(path)?,
        None => File::default(),
    };
    let data = match options.data.or(file.data) {
        Some(data) => data,
        None => default_data()?,
    };
    Ok(Config {
        listen: options.listen.or(file.listen).unwrap_or(LISTEN),
        data,
        public_url: options.public_url.or(file.public_url),
        allow_loopback_upstreams: options.allow_loopback_upstreams
            || file.allow_loopback_upstreams.unwrap_or(false),
        owner_name: owner_name(),
        database: options.database.or(file.database),
        chat: chat::settings(file.slack, file.discord),
    })
}

fn read(path: &Path) -> Result<File, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::local(format!("cannot read the settings file {}: {error}", path.display()))
    })?;
    toml::from_str(&text)
        .map_err(|error| Failure::usage(format!("the settings file {} is wrong: {error}", path.display())))
}

fn default_data() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy as _;
    let directories = etcetera::choose_base_strategy()
        .map_err(|_| Failure::local("there is no home directory for data: give --data DIR"))?;
    Ok(directories.data_dir().join("micro"))
}

/// The owner's name on first start: the user who runs the server.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn owner_name() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    if user.trim().is_empty() { "owner".to_owned() } else { user.trim().to_owned() }
}

/// Says that the server is ready, and lets `micro` on this machine use it.
fn announce(output: Output, ready: &Ready) {
    if let Err(failure) = remember(ready) {
        failure.report();
    }
    let told = match output {
        Output::Json => output::line(&json!({ "url": ready.url, "sign_in": ready.sign_in }).to_string()),
        Output::Table => output::line(&format!(
            "Micro is ready at {}\nSign in (works once, for 15 minutes): {}",
            ready.url, ready.sign_in
        )),
    };
    if let Err(failure) = told {
        failure.report();
    }
}

/// Writes the context `local`, and makes it current only where none is.
fn remember(ready: &Ready) -> Result<(), Failure> {
    let mut contexts = Contexts::load()?;
    let context = Context {
        // The address, not the public URL: the command on this machine needs no detour.
        server: ready.local_url(),
        token: ready.owner_token.clone(),
        public_url: Some(ready.url.clone()),
    };
    contexts.contexts.insert(LOCAL.to_owned(), context);
    if contexts.current().is_none() {
        contexts.current = Some(LOCAL.to_owned());
    }
    contexts.save()
}

pub(super) fn start_logging() {
    use std::io::IsTerminal as _;
    let filter = EnvFilter::try_from_env("MICRO_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn"));
    // The chat libraries log addresses with tickets and whole bodies: nothing of theirs is let through, whatever is asked for.
    let filter = ["slack_morphism=off", "serenity=off", "tungstenite=off", "tokio_tungstenite=off"]
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// Resolves at the first SIGINT or SIGTERM; a second one ends the process at once.
pub(super) async fn interrupted() {
    signal().await;
    tokio::spawn(async {
        signal().await;
        say("Stopped at once.");
        #[expect(clippy::exit, reason = "a second signal means now")]
        std::process::exit(130);
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// An error with its causes, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
