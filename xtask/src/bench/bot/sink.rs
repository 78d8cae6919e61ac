//! Slack as far as a bot under load needs it: who it is, and addresses that take its answers and count them.
//!
//! `micro-fake-slack` checks and keeps all that is posted; at these rates it would be what is measured.

use std::collections::HashSet;
use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::wire;

/// The workspace the bots are installed in.
pub(super) const TEAM: &str = "T0BENCH";

const AUTH_TEST: &str = r#"{"ok":true,"url":"http://127.0.0.1/","team":"Bench","team_id":"T0BENCH","user":"micro","user_id":"U0BOT","bot_id":"B0BOT","is_enterprise_install":false}"#;
const OK: &str = r#"{"ok":true}"#;

/// What the bot says while it works; the answer is yet to come.
const WORKING: &str = "Working…";

/// Between two looks at the count.
const POLL: Duration = Duration::from_millis(5);

/// A Slack that takes everything. Its threads live as long as this program.
pub(super) struct Sink {
    pub(super) port: u16,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    /// Commands that were answered.
    answered: HashSet<u64>,
    /// The latest answer.
    latest: Vec<u8>,
    /// Answers that came as messages, since their address failed.
    astray: usize,
}

impl Sink {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        let port = listener.local_addr()?.port();
        let taken = Arc::new(Mutex::new(Taken::default()));
        let shared = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&shared);
                // One that breaks off was the bot's to lose: its answer is missing in the count.
                std::thread::spawn(move || serve(stream, &taken));
            }
        });
        Ok(Self { port, taken })
    }

    /// Where bots reach the Web API.
    pub(super) fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}/api", self.port)
    }

    /// Commands answered so far.
    pub(super) fn answered(&self) -> usize {
        lock(&self.taken).answered.len()
    }

    /// Answers that did not come to their address so far.
    pub(super) fn astray(&self) -> usize {
        lock(&self.taken).astray
    }

    /// The latest answer, as text.
    pub(super) fn latest(&self) -> String {
        String::from_utf8_lossy(&lock(&self.taken).latest).into_owned()
    }

    /// Waits until so many commands are answered.
    pub(super) fn wait(&self, count: usize, at_most: Duration) -> Result<()> {
        let started = Instant::now();
        while self.answered() < count {
            if started.elapsed() > at_most {
                bail!("{} commands of {count} were answered after {} s", self.answered(), at_most.as_secs());
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

fn serve(stream: TcpStream, taken: &Mutex<Taken>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = wire::read(&mut stream)? {
        let body = answer(&request, taken);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
        stream.get_mut().write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes())?;
    }
    Ok(())
}

fn answer(request: &wire::Message, taken: &Mutex<Taken>) -> &'static str {
    let path = request.path();
    if path == "/api/auth.test" {
        return AUTH_TEST;
    }
    let mut taken = lock(taken);
    match path.strip_prefix("/respond/").and_then(|id| id.parse().ok()) {
        Some(_) if contains(&request.body, WORKING) => {}
        Some(id) => {
            taken.answered.insert(id);
            taken.latest.clone_from(&request.body);
        }
        None => taken.astray += 1,
    }
    OK
}

/// Whether a short body holds the text; a long one is an answer anyway.
fn contains(body: &[u8], text: &str) -> bool {
    const SHORT_BYTES: usize = 512;
    body.len() < SHORT_BYTES && body.windows(text.len()).any(|window| window == text.as_bytes())
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
