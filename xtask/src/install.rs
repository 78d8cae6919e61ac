//! Adding what a fresh machine lacks.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

/// Installs Debian packages, as root or through `sudo`.
pub(crate) fn apt(packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    if workspace::program("apt-get").is_none() {
        bail!("apt-get is not here; install these by hand: {wanted}");
    }
    eprintln!("Installing {wanted}.");
    apt_get(&["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(packages);
    apt_get(&install).with_context(|| format!("cannot install {wanted}"))
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let root = process::output(process::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if root {
        process::command("apt-get")
    } else {
        let mut command = process::command("sudo");
        command.args(["--non-interactive", "--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
        command
    };
    process::run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Chromium's path, installed where there is none.
pub(crate) fn chromium() -> Result<Option<PathBuf>> {
    if let Some(found) = find_chromium() {
        return Ok(Some(found));
    }
    apt(&["chromium"])?;
    Ok(find_chromium())
}

fn find_chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| workspace::is_executable(path));
    named.or_else(|| names.iter().find_map(|name| workspace::program(name)))
}

/// Installs the Debian package of each program that is not on `PATH`.
pub(crate) fn missing(programs: &[(&str, &str)]) -> Result<()> {
    let absent = programs.iter().filter(|(program, _)| workspace::program(program).is_none());
    let packages: Vec<&str> = absent.map(|(_, package)| *package).collect();
    if packages.is_empty() { Ok(()) } else { apt(&packages) }
}

/// A current `wasm-opt` below `target/tools`, where npm is there to bring it.
pub(crate) fn wasm_opt() -> Result<()> {
    let tools = workspace::target().join("tools");
    if tools.join("node_modules/.bin/wasm-opt").exists() || workspace::program("npm").is_none() {
        return Ok(());
    }
    std::fs::create_dir_all(&tools).context("cannot create target/tools")?;
    let mut npm = process::command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&tools).arg("binaryen@132");
    process::run(&mut npm)
}

/// What the lock file in `folder` names, brought by npm; without a change in it there is nothing to do.
pub(crate) fn npm_packages(folder: &Path) -> Result<()> {
    let modified = |path: PathBuf| path.metadata().and_then(|meta| meta.modified()).ok();
    let installed = modified(folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(folder.join("package-lock.json")) {
        return Ok(());
    }
    let mut npm = process::command("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    process::run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
}
