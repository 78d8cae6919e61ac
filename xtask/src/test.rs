//! `cargo xtask test`: the checks, then every test, with the programs they need.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::postgres::Cluster;
use crate::steps::Steps;
use crate::{check, install, process, web, workspace};

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run one part
    #[arg(long, value_enum)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Format, lints, dependencies, documentation
    Check,
    /// Tests of single crates
    Unit,
    /// Tests of the whole program, with services in other languages
    Integration,
    /// Tests in a real browser
    E2e,
}

/// Runs the parts in order of cost and prints what each took.
pub(crate) fn run(options: &Options) -> Result<()> {
    let wanted = |part: Part| options.only.is_none_or(|only| only == part);
    let mut steps = Steps::new();
    if wanted(Part::Check) {
        check::run(&mut steps)?;
    }
    if options.only == Some(Part::Check) {
        return Ok(());
    }
    let browser = wanted(Part::E2e);
    let services = wanted(Part::Integration);
    let chromium = if browser { steps.step("install: Chromium", install::chromium)? } else { None };
    if browser {
        steps.step("install: browser tests", install_e2e)?;
    }
    if services {
        steps.step("install: test services", install_services)?;
    }
    steps.step("build: web", || web::run(&web::Options::default()))?;
    if wanted(Part::Unit) || services {
        let packages: &[&str] = match options.only {
            Some(Part::Unit) => &["--workspace", "--exclude", "micro-integration"],
            Some(_) => &[
                "-p",
                "micro-integration",
                "-p",
                "micro-cli",
                "-p",
                "micro-fake-slack",
                "-p",
                "micro-fake-discord",
            ],
            None => &["--workspace"],
        };
        let cluster = steps.step("start: PostgreSQL", Cluster::start)?;
        steps.step("build: tests", || build(packages))?;
        steps.step("test: cargo", || cargo_test(packages, &cluster))?;
    } else {
        steps.step("build: micro", || process::run(process::cargo().args(["build", "-p", "micro-cli"])))?;
    }
    if browser {
        steps.step("test: browser", || playwright(chromium.as_deref()))?;
    }
    Ok(())
}

/// Whether this is a run that must not skip anything.
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// Programs and tests in one resolution of features, so that nothing is compiled for each of them.
fn build(packages: &[&str]) -> Result<()> {
    process::run(process::cargo().arg("build").args(packages).args(["--bins", "--tests"]))
}

fn cargo_test(packages: &[&str], cluster: &Cluster) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.arg("test").args(packages).args(["--bins", "--tests", "--lib", "--no-fail-fast"]);
    cargo.env("MICRO_TEST_POSTGRES", cluster.url()).env("MICRO_BIN", micro());
    process::run(&mut cargo)
}

fn micro() -> PathBuf {
    workspace::target().join("debug/micro")
}

/// Installs the packages of the test services in other languages, and of the checkers of what the bots send; their
/// scripts say what is missing.
fn install_services() -> Result<()> {
    for script in ["tests/services/setup.sh", "tests/opinions/setup.sh"] {
        process::run(process::command("bash").arg(workspace::root().join(script)))?;
    }
    Ok(())
}

fn install_e2e() -> Result<()> {
    if workspace::program("npm").is_none() {
        return missing_node();
    }
    install::npm_packages(&workspace::root().join("tests/e2e"))
}

fn playwright(chromium: Option<&std::path::Path>) -> Result<()> {
    if workspace::program("npx").is_none() {
        return missing_node();
    }
    let chromium = chromium.context("no Chromium")?;
    let mut npx = process::command("npx");
    npx.args(["--no-install", "playwright", "test"]).current_dir(workspace::root().join("tests/e2e"));
    process::run(npx.env("MICRO_BIN", micro()).env("CHROMIUM", chromium))
}

/// A language's own toolchain is not installed here; without it the part is skipped, and under CI that is a failure.
fn missing_node() -> Result<()> {
    let how = "Node.js 20 or newer with npm is needed for the browser tests: apt-get install nodejs npm";
    if is_ci() {
        bail!("{how}");
    }
    eprintln!("SKIPPED: {how}");
    Ok(())
}
