//! `cargo xtask check`: everything that can be said about the code without running it.

mod documented;
mod environment;
mod invariants;
mod reviews;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::steps::Steps;
use crate::{process, web, workspace};

/// A check by name.
type Check = (&'static str, fn() -> Result<()>);

/// Quick ones first.
const CHECKS: [Check; 10] = [
    ("check: format", format),
    ("check: dependencies", invariants::check),
    ("check: dependencies are explained", documented::check),
    ("check: environment", environment::check),
    ("check: dates of review", reviews::check),
    ("check: clippy", clippy),
    ("check: clippy, app with ssr", clippy_ssr),
    ("check: clippy, app with hydrate", web::clippy),
    ("check: documentation", documentation),
    ("check: licences, bans, sources", deny),
];

/// Runs every check, also after one failed: whoever reads the result learns everything at once.
pub(crate) fn run(steps: &mut Steps) -> Result<()> {
    // The server embeds this folder; the checks need it to exist, not what is in it.
    fs::create_dir_all(workspace::site()).context("cannot create target/site")?;
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        if let Err(error) = steps.step(name, check) {
            eprintln!("{error:#}");
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join("; "));
    }
    Ok(())
}

fn format() -> Result<()> {
    process::run(process::cargo().args(["fmt", "--all", "--check"]))
}

/// All targets of all packages. `app` is compiled with `ssr`, which the server asks for.
fn clippy() -> Result<()> {
    process::run(process::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// `app` alone, so that it names every feature it needs instead of living on the server's.
fn clippy_ssr() -> Result<()> {
    let alone = ["clippy", "-p", "micro-app", "--no-default-features", "--features", "ssr", "--all-targets"];
    process::run(process::cargo().args(alone).args(["--", "-D", "warnings"]))
}

fn documentation() -> Result<()> {
    let mut cargo = process::cargo();
    process::run(cargo.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// cargo-deny reads deny.toml. It takes minutes to compile, so it is used where it is and not installed.
fn deny() -> Result<()> {
    if workspace::program("cargo-deny").is_none() {
        eprintln!("SKIPPED: cargo-deny is not installed (cargo install --locked cargo-deny)");
        return Ok(());
    }
    process::run(process::cargo().args(["deny", "check", "bans", "licenses", "sources"]))
}
