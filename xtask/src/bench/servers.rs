//! Processes under measurement.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;

/// How long a server may take to be ready.
const READY_MAX: Duration = Duration::from_secs(30);

/// Between two looks at a server that is starting.
const POLL: Duration = Duration::from_millis(1);

/// A server that is killed when dropped.
pub(super) struct Server {
    child: Child,
}

impl Server {
    pub(super) fn spawn(command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start `{}`", process::shown(command)))?;
        Ok(Self { child })
    }

    /// Starts a server that prints one line of JSON when it is ready, and returns that line.
    pub(super) fn with_ready_line(command: &mut Command) -> Result<(Self, serde_json::Value)> {
        let mut server = Self::spawn(command.stdout(Stdio::piped()))?;
        let stdout = server.child.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).context("no ready line")?;
        let ready = serde_json::from_str(&line).with_context(|| format!("not a ready line: {line:?}"))?;
        Ok((server, ready))
    }

    /// User and system time so far, all threads, seconds.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        /// Linux counts in hundredths of a second wherever a program can see it.
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may hold blanks; what follows it starts with field 3.
        let rest = stat.rsplit_once(')').context("no name in stat")?.1;
        let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
    }

    /// Sends it a signal, such as `STOP`.
    pub(super) fn signal(&self, name: &str) -> Result<()> {
        process::run_quietly(
            process::command("kill").arg(format!("-{name}")).arg(self.child.id().to_string()),
        )
    }

    /// Resident memory, MB of 10^6 bytes.
    pub(super) fn rss_mb(&self) -> Result<f64> {
        self.memory("status", "VmRSS:")
    }

    /// Resident memory with shared pages counted in part, MB.
    pub(super) fn pss_mb(&self) -> Result<f64> {
        self.memory("smaps_rollup", "Pss:")
    }

    fn memory(&self, file: &str, field: &str) -> Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix(field)).context("no such field")?;
        let kib: f64 = line.split_whitespace().next().context("no number")?.parse()?;
        Ok(kib * 1024.0 / 1e6)
    }

    /// Waits until `GET path` is answered with 200.
    pub(super) fn wait_for(&mut self, port: u16, path: &str) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < READY_MAX {
            if status(port, path) == Some(200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended while starting ({status})");
            }
            std::thread::sleep(POLL);
        }
        bail!("no 200 from port {port}{path} within {} s", READY_MAX.as_secs())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// The status of one plain request; none while nobody answers.
fn status(port: u16, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head).ok()?.split(' ').nth(1)?.parse().ok()
}
