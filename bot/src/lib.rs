//! Micro in Slack and Discord.
//!
//! What a person types or clicks passes one pipeline: verify, drop duplicates, acknowledge, then work. A command is done as
//! the account the chat user is linked to, by the same backend and with the same views as everywhere else. `slack` and
//! `discord` are the only places that know their platforms.

mod actions;
mod complete;
mod discord;
mod dispatch;
pub mod doctor;
mod handlers;
mod http;
mod job;
mod options;
mod pause;
mod pipeline;
pub mod preview;
pub mod setup;
mod slack;
mod status;

pub use options::{Discord, DiscordDelivery, Options, Settings, Slack};

use actions::Actions;
use axum::Router;
use complete::Known;
use micro_client::Client;
use micro_domain::chat::{BotStatus, Person, Platform};
use pipeline::Pipeline;
use status::Statuses;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Why the bots did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What is configured is wrong or not whole.
    #[error("{platform} is not configured: {what}")]
    Configuration {
        /// Which platform.
        platform: Platform,
        /// What is wrong, and where to find what is missing.
        what: String,
    },
    /// A platform refuses what it is told.
    #[error("{platform} refuses: {what}")]
    Refused {
        /// Which platform.
        platform: Platform,
        /// What it says.
        what: String,
    },
}

impl Error {
    pub(crate) fn configuration(platform: Platform, what: &str) -> Self {
        Self::Configuration { platform, what: what.to_owned() }
    }
}

/// What every part of the bots shares.
pub(crate) struct Core {
    /// The backend, as the bot.
    pub(crate) client: Client,
    /// The base of every link, without a slash at its end.
    pub(crate) public_url: String,
    pub(crate) actions: Actions,
    pub(crate) known: Known,
    pub(crate) statuses: Statuses,
    /// The client is the speaker's own: nobody is spoken for.
    as_itself: bool,
}

impl Core {
    /// With nothing remembered yet.
    fn new(client: Client, public_url: &str, statuses: Statuses, as_itself: bool) -> Self {
        Self {
            client,
            public_url: public_url.trim_end_matches('/').to_owned(),
            actions: Actions::default(),
            known: Known::default(),
            statuses,
            as_itself,
        }
    }

    /// The backend as the account that a person is linked to; the server resolves the link on every call.
    pub(crate) fn client_of(&self, person: &Person) -> Client {
        if self.as_itself { self.client.clone() } else { self.client.on_behalf_of(person) }
    }
}

/// The running bots.
#[derive(Clone)]
pub struct Bot {
    core: Arc<Core>,
    routes: Router,
}

impl Bot {
    /// Starts what is configured; it ends when `stopping` is cancelled. Nothing here waits for a platform.
    ///
    /// # Errors
    /// When what is configured cannot be used.
    pub fn start(options: Options, stopping: CancellationToken) -> Result<Self, Error> {
        let statuses = Statuses::new(options.slack.as_ref(), options.discord.as_ref());
        let core = Arc::new(Core::new(options.client, &options.public_url, statuses, false));
        let pipeline = Pipeline::start(Arc::clone(&core), stopping.clone());
        let mut routes = Router::new();
        if let Some(options) = options.slack {
            routes = routes.merge(slack::start(&options, &core, &pipeline, &stopping)?);
        }
        if let Some(options) = options.discord {
            routes = routes.merge(discord::start(&options, &core, &pipeline, &stopping)?);
        }
        Ok(Self { core, routes })
    }

    /// Where the platforms send signed HTTP: `/chat/…`.
    pub fn routes(&self) -> Router {
        self.routes.clone()
    }

    /// How the bots are.
    #[must_use]
    pub fn status(&self) -> Vec<BotStatus> {
        self.core.statuses.all()
    }
}
