//! The `micro` command: everything Micro does, from the terminal.
//!
//! Data goes to stdout, everything else to stderr. Exit codes: 0 success, 1 failure on this machine, 2 wrong usage,
//! 64 + the gRPC code when the server or a service answered with an error (69 is NOT_FOUND).

mod command;
mod complete;
mod context;
mod failure;
mod options;
mod output;
mod session;

use clap::FromArgMatches as _;
use failure::Failure;
use options::Options;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    complete::answer_shell();
    let matches = options::command_line().get_matches();
    let options = match Options::from_arg_matches(&matches) {
        Ok(options) => options,
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::local(format!("cannot start: {error}")).report(),
    };
    let result = runtime.block_on(command::run(options));
    // A blocking read of the terminal must not keep a finished command alive.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
