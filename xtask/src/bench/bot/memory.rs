//! What the two bots add to the memory of `micro server`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::commands::{self, Commands, Pace};
use super::{environment, linked, sink::Sink, wire};
use crate::bench::micro::Micro;
use crate::bench::servers::Server;
use crate::bench::statistics::percentile;
use crate::bench::{Options, load, verdict};
use crate::{process, workspace};

/// Starts of each kind.
const STARTS: u32 = 3;

/// Memory is read once everything that starts lazily has settled.
const SETTLE: Duration = Duration::from_secs(5);

/// Lists of services that are asked for: by commands, and without bots over the API.
const LOAD: Pace = Pace { per_second: 200, seconds: 5 };

const ANSWERS_MAX: Duration = Duration::from_secs(30);

/// Memory at rest and after the load, MB.
struct Held {
    idle: Vec<f64>,
    loaded: Vec<f64>,
}

pub(super) fn run(
    options: &Options,
    program: &Path,
    scratch: &Path,
    prepared: &Path,
    sink: &Sink,
    commands: &Commands,
) -> Result<()> {
    println!(
        "\nmemory of `micro server`, {STARTS} starts each, {} lists of services",
        LOAD.per_second * LOAD.seconds
    );
    let discord = Discord::start(options, program);
    if let Err(why) = &discord {
        println!("  SKIPPED Discord's bot: {why:#}");
    }
    let mut settings = environment(sink);
    if let Ok(discord) = &discord {
        settings.extend(discord.environment());
    }
    let (mut without, mut with) = (Held::new(), Held::new());
    for start in 0..STARTS {
        for (name, held, settings) in [("without", &mut without, &[][..]), ("with", &mut with, &settings)] {
            let folder = scratch.join(format!("memory-{name}-{start}"));
            linked::copy(prepared, &folder)?;
            let micro = Micro::start(program, &folder, 1, settings)?;
            std::thread::sleep(SETTLE);
            connected(&micro, settings)?;
            held.idle.push(micro.server.rss_mb()?);
            if settings.is_empty() {
                list(&micro)?
            } else {
                command(&micro, sink, commands)?
            }
            std::thread::sleep(SETTLE);
            held.loaded.push(micro.server.rss_mb()?);
        }
    }
    let added = |of: fn(&mut Held) -> &mut Vec<f64>, with: &mut Held, without: &mut Held| {
        let (ours, base) = (percentile(of(with), 0.5), percentile(of(without), 0.5));
        (base, ours, ours - base)
    };
    let (base, ours, idle) = added(|held| &mut held.idle, &mut with, &mut without);
    println!("  at rest: {base:.1} MB without bots, {ours:.1} MB with: {idle:+.1} MB");
    let (base, ours, loaded) = added(|held| &mut held.loaded, &mut with, &mut without);
    println!("  after the load: {base:.1} MB without bots, {ours:.1} MB with: {loaded:+.1} MB");
    if discord.is_ok() {
        verdict("RSS added by both bots, after load", loaded, loaded, 15.0, 15.0, "MB");
    } else {
        println!("RSS added by both bots: not measured; by Slack's alone {loaded:.1} MB after the load");
    }
    Ok(())
}

impl Held {
    const fn new() -> Self {
        Self { idle: Vec::new(), loaded: Vec::new() }
    }
}

/// Fails unless every configured bot is connected.
fn connected(micro: &Micro, settings: &[(&str, String)]) -> Result<()> {
    let printed = process::output(load::curl().arg(format!("{}/readyz", micro.url)))?;
    let ready: serde_json::Value = serde_json::from_str(&printed).context("/readyz is no JSON")?;
    for platform in ["slack", "discord"] {
        let token = format!("MICRO_{}_BOT_TOKEN", platform.to_uppercase());
        let configured = settings.iter().any(|(name, _)| *name == token);
        if configured && ready["chat"][platform]["state"] != "connected" {
            bail!("the bot for {platform} is not connected: {printed}");
        }
    }
    Ok(())
}

/// The load with bots: every linked user asks once.
fn command(micro: &Micro, sink: &Sink, commands: &Commands) -> Result<()> {
    let (port, answered) = (micro.port()?, sink.answered());
    let outcome = commands::drive(port, LOAD, || commands.next(port, super::COMMAND)).whole()?;
    sink.wait(answered + outcome.accepted(), ANSWERS_MAX)
}

/// The load without bots: the same lists from the same backend, over the API.
fn list(micro: &Micro) -> Result<()> {
    let (port, token) = (micro.port()?, micro.token()?);
    let authorization = format!("Authorization: Bearer {token}\r\n");
    let path = "/micro.v1.RegistryService/ListServices";
    let body = json!({}).to_string();
    let make = || wire::post(port, path, "application/json", &authorization, &body);
    commands::drive(port, LOAD, make).whole().map(drop)
}

/// `micro-fake-discord`, for the bot's gateway to be connected.
struct Discord {
    /// Held to keep it running.
    _server: Server,
    url: String,
    bot_token: String,
}

impl Discord {
    fn start(options: &Options, program: &Path) -> Result<Self> {
        let (server, ready) = Server::with_ready_line(&mut process::command(fake(options, program)?))?;
        let text = |name: &str| ready[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok(Self { url: text("url")?, bot_token: text("bot_token")?, _server: server })
    }

    fn environment(&self) -> [(&'static str, String); 2] {
        [("MICRO_DISCORD_BOT_TOKEN", self.bot_token.clone()), ("MICRO_DISCORD_API_URL", self.url.clone())]
    }
}

/// The fake's program: built beside the release; where a program was given, the one next to it.
fn fake(options: &Options, program: &Path) -> Result<PathBuf> {
    const NAME: &str = "micro-fake-discord";
    if options.program.is_none() {
        process::run(process::cargo().args(["build", "--release", "-p", NAME]))?;
    }
    let found = program.with_file_name(NAME);
    if !workspace::is_executable(&found) {
        bail!("there is no {}: cargo build -p {NAME}", found.display());
    }
    Ok(found)
}
