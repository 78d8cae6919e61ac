//! `cargo xtask run` and `cargo xtask build`: from a checkout to the running program.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::web;
use crate::{process, workspace};

/// Options of `cargo xtask build`.
#[derive(clap::Args)]
pub(crate) struct BuildOptions {
    /// Build what is shipped
    #[arg(long)]
    release: bool,
}

/// Options of `cargo xtask run`.
#[derive(clap::Args)]
pub(crate) struct RunOptions {
    /// Build and run what is shipped
    #[arg(long)]
    release: bool,
    /// Arguments for `micro server`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds the browser's half and then `micro`.
pub(crate) fn build(options: &BuildOptions) -> Result<()> {
    let program = built(options.release)?;
    println!("{}", program.display());
    Ok(())
}

/// Builds and becomes `micro server`: signals and the exit code are the server's own.
pub(crate) fn run(options: &RunOptions) -> Result<()> {
    let program = built(options.release)?;
    let mut server = process::command(&program);
    server.arg("server");
    if !options.arguments.iter().any(|argument| argument == "--data" || argument.starts_with("--data=")) {
        server.arg("--data").arg(workspace::root().join(".data"));
    }
    server.args(&options.arguments);
    eprintln!("$ {}", process::shown(&server));
    Err(server.exec()).with_context(|| format!("cannot start {}", program.display()))
}

/// The path of a freshly built `micro` that embeds, or reads, a freshly built site.
pub(crate) fn built(release: bool) -> Result<PathBuf> {
    web::run(&web::Options { release, ..web::Options::default() })?;
    let mut cargo = process::cargo();
    cargo.args(["build", "-p", "micro-cli", "--bin", "micro"]);
    if release {
        cargo.arg("--release");
    }
    // The server renders what the browser hydrates, so both are built with the same flags.
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", web::RUSTFLAGS);
    process::run(&mut cargo)?;
    let folder = if release { "release" } else { "debug" };
    Ok(workspace::target().join(folder).join("micro"))
}
