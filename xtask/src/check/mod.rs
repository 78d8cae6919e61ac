//! `cargo xtask check`: everything that can be said about the code without running it.

mod environment;
mod invariants;

use std::fs;

use anyhow::{Context, Result};

use crate::steps::Steps;
use crate::{process, web, workspace};

/// Runs every check, quick ones first.
pub(crate) fn run(steps: &mut Steps) -> Result<()> {
    // The server embeds this folder; the checks need it to exist, not what is in it.
    fs::create_dir_all(workspace::site()).context("cannot create target/site")?;
    steps.step("check: format", || process::run(process::cargo().args(["fmt", "--all", "--check"])))?;
    steps.step("check: dependencies", invariants::check)?;
    steps.step("check: environment", environment::check)?;
    steps.step("check: clippy", clippy)?;
    steps.step("check: clippy, app with ssr", clippy_ssr)?;
    steps.step("check: clippy, app with hydrate", web::clippy)?;
    steps.step("check: documentation", documentation)?;
    steps.step("check: licences, bans, sources", deny)
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
