//! The test services in other languages, as `tests/services/setup.sh` builds them.

use crate::{
    guard,
    process::{self, Output, Process},
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// How long the packages of all languages may take the first time.
const INSTALL_MAX: Duration = Duration::from_secs(20 * 60);

/// What `setup.sh` installed.
#[derive(Debug)]
pub struct Toolbox {
    built: Value,
}

impl Toolbox {
    /// Installs what is missing; `root` is the repository's folder.
    ///
    /// # Panics
    /// When the script fails; with `CI` set it does where a language is missing.
    pub fn install(root: &Path) -> Self {
        let mut command = Command::new("bash");
        command.arg(root.join("tests/services/setup.sh").canonicalize().unwrap());
        Self { built: process::run_within(INSTALL_MAX, &mut command, b"").ok().json() }
    }

    /// Why a language cannot be used here; none when it can.
    pub fn missing(&self, language: &str) -> Option<&str> {
        let entry = &self.built[language];
        (entry["available"] != Value::Bool(true))
            .then(|| entry["reason"].as_str().unwrap_or("no reason given"))
    }

    /// The command of a language's `server`, `client` or `json_reference`.
    pub fn command(&self, language: &str, program: &str) -> Command {
        let words = self.built[language][program].as_array().unwrap();
        let mut words = words.iter().map(|word| word.as_str().unwrap());
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        command
    }

    /// The descriptors of `zoo.v1`, with comments.
    pub fn descriptors(&self) -> &Path {
        self.path("descriptors")
    }

    /// The folder of JSON inputs.
    pub fn fixtures(&self) -> &Path {
        self.path("fixtures")
    }

    /// The inputs that a language reads or writes unlike the others.
    pub fn differences(&self, language: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("differences")).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        let of = all[language].as_object().into_iter().flatten();
        of.map(|(name, _)| name.clone()).collect()
    }

    fn path(&self, name: &str) -> &Path {
        Path::new(self.built[name].as_str().unwrap())
    }

    /// Starts the language's server; it answers with `label` where it says who it is.
    pub fn start(&self, language: &str, label: &str) -> Zoo {
        self.start_with(language, &["--version-label", label])
    }

    /// Starts the language's server with these arguments.
    pub fn start_with(&self, language: &str, arguments: &[&str]) -> Zoo {
        let folder = TempDir::with_prefix("zoo-").unwrap();
        guard::watch_folder(folder.path());
        let mut command = self.command(language, "server");
        command.args(["--port", "0"]).args(arguments);
        let process = Process::start(language, &mut command, folder.path());
        let port = process.ready()["port"].as_u64().unwrap();
        Zoo { language: language.to_owned(), address: format!("127.0.0.1:{port}"), process, _folder: folder }
    }

    /// Where the descriptors are uploaded from: only a language without reflection needs them.
    pub fn uploaded(&self, language: &str) -> Option<PathBuf> {
        (language == "node").then(|| self.descriptors().to_owned())
    }

    /// Runs the language's own client against `address`.
    pub fn client(&self, language: &str, address: &str, arguments: &[&str]) -> Output {
        let mut command = self.command(language, "client");
        process::run(command.arg(address).args(arguments), b"")
    }
}

/// A running test service.
#[derive(Debug)]
pub struct Zoo {
    /// Its language.
    pub language: String,
    /// Its `HOST:PORT`.
    pub address: String,
    /// Its process.
    pub process: Process,
    _folder: TempDir,
}
