//! Everything that builds, runs or checks Micro: `cargo xtask COMMAND`.
//!
//! CI and people run the same commands. This crate depends on no other crate of the workspace, so it compiles while they
//! are broken.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a build tool talks on the terminal and reads the environment it was started in"
)]

mod bench;
mod check;
mod install;
mod postgres;
mod process;
mod run;
mod steps;
mod test;
mod web;
mod workspace;

use clap::{Parser, Subcommand};

/// Builds, runs and checks Micro.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the browser's half into target/site
    Web(web::Options),
    /// Builds the browser's half and the program `micro`
    Build(run::BuildOptions),
    /// Builds everything and starts `micro server`
    Run(run::RunOptions),
    /// Checks format, lints, dependencies and documentation
    Check,
    /// Runs the checks and every test
    Test(test::Options),
    /// Measures the release beside its peers
    Bench(bench::Options),
}

fn main() -> std::process::ExitCode {
    let done = match Cli::parse().command {
        Command::Web(options) => web::run(&options),
        Command::Build(options) => run::build(&options),
        Command::Run(options) => run::run(&options),
        Command::Check => check::run(&mut steps::Steps::new()),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
