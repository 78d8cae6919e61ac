//! `cargo xtask bench NAME`: figures as ratios to a named peer, measured side by side in one run.
//!
//! Loopback only. Rounds are interleaved A/B/B/A, one worker each; answers are compared before anything is timed.

mod bot;
mod floors;
mod footprint;
mod gateway;
mod load;
mod micro;
mod peers;
mod servers;
mod ssr;
mod statistics;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use self::load::Measured;
use self::statistics::{percentile, ratio};
use crate::{install, process, run, workspace};

/// Above this load average, others share the cores and the figures mean little.
const LOAD_MAX: f64 = 1.5;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// What to measure
    #[arg(value_enum)]
    name: Name,
    /// Rounds of A/B/B/A
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Seconds of load per measurement
    #[arg(long, default_value_t = 8)]
    seconds: u32,
    /// Chat commands per second, for `bot`
    #[arg(long, default_value_t = 300)]
    rate: u32,
    /// Measure even where the machine is busy
    #[arg(long)]
    force: bool,
    /// Measure this program in place of a freshly built release: to try a bench, not to publish its figures
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Name {
    /// Pass-through and JSON transcoding, against Envoy
    Gateway,
    /// Memory at rest and time to ready
    Footprint,
    /// The services page of 100 rows
    Ssr,
    /// Slack's commands over signed HTTP, against Bolt JS
    Bot,
}

/// Builds the release and measures it.
pub(crate) fn run(options: &Options) -> Result<()> {
    install::missing(&[
        ("h2load", "nghttp2-client"),
        ("wrk", "wrk"),
        ("curl", "curl"),
        ("sqlite3", "sqlite3"),
    ])?;
    let program = match &options.program {
        Some(program) => program.canonicalize().with_context(|| format!("no {}", program.display()))?,
        None => run::built(true)?,
    };
    quiet(options.force)?;
    let scratch = scratch()?;
    println!("\nmicro {}", version(&program)?);
    println!("kernel {}, {} processors", kernel(), std::thread::available_parallelism()?);
    match options.name {
        Name::Gateway => gateway::run(options, &program, &scratch),
        Name::Footprint => footprint::run(&program, &scratch),
        Name::Ssr => ssr::run(options, &program, &scratch),
        Name::Bot => bot::run(options, &program, &scratch),
    }
}

/// Refuses a busy machine. The build before may be what keeps it busy, so that is waited for first.
fn quiet(force: bool) -> Result<()> {
    const WAIT_MAX_SECONDS: u64 = 300;
    const STEP_SECONDS: u64 = 5;
    for waited in (0..WAIT_MAX_SECONDS).step_by(5) {
        let load = load_average()?;
        if force || load <= LOAD_MAX {
            println!("load average {load}");
            return Ok(());
        }
        if waited == 0 {
            eprintln!("load average {load}; waiting for {LOAD_MAX}, {WAIT_MAX_SECONDS} s at most");
        }
        std::thread::sleep(std::time::Duration::from_secs(STEP_SECONDS));
    }
    bail!("load average {} is above {LOAD_MAX}; --force measures all the same", load_average()?)
}

fn load_average() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").context("cannot read /proc/loadavg")?;
    text.split(' ').next().and_then(|first| first.parse().ok()).context("no load in /proc/loadavg")
}

/// An empty folder for data and configuration of this run.
fn scratch() -> Result<PathBuf> {
    let folder = workspace::target().join("bench");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).context("cannot create target/bench")?;
    Ok(folder)
}

fn version(program: &std::path::Path) -> Result<String> {
    let printed = process::output(process::command(program).arg("--version"))?;
    let commit =
        process::output(process::command("git").args(["rev-parse", "--short", "HEAD"])).unwrap_or_default();
    Ok(format!("{} (commit {})", printed.trim(), commit.trim()))
}

fn kernel() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()
}

/// A figure beside its limit and its goal. An interval counts as inside only with its upper end.
fn verdict(name: &str, value: f64, upper: f64, limit: f64, goal: f64, unit: &str) {
    let word = if upper <= goal {
        "goal reached"
    } else if upper <= limit {
        "limit held"
    } else {
        "NOT REACHED"
    };
    println!("{name:<44} {value:>9.3} {unit:<3} limit {limit}, goal {goal}: {word}");
}

/// The medians of a way's rounds.
fn show(name: &str, measured: &[Measured]) {
    let median = |of: fn(&Measured) -> f64| percentile(&mut measured.iter().map(of).collect::<Vec<_>>(), 0.5);
    println!(
        "  {name:<8} {:>9.0} req/s {:>8.1} µs CPU/req   p50 {:>7.0} µs   p99 {:>7.0} µs",
        median(|one| one.requests_per_second),
        median(|one| one.cpu_us_per_request),
        median(|one| one.p50_us),
        median(|one| one.p99_us),
    );
}

/// Prints the ratio of a figure with its interval, and whether the interval's upper end is inside.
fn judge(
    name: &str,
    ours: &[Measured],
    theirs: &[Measured],
    of: impl Fn(&Measured) -> f64,
    bounds: (f64, f64),
) {
    let pairs: Vec<_> = ours.iter().map(&of).zip(theirs.iter().map(&of)).collect();
    let ratio = ratio(&pairs);
    println!("  ratio {:.3}, 95 % interval {:.3} to {:.3}", ratio.value, ratio.low, ratio.high);
    verdict(name, ratio.value, ratio.high, bounds.0, bounds.1, "x");
}
