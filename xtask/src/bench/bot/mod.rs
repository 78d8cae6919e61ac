//! `bench bot`: slash commands over signed HTTP, to Micro's Slack bot and to an app on Bolt JS.
//!
//! Both answer the same command with the same list. Bolt has it ready; Micro finds who speaks, lists the services of the
//! moment, and shows what that person may see, all in the measured process.

mod bolt;
mod commands;
mod linked;
mod memory;
mod sink;
mod stall;
mod wire;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::bolt::Bolt;
use self::commands::{Commands, Pace};
use self::sink::Sink;
use super::load::Measured;
use super::micro::Micro;
use super::servers::Server;
use super::{Options, floors, judge, show};

/// What is asked of both bots.
const COMMAND: &str = "services";

/// Seconds of load that are not measured, before the first round: Node.js compiles what it ran often.
const WARM_UP_SECONDS: u32 = 10;

/// How long the answers may take after the last acknowledgement.
const ANSWERS_MAX: Duration = Duration::from_secs(15);

/// A bot under measurement.
struct Way<'a> {
    name: &'static str,
    server: &'a Server,
    port: u16,
}

pub(super) fn run(options: &Options, program: &Path, scratch: &Path) -> Result<()> {
    floors::print()?;
    let sink = Sink::start()?;
    let commands = Commands::new(sink.port);
    let prepared = scratch.join("linked");
    linked::prepare(program, &prepared)?;
    println!("{} chat users linked", linked::USERS);
    against_bolt(options, program, &copy(&prepared, scratch, "commands")?, &sink, &commands)?;
    stall::run(program, &copy(&prepared, scratch, "stall")?, &sink, &commands)?;
    memory::run(options, program, scratch, &prepared, &sink, &commands)
}

fn copy(prepared: &Path, scratch: &Path, name: &str) -> Result<std::path::PathBuf> {
    let folder = scratch.join(name);
    linked::copy(prepared, &folder)?;
    Ok(folder)
}

/// What makes Micro's bot answer the sink.
fn environment(sink: &Sink) -> Vec<(&'static str, String)> {
    vec![
        ("MICRO_SLACK_BOT_TOKEN", bolt::BOT_TOKEN.to_owned()),
        ("MICRO_SLACK_SIGNING_SECRET", commands::SIGNING_SECRET.to_owned()),
        ("MICRO_SLACK_API_URL", sink.api_url()),
    ]
}

fn against_bolt(
    options: &Options,
    program: &Path,
    folder: &Path,
    sink: &Sink,
    commands: &Commands,
) -> Result<()> {
    let micro = Micro::start(program, folder, 1, &environment(sink))?;
    let services = services(&micro)?;
    let bolt = Bolt::start(sink, &services)?;
    println!("{}", bolt.version);
    let ours = Way { name: "micro", server: &micro.server, port: micro.port()? };
    let theirs = Way { name: "bolt", server: &bolt.server, port: bolt.port };
    let run = |way: &Way<'_>, seconds| load(way, Pace { per_second: options.rate, seconds }, sink, commands);
    for way in [&ours, &theirs] {
        compare(way, &services, sink, commands)?;
        run(way, WARM_UP_SECONDS)?;
    }
    println!("\n`/micro {COMMAND}`, {} commands/s, {} services listed", options.rate, services.len());
    let (mut micro_found, mut bolt_found) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        micro_found.push(run(&ours, options.seconds)?);
        bolt_found.push(run(&theirs, options.seconds)?);
        bolt_found.push(run(&theirs, options.seconds)?);
        micro_found.push(run(&ours, options.seconds)?);
    }
    show(ours.name, &micro_found);
    show(theirs.name, &bolt_found);
    let cpu = |measured: &Measured| measured.cpu_us_per_request;
    judge("CPU per acknowledged command", &micro_found, &bolt_found, cpu, (0.3, 0.15));
    println!("RSS after load: micro {:.1} MB, bolt {:.1} MB", ours.server.rss_mb()?, theirs.server.rss_mb()?);
    if sink.astray() > 0 {
        bail!("{} answers did not come to their address", sink.astray());
    }
    Ok(())
}

/// The names of Micro's services.
fn services(micro: &Micro) -> Result<Vec<String>> {
    let printed = micro.cli(&["services", "--output", "json"])?;
    let value: serde_json::Value = serde_json::from_str(&printed).context("services printed no JSON")?;
    let list = value.as_array().or_else(|| value["services"].as_array()).context("services is no list")?;
    let names: Vec<_> =
        list.iter().filter_map(|service| Some(service["name"].as_str()?.to_owned())).collect();
    if names.is_empty() {
        bail!("Micro has no services: {printed}");
    }
    Ok(names)
}

/// Fails unless a command is acknowledged in time and answered with every service.
fn compare(way: &Way<'_>, services: &[String], sink: &Sink, commands: &Commands) -> Result<()> {
    let outcome = load(way, Pace { per_second: 1, seconds: 1 }, sink, commands);
    outcome.with_context(|| format!("{} answers nothing", way.name))?;
    let answer = sink.latest();
    if let Some(missing) = services.iter().find(|name| !answer.contains(name.as_str())) {
        bail!("{} does not name {missing}: {answer}", way.name);
    }
    println!("{:<8} answers with all {} services in {} bytes", way.name, services.len(), answer.len());
    Ok(())
}

/// Sends commands at this pace and waits until all are answered; the processor's time until then is theirs.
fn load(way: &Way<'_>, pace: Pace, sink: &Sink, commands: &Commands) -> Result<Measured> {
    let (answered, before) = (sink.answered(), way.server.cpu_seconds()?);
    let outcome = commands::drive(way.port, pace, || commands.next(way.port, COMMAND)).whole()?;
    if outcome.busy() > 0 {
        bail!("{} was too busy for {} commands: lower --rate", way.name, outcome.busy());
    }
    sink.wait(answered + outcome.accepted(), ANSWERS_MAX).context(way.name)?;
    let acknowledged = f64::from(u32::try_from(outcome.accepted())?);
    let all = Duration::ZERO..Duration::MAX;
    Ok(Measured {
        requests_per_second: acknowledged / f64::from(pace.seconds),
        cpu_us_per_request: (way.server.cpu_seconds()? - before) * 1e6 / acknowledged,
        p50_us: outcome.percentile_ms(all.clone(), 0.5) * 1e3,
        p99_us: outcome.percentile_ms(all, 0.99) * 1e3,
    })
}
