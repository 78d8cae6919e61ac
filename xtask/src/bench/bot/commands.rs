//! Slash commands as Slack sends them: each signed anew, with its own ids, at a fixed rate whatever the bot does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{linked, sink, wire};
use crate::bench::statistics::percentile;

/// What requests are signed with.
pub(super) const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// Where both bots take commands.
const PATH: &str = "/chat/slack/command";

/// Connections that commands come over, kept open.
const CONNECTIONS: u32 = 64;

/// After that long Slack tells the person that the app did not answer.
const MISSED_AFTER_MS: f64 = 3_000.0;

/// Makes commands; no two are alike.
pub(super) struct Commands {
    /// Where their answers go.
    pub(super) sink_port: u16,
    count: AtomicU64,
}

impl Commands {
    pub(super) fn new(sink_port: u16) -> Self {
        Self { sink_port, count: AtomicU64::new(0) }
    }

    /// The next command, from the next of the linked users, as a request to a bot on `port`.
    pub(super) fn next(&self, port: u16, text: &str) -> Vec<u8> {
        let id = self.count.fetch_add(1, Ordering::Relaxed);
        let user = linked::user(id % linked::USERS);
        let text = text.replace(' ', "+");
        let (team, sink) = (sink::TEAM, self.sink_port);
        let body = format!(
            "token=unused&team_id={team}&team_domain=bench&channel_id=C0BENCH&channel_name=general&user_id={user}\
             &user_name=ann&command=%2Fmicro&text={text}&api_app_id=A0BENCH&is_enterprise_install=false\
             &response_url=http%3A%2F%2F127.0.0.1%3A{sink}%2Frespond%2F{id}&trigger_id={id}.1212.fa{id:016x}"
        );
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let signature = signature(SIGNING_SECRET, now, &body);
        let headers = format!("X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: {signature}\r\n");
        wire::post(port, PATH, "application/x-www-form-urlencoded", &headers, &body)
    }
}

/// Slack's signature of a body.
fn signature(secret: &str, timestamp: u64, body: &str) -> String {
    let mut text = "v0=".to_owned();
    // Any length of key is one; there is nothing to fail.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(format!("v0:{timestamp}:{body}").as_bytes());
        text.extend(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")));
    }
    text
}

/// How fast, and for how long.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) per_second: u32,
    pub(super) seconds: u32,
}

/// What became of one request.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    /// When it was due, after the start.
    pub(super) due: Duration,
    /// From when it was due until its acknowledgement was read, ms.
    pub(super) took_ms: f64,
    status: Option<u16>,
    /// Whether the acknowledgement says that nothing was run.
    busy: bool,
}

impl Sent {
    fn missed(&self) -> bool {
        self.status != Some(200) || self.took_ms > MISSED_AFTER_MS
    }
}

/// What became of all.
pub(super) struct Outcome {
    pub(super) sent: Vec<Sent>,
}

impl Outcome {
    /// Not acknowledged with 200, or too late.
    pub(super) fn missed(&self) -> usize {
        self.sent.iter().filter(|sent| sent.missed()).count()
    }

    /// Acknowledged with the word that nothing was run.
    pub(super) fn busy(&self) -> usize {
        self.sent.iter().filter(|sent| sent.busy && !sent.missed()).count()
    }

    /// Commands that an answer is due to.
    pub(super) fn accepted(&self) -> usize {
        self.sent.len() - self.missed() - self.busy()
    }

    /// The percentile of the acknowledgements due in this part of the time, ms.
    pub(super) fn percentile_ms(&self, due: std::ops::Range<Duration>, share: f64) -> f64 {
        let inside = self.sent.iter().filter(|sent| due.contains(&sent.due));
        percentile(&mut inside.map(|sent| sent.took_ms).collect::<Vec<_>>(), share)
    }

    /// Fails where one was missed.
    pub(super) fn whole(self) -> Result<Self> {
        let missed = self.sent.iter().find(|sent| sent.missed());
        if let Some(Sent { status, took_ms, .. }) = missed {
            let count = self.missed();
            bail!(
                "{count} of {} not acknowledged; the first: {status:?} in {took_ms:.0} ms",
                self.sent.len()
            );
        }
        Ok(self)
    }
}

/// Sends what `make` makes, each at its time. One that waits for an earlier one on its connection is late, and counted so.
pub(super) fn drive(port: u16, pace: Pace, make: impl Fn() -> Vec<u8> + Sync) -> Outcome {
    let total = pace.per_second * pace.seconds;
    // A little ahead, so that no thread is late at the start.
    let started = Instant::now() + Duration::from_millis(50);
    let one = |first: u32| {
        let mut connection = None;
        let numbers = (first..total).step_by(usize::try_from(CONNECTIONS).unwrap_or(1));
        numbers
            .map(|number| {
                let due = Duration::from_secs_f64(f64::from(number) / f64::from(pace.per_second));
                std::thread::sleep((started + due).saturating_duration_since(Instant::now()));
                send(port, &mut connection, due, started, &make)
            })
            .collect::<Vec<Sent>>()
    };
    let sent = std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..CONNECTIONS.min(total)).map(|first| scope.spawn(move || one(first))).collect();
        senders.into_iter().filter_map(|sender| sender.join().ok()).flatten().collect()
    });
    Outcome { sent }
}

fn send(
    port: u16,
    kept: &mut Option<wire::Connection>,
    due: Duration,
    started: Instant,
    make: &impl Fn() -> Vec<u8>,
) -> Sent {
    let request = make();
    let exchanged = match kept.take() {
        Some(connection) => Ok(connection),
        None => wire::Connection::open(port),
    }
    .and_then(|mut connection| {
        let answer = connection.exchange(&request)?;
        *kept = Some(connection);
        Ok(answer)
    });
    let took_ms = (started + due).elapsed().as_secs_f64() * 1e3;
    let answer = exchanged.ok();
    let busy = answer.as_ref().is_some_and(|answer| String::from_utf8_lossy(&answer.body).contains("busy"));
    Sent { due, took_ms, status: answer.and_then(|answer| answer.status()), busy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_signed_as_slack_documents_it() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
            &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
            &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
            &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        assert_eq!(signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body), expected);
    }

    #[test]
    fn late_and_refused_commands_are_missed_and_busy_ones_are_not() {
        let sent = |took_ms, status, busy| Sent { due: Duration::ZERO, took_ms, status, busy };
        let all = vec![
            sent(1.0, Some(200), false),
            sent(2.0, Some(200), true),
            sent(3_001.0, Some(200), false),
            sent(1.0, Some(401), false),
            sent(1.0, None, false),
        ];
        let outcome = Outcome { sent: all };
        assert_eq!((outcome.missed(), outcome.busy(), outcome.accepted()), (3, 1, 1));
        assert!(outcome.whole().is_err());
    }
}
