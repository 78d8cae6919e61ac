//! Micro itself: a server of its own, and the command line that belongs to it.

use crate::{
    guard,
    http::Http,
    process::{self, Output, Process},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Variables of whoever runs the tests that must not reach what is tested.
const VARIABLES: [&str; 17] = [
    "LISTEN",
    "DATA",
    "CONFIG",
    "PUBLIC_URL",
    "DATABASE",
    "SERVER",
    "TOKEN",
    "LOG",
    "COMPLETE",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "DISCORD_BOT_TOKEN",
    "DISCORD_PUBLIC_KEY",
    "DISCORD_APPLICATION_ID",
    "DISCORD_API_URL",
];

/// A running server with its own data and configuration, which are deleted with it.
#[derive(Debug)]
pub struct Micro {
    process: Process,
    program: PathBuf,
    folder: TempDir,
    url: String,
    sign_in: String,
}

impl Micro {
    /// Starts `micro server` on a free port.
    pub fn start(program: &Path) -> Self {
        Self::start_with(program, |_| {})
    }

    /// As [`Micro::start`], with the command changed by `change` first.
    pub fn start_with(program: &Path, change: impl FnOnce(&mut Command)) -> Self {
        Self::start_on(program, "127.0.0.1:0", change)
    }

    /// As [`Micro::start_with`], listening on `listen`.
    pub fn start_on(program: &Path, listen: &str, change: impl FnOnce(&mut Command)) -> Self {
        let folder = TempDir::with_prefix("micro-").unwrap();
        guard::watch_folder(folder.path());
        let mut command = server(program, folder.path());
        command.args(["--listen", listen]);
        change(&mut command);
        let process = Process::start("micro", &mut command, folder.path());
        let (url, sign_in) = announced(&process);
        Self { process, program: program.to_owned(), folder, url, sign_in }
    }

    /// The same server again, on the same port and data, after it ended or was killed.
    pub fn start_again(&mut self) {
        self.process.kill();
        let mut command = server(&self.program, self.folder.path());
        command.args(["--listen", self.address()]);
        self.process = Process::start("micro", &mut command, self.folder.path());
        (self.url, self.sign_in) = announced(&self.process);
    }

    /// Its base, such as `http://127.0.0.1:41231`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its `HOST:PORT`.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The sign-in link of the ready line.
    pub fn sign_in(&self) -> &str {
        &self.sign_in
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Where data, configuration and log are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The owner's token.
    pub fn token(&self) -> String {
        let path = self.folder.path().join("data/owner-token");
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    }

    /// HTTP as the owner.
    pub fn http(&self) -> Http {
        self.stranger().with("authorization", &format!("Bearer {}", self.token()))
    }

    /// HTTP without a credential.
    pub fn stranger(&self) -> Http {
        Http::new(self.address())
    }

    /// `micro ...` with the context that the server wrote.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.program, self.folder.path());
        command.args(arguments);
        command
    }

    /// Runs `micro ...` to its end.
    pub fn cli(&self, arguments: &[&str]) -> Output {
        self.cli_reading(arguments, "")
    }

    /// Runs `micro ...` to its end with `input` as its stdin.
    pub fn cli_reading(&self, arguments: &[&str], input: &str) -> Output {
        process::run(&mut self.command(arguments), input.as_bytes())
    }

    /// Prints the end of the server's log.
    pub fn show_log(&self) {
        self.process.show_log();
    }
}

/// `micro` at home in `folder` and nowhere else.
fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    for name in VARIABLES {
        command.env_remove(format!("MICRO_{name}"));
    }
    command.env("XDG_CONFIG_HOME", folder.join("configuration")).env("HOME", folder).current_dir(folder);
    command
}

fn server(program: &Path, folder: &Path) -> Command {
    let mut command = command(program, folder);
    command.args(["server", "--output", "json", "--data"]).arg(folder.join("data"));
    command
}

fn announced(process: &Process) -> (String, String) {
    let text = |name: &str| process.ready()[name].as_str().unwrap().to_owned();
    (text("url"), text("sign_in"))
}
