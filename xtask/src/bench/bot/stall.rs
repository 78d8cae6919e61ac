//! Acknowledgements while the backend answers nothing.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};

use super::commands::{self, Commands, Pace};
use super::{environment, sink::Sink};
use crate::bench::micro::{self, Micro, port_of};
use crate::bench::servers::Server;
use crate::bench::verdict;
use crate::{process, workspace};

const PER_SECOND: u32 = 1_000;

/// Seconds of load before the stall and after it, and of the stall.
const AROUND_SECONDS: u32 = 2;
const STALL_SECONDS: u32 = 10;

/// How long the answers that waited for the backend may take after it is back.
const ANSWERS_MAX: Duration = Duration::from_secs(60);

/// What is stalled, and how.
struct Stage<'a> {
    /// Where commands are sent.
    port: u16,
    /// A command that needs the backend.
    text: &'static str,
    /// In words.
    what: &'static str,
    /// What is told to stall, and the signals that begin and end it.
    backend: &'a Server,
    signals: (&'static str, &'static str),
}

pub(super) fn run(program: &Path, folder: &Path, sink: &Sink, commands: &Commands) -> Result<()> {
    let micro = Micro::start(program, folder, 1, &environment(sink))?;
    if let Some(bot) = Apart::start(program, folder, &micro, sink)? {
        let stage = Stage {
            port: bot.port,
            text: "services",
            what: "the bot in a process of its own, `micro server` stopped",
            backend: &micro.server,
            signals: ("STOP", "CONT"),
        };
        return measure(&stage, sink, commands);
    }
    let service = Stalled::start(&micro, folder)?;
    let stage = Stage {
        port: micro.port()?,
        text: "call stalled Wait",
        what: "the bot inside `micro server`, a called service that takes calls and does not answer",
        backend: &service.server,
        signals: ("USR2", "USR2"),
    };
    measure(&stage, sink, commands)
}

fn measure(stage: &Stage<'_>, sink: &Sink, commands: &Commands) -> Result<()> {
    println!("\n{PER_SECOND} commands/s, the backend stalled for {STALL_SECONDS} s: {}", stage.what);
    let (answered, astray) = (sink.answered(), sink.astray());
    commands::drive(stage.port, Pace { per_second: 50, seconds: 2 }, || {
        commands.next(stage.port, stage.text)
    })
    .whole()?;
    sink.wait(answered + 100, ANSWERS_MAX).context("before the stall")?;
    let pace = Pace { per_second: PER_SECOND, seconds: STALL_SECONDS + 2 * AROUND_SECONDS };
    let answered = sink.answered();
    let (outcome, stalled) = std::thread::scope(|scope| {
        let stalling = scope.spawn(|| -> Result<()> {
            std::thread::sleep(seconds(AROUND_SECONDS));
            stage.backend.signal(stage.signals.0)?;
            std::thread::sleep(seconds(STALL_SECONDS));
            stage.backend.signal(stage.signals.1)
        });
        let outcome = commands::drive(stage.port, pace, || commands.next(stage.port, stage.text));
        (outcome, stalling.join())
    });
    stalled.ok().context("the stall ended early")??;
    let (missed, busy, accepted) = (outcome.missed(), outcome.busy(), outcome.accepted());
    let during = seconds(AROUND_SECONDS)..seconds(AROUND_SECONDS + STALL_SECONDS);
    let of = |share| outcome.percentile_ms(during.clone(), share);
    let (p50, p99, slowest) = (of(0.5), of(0.99), of(1.0));
    println!("  acknowledged during the stall: p50 {p50:.2} ms, p99 {p99:.2} ms, slowest {slowest:.1} ms");
    println!(
        "  of {} sent {accepted} were accepted, {busy} told \"busy\", {missed} missed",
        outcome.sent.len()
    );
    let all = sink.wait(answered + accepted, ANSWERS_MAX);
    let (came, astray) = (sink.answered() - answered, sink.astray() - astray);
    println!("  answers to the accepted: {came} of {accepted}, {astray} not at their address");
    verdict("stall: acknowledgement p99", p99, p99, 50.0, 10.0, "ms");
    let missed = f64::from(u32::try_from(missed)?);
    verdict("stall: missed", missed, missed, 0.0, 0.0, "");
    all
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

/// `micro bot`, which reaches the server as any client does.
struct Apart {
    /// Held to keep it running.
    _server: Server,
    port: u16,
}

impl Apart {
    /// None where this Micro has no such command.
    fn start(program: &Path, folder: &Path, micro: &Micro, sink: &Sink) -> Result<Option<Self>> {
        let help = process::output(process::command(program).arg("--help"))?;
        if !help.lines().any(|line| line.starts_with("  bot ")) {
            return Ok(None);
        }
        let mut command = process::command(program);
        micro::clean(&mut command);
        command.env("XDG_CONFIG_HOME", folder.join("bot-configuration")).envs(environment(sink));
        command.env("MICRO_TOKEN", micro.bot_token()?).env("TOKIO_WORKER_THREADS", "1");
        command.args(["bot", "--server", &micro.url, "--listen", "127.0.0.1:0", "--output", "json"]);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let (server, ready) = Server::with_ready_line(&mut command).context("`micro bot`")?;
        let port = port_of(ready["url"].as_str().unwrap_or_default())?;
        Ok(Some(Self { _server: server, port }))
    }
}

/// The service of `xtask/peers/stalled.js`.
struct Stalled {
    server: Server,
}

impl Stalled {
    fn start(micro: &Micro, folder: &Path) -> Result<Self> {
        let mut command = process::command("node");
        command.arg(workspace::root().join("xtask/peers/stalled.js"));
        let (server, ready) = Server::with_ready_line(&mut command)?;
        let descriptors = folder.join("stalled.binpb");
        std::fs::write(&descriptors, descriptor_set()).context("cannot write descriptors")?;
        let (address, file) = (format!("127.0.0.1:{}", ready["port"]), descriptors.display().to_string());
        micro.cli(&["register", "stalled", "--grpc", &address, "--descriptors", &file])?;
        Ok(Self { server })
    }
}

/// `bench.v1.Stalled/Wait`, which takes nothing and only reads: chat calls such a method without asking first.
fn descriptor_set() -> Vec<u8> {
    let text = |number: u8, text: &str| field(number, text.as_bytes());
    // `idempotency_level = NO_SIDE_EFFECTS`, field 34.
    let options = field(4, &[0x90, 0x02, 0x01]);
    let message = |name| field(4, &text(1, name));
    let method =
        [text(1, "Wait"), text(2, ".bench.v1.WaitRequest"), text(3, ".bench.v1.WaitResponse"), options];
    let service = [text(1, "Stalled"), field(2, &method.concat())];
    let file = [
        text(1, "bench/v1/stalled.proto"),
        text(2, "bench.v1"),
        message("WaitRequest"),
        message("WaitResponse"),
        field(6, &service.concat()),
        text(12, "proto3"),
    ];
    field(1, &file.concat())
}

/// A field of bytes in the encoding of Protocol Buffers.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut encoded = vec![number << 3 | 2];
    let mut rest = bytes.len();
    while rest >= 0x80 {
        encoded.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or_default());
        rest >>= 7;
    }
    encoded.push(u8::try_from(rest).unwrap_or_default());
    encoded.extend(bytes);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(field(1, b"abc"), b"\x0a\x03abc");
        let long = field(12, &[7; 300]);
        assert_eq!((&long[..3], long.len()), (&[0x62, 0xac, 0x02][..], 303));
    }
}
