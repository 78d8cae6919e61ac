//! Interactions over the gateway's socket, which serenity keeps open.
//!
//! Each identify is one of 1,000 a day, after which Discord resets the token: how many are left is read before every session
//! and after each greeting and loss, and with few left the bot stays away until there are more.

use super::{
    Discord,
    payload::{Interaction, unreadable},
    rest::Call,
    send,
};
use crate::{
    options,
    pause::{Pause, rest_for},
};
use micro_domain::{
    Error,
    chat::{BotState as State, Platform},
};
use serde_json::Value;
use serenity::{
    Client, Error as Failure,
    all::{Context, Event, GatewayIntents, RawEventHandler},
    async_trait,
    client::ClientBuilder,
    gateway::{ConnectionStage, GatewayError, ShardManager, ShardRunnerMessage},
    http::HttpBuilder,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Identifies that are left untouched.
const IDENTIFIES_KEPT: u64 = 100;
/// Between two looks at the connection.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a first connection, or one that was lost, may take before its address is asked for again.
const LOST_AFTER: Duration = Duration::from_secs(60);
/// How long a connection may take to be set up, and to be closed.
const SETUP_WITHIN: Duration = Duration::from_secs(10);
const CLOSE_WITHIN: Duration = Duration::from_secs(6);
/// How long the first response may take: Discord waits 3 s.
const RESPONSE_WITHIN: Duration = Duration::from_secs(3);
/// What a connection is closed with for good: the session is not to be resumed.
const CLOSE_NORMAL: u16 = 1000;
/// Events that are heard at the same time.
const EVENTS_MAX: usize = 4_096;
/// Longest wait for identifies, should Discord say more: it counts them over a day.
const RESET_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Where nothing listens: what makes serenity's further tries fail at once.
const NOWHERE: &str = "ws://127.0.0.1:0";

/// How a session ended.
enum Ended {
    /// The bot is being stopped.
    Stopping,
    /// Too few identifies are left; after this time there are more.
    Used(Duration),
    /// It did not work, and this is why.
    Failed(String),
}

impl Ended {
    /// What is told of it.
    fn state(&self) -> Option<State> {
        let why = match self {
            Self::Stopping => return None,
            Self::Used(_) => "too few connections to the gateway are left for today; waiting for more",
            Self::Failed(why) => why,
        };
        Some(State::Degraded(why.to_owned()))
    }
}

/// Where the gateway is.
struct Place {
    url: String,
    /// How long to stay away, where few identifies are left.
    stay_away: Option<Duration>,
}

/// Keeps a session until `stopping`.
pub(super) async fn listen(discord: &Arc<Discord>, options: &options::Discord, stopping: &CancellationToken) {
    let mut pause = Pause::default();
    loop {
        let started = Instant::now();
        let ended = session(discord, options, stopping).await;
        if let Some(state) = ended.state() {
            discord.health.line(state);
        }
        let waited = match ended {
            Ended::Stopping => return,
            Ended::Used(reset) => rest_for(reset.min(RESET_MAX), stopping).await,
            Ended::Failed(_) => {
                // What held for a while may come back at once.
                if started.elapsed() > LOST_AFTER {
                    pause = Pause::default();
                }
                pause.take(stopping).await
            }
        };
        if waited.is_err() {
            return;
        }
    }
}

async fn session(discord: &Arc<Discord>, options: &options::Discord, stopping: &CancellationToken) -> Ended {
    let place = match place(discord, options).await {
        Ok(Place { stay_away: Some(reset), .. }) => return Ended::Used(reset),
        Ok(place) => place,
        Err(why) => return Ended::Failed(why),
    };
    let greeted = Arc::new(Notify::new());
    let ear = Ear {
        discord: Arc::clone(discord),
        greeted: Arc::clone(&greeted),
        places: Semaphore::new(EVENTS_MAX),
    };
    let Some(mut client) = client(options, ear).await else {
        return Ended::Failed("the connection to the gateway could not be set up".to_owned());
    };
    // serenity takes Discord's own address where it is not told another in time.
    place.url.clone_into(&mut *client.ws_url.lock().await);
    let session = Session {
        discord,
        options,
        manager: Arc::clone(&client.shard_manager),
        address: Arc::clone(&client.ws_url),
    };
    let ended = tokio::select! {
        () = stopping.cancelled() => Ended::Stopping,
        done = client.start() => Ended::Failed(reason(done.err())),
        ended = session.watch(&greeted) => ended,
    };
    // Closing takes a few seconds, in which it would still look well.
    if let Some(state) = ended.state() {
        discord.health.line(state);
    }
    session.close().await;
    ended
}

fn reason(failure: Option<Failure>) -> String {
    match failure {
        Some(Failure::Gateway(GatewayError::InvalidAuthentication)) => "Discord refuses the bot token",
        Some(Failure::Gateway(
            GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents,
        )) => "Discord refuses the bot's intents",
        _ => "the gateway ended the connection",
    }
    .to_owned()
}

/// A client that hears with `ear`, not started yet.
async fn client(options: &options::Discord, ear: Ear) -> Option<Client> {
    let http = HttpBuilder::new(options.bot_token.reveal());
    let http = if options.elsewhere {
        // The library ignores the address while it limits the rate itself.
        http.proxy(&options.api_url).ratelimiter_disabled(true)
    } else {
        http
    };
    let building = ClientBuilder::new_with_http(http.build(), GatewayIntents::empty()).raw_event_handler(ear);
    tokio::time::timeout(SETUP_WITHIN, building.into_future()).await.ok()?.ok()
}

/// Where the gateway is, and whether there is room for a session.
async fn place(discord: &Discord, options: &options::Discord) -> Result<Place, String> {
    let answer = discord.rest.call(Call::new("GET", "gateway/bot")).await.map_err(|why| why.to_string())?;
    let url = answer["url"].as_str().unwrap_or_default().to_owned();
    if !is_expected(&url, options) {
        return Err("Discord names a gateway that is none of its own".to_owned());
    }
    Ok(Place { url, stay_away: stay_away(&answer["session_start_limit"]) })
}

fn stay_away(limit: &Value) -> Option<Duration> {
    let remaining = limit["remaining"].as_u64()?;
    let reset = Duration::from_millis(limit["reset_after"].as_u64().unwrap_or_default());
    (remaining < IDENTIFIES_KEPT).then_some(reset.max(Duration::from_secs(1)))
}

/// Whether the gateway belongs to the API that is asked: Discord's own, or the host that stands in for it.
fn is_expected(url: &str, options: &options::Discord) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    if !options.elsewhere {
        return url.scheme() == "wss" && (host == "discord.gg" || host.ends_with(".discord.gg"));
    }
    let api = Url::parse(&options.api_url).ok();
    matches!(url.scheme(), "ws" | "wss") && api.is_some_and(|api| api.host_str() == Some(host))
}

/// A running session.
struct Session<'s> {
    discord: &'s Arc<Discord>,
    options: &'s options::Discord,
    manager: Arc<ShardManager>,
    address: Arc<Mutex<String>>,
}

impl Session<'_> {
    /// Watches the connection, which serenity restores by itself, until it has to stay away.
    async fn watch(&self, greeted: &Notify) -> Ended {
        let mut up = false;
        let mut known = Instant::now();
        loop {
            // A greeting may have cost an identify, even where no loss was seen.
            let (is_up, was_greeted) = tokio::select! {
                () = greeted.notified() => (true, true),
                () = tokio::time::sleep(LOOK_EVERY) => (self.is_up().await, false),
            };
            let changed = is_up != up;
            if changed {
                up = is_up;
                let lost = "the connection to the gateway is lost; connecting again".to_owned();
                self.discord.health.line(if up { State::Connected } else { State::Degraded(lost) });
            }
            // The gateway may have moved while it was not reached.
            let asked = changed || was_greeted || (!up && known.elapsed() >= LOST_AFTER);
            if asked {
                known = Instant::now();
                // Without an answer things stay as they are, and are looked at again at the next change.
                if let Ok(place) = place(self.discord, self.options).await {
                    if let Some(reset) = place.stay_away {
                        return Ended::Used(reset);
                    }
                    place.url.clone_into(&mut *self.address.lock().await);
                }
            }
        }
    }

    async fn is_up(&self) -> bool {
        let runners = self.manager.runners.lock().await;
        runners.values().any(|runner| runner.stage == ConnectionStage::Connected)
    }

    /// Ends the session; what serenity may still try leads nowhere.
    async fn close(&self) {
        NOWHERE.clone_into(&mut *self.address.lock().await);
        // After a restart, serenity's own shutdown takes an old confirmation for its own, and forgets the connection
        // before it is told to end.
        for (id, runner) in self.manager.runners.lock().await.iter() {
            runner.runner_tx.send_to_shard(ShardRunnerMessage::Shutdown(*id, CLOSE_NORMAL));
        }
        // One that does not end in time ends with the process.
        let _ = tokio::time::timeout(CLOSE_WITHIN, self.manager.shutdown_all()).await;
    }
}

/// Hears what comes over the socket; serenity gives every event a task of its own.
struct Ear {
    discord: Arc<Discord>,
    greeted: Arc<Notify>,
    places: Semaphore,
}

#[async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, _context: Context, event: Event) {
        match event {
            Event::Ready(_) | Event::Resumed(_) => self.greeted.notify_one(),
            Event::InteractionCreate(event) => {
                let Ok(_place) = self.places.try_acquire() else {
                    self.discord.core.statuses.count(Platform::Discord, |status| &status.busy);
                    return;
                };
                let Ok(interaction) = read(&event.interaction) else {
                    self.discord.core.statuses.count(Platform::Discord, |status| &status.malformed);
                    tracing::warn!("Discord sent what cannot be read");
                    return;
                };
                Box::pin(respond(&self.discord, interaction)).await;
            }
            _ => {}
        }
    }
}

/// What the library understood, read as what comes over HTTP is.
fn read(interaction: &serenity::all::Interaction) -> Result<Interaction, Error> {
    let mut payload = serde_json::to_value(interaction).map_err(|_| unreadable())?;
    // The library reads what it is and does not write it.
    payload["type"] = u8::from(interaction.kind()).into();
    Interaction::read(&payload)
}

async fn respond(discord: &Arc<Discord>, interaction: Interaction) {
    let started = Instant::now();
    let (id, token) = (interaction.id.clone(), interaction.token.clone());
    let response = discord.take(interaction).await;
    // A second response would be refused.
    if response.repeated {
        return;
    }
    let sending = send::respond(&discord.rest, &id, &token, &response.body);
    let sent = matches!(tokio::time::timeout(RESPONSE_WITHIN, sending).await, Ok(Ok(())));
    if sent && let Some(status) = discord.core.statuses.of(Platform::Discord) {
        status.acknowledged(started.elapsed());
    }
    if let Some(acknowledged) = response.acknowledged {
        acknowledged.tell(sent);
    }
}

#[cfg(test)]
mod tests;
