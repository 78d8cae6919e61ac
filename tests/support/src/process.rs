//! Processes: servers that say when they are ready, and programs that run to their end.

use crate::guard;
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a server may take to be ready; two cores may be shared with a build.
const READY_MAX: Duration = Duration::from_secs(60);
/// How long a program may run.
const RUN_MAX: Duration = Duration::from_secs(60);
/// How long a process that was told to end may take.
const END_MAX: Duration = Duration::from_secs(40);
/// Between two looks at a process.
const POLL: Duration = Duration::from_millis(5);
/// What a failing test shows of a log, in bytes.
const TAIL_BYTES: usize = 6_000;

/// A server that printed one line of JSON when it was ready. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
    ready: Value,
}

impl Process {
    /// Starts the server, its log in `folder`, and waits for its ready line.
    ///
    /// # Panics
    /// When it cannot be started or is not ready in time; its log is shown.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        guard::watch(child.id());
        let stdout = child.stdout.take().unwrap();
        let mut process = Self { child, name: name.to_owned(), log, ready: Value::Null };
        process.ready = ready_line(stdout).unwrap_or_else(|why| panic!("{name} is not ready: {why}"));
        process
    }

    /// What the ready line said.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to stderr so far.
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        guard::forget(self.child.id());
    }

    /// Sends a signal, such as `INT`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status();
        assert!(status.unwrap().success(), "kill -{name} {}", self.id());
    }

    /// Waits until it ended by itself.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait(&mut self) -> ExitStatus {
        let status = ended(&mut self.child, END_MAX);
        let status = status.unwrap_or_else(|| panic!("{} does not end", self.name));
        guard::forget(self.child.id());
        status
    }

    /// Prints the end of its log.
    pub fn show_log(&self) {
        let log = self.log();
        let from = (log.len().saturating_sub(TAIL_BYTES)..=log.len()).find(|at| log.is_char_boundary(*at));
        let text = format!("--- log of {}\n{}---\n", self.name, &log[from.unwrap_or(0)..]);
        // Not through the macros, whose output is not shown of every test.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            self.show_log();
        }
    }
}

/// The first line of a server's stdout; the rest is read and forgotten, so that the server never waits for us.
fn ready_line(stdout: ChildStdout) -> Result<Value, String> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        let read = reader.read_line(&mut line);
        // Nobody listens any more when the time was over.
        let _ = sender.send(read.map(|_| line));
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    });
    let line = receiver.recv_timeout(READY_MAX).map_err(|_| format!("no line within {READY_MAX:?}"))?;
    let line = line.map_err(|error| error.to_string())?;
    serde_json::from_str(&line).map_err(|_| format!("its first line is {line:?}"))
}

/// The status of a process that ends within `longest`.
fn ended(child: &mut Child, longest: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if started.elapsed() > longest {
            return None;
        }
        thread::sleep(POLL);
    }
}

/// What a program printed, and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code; -1 after a signal.
    pub code: i32,
    /// Its data.
    pub stdout: String,
    /// What it said to people.
    pub stderr: String,
}

impl Output {
    /// Itself, after checking that the program succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// Its stdout as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }

    /// Each line of its stdout as a JSON value.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        let values = lines.map(serde_json::from_str);
        values.map(|value| value.unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))).collect()
    }
}

/// Runs a program to its end with `input` as its stdin.
///
/// # Panics
/// When it cannot be started or runs too long.
pub fn run(command: &mut Command, input: &[u8]) -> Output {
    run_within(RUN_MAX, command, input)
}

/// As [`run`], for a program that may take longer.
///
/// # Panics
/// When it cannot be started or takes longer than `longest`.
pub fn run_within(longest: Duration, command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    guard::watch(child.id());
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program that does not read its input is none the worse for it.
    thread::spawn(move || drop(stdin.write_all(&input)));
    let stdout = read_all(child.stdout.take().unwrap());
    let stderr = read_all(child.stderr.take().unwrap());
    let status = ended(&mut child, longest);
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    guard::forget(child.id());
    let output = Output {
        code: status.and_then(|status| status.code()).unwrap_or(-1),
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    };
    assert!(status.is_some(), "{command:?} ran for {longest:?}: {output:#?}");
    output
}

fn read_all(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
