//! Slack: the only place that knows it.

mod api;
mod blocks;
mod complete;
mod doctor;
mod http;
mod manifest;
mod modal;
mod outlet;
mod payload;
mod render;
mod socket;
mod take;

use crate::{Core, Error, options, pause::Pause, pipeline::Pipeline};
pub(crate) use doctor::check as doctor;
pub(crate) use manifest::manifest;
pub(crate) use render::message;

use api::{Api, Refusal};
use axum::Router;
use micro_domain::{
    chat::{BotState as State, Platform},
    identity::Secret,
    view::form::Sheet,
};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// The running Slack bot.
pub(crate) struct Slack {
    core: Arc<Core>,
    pipeline: Pipeline,
    api: Arc<Api>,
    /// The workspace the app is installed in, once Slack told.
    team: OnceLock<Team>,
}

/// A workspace.
struct Team {
    id: String,
    name: String,
}

/// Starts the bot; the routes are where Slack sends signed HTTP.
pub(crate) fn start(
    options: &options::Slack,
    core: &Arc<Core>,
    pipeline: &Pipeline,
    stopping: &CancellationToken,
) -> Result<Router, Error> {
    let slack = Arc::new(Slack {
        core: Arc::clone(core),
        pipeline: pipeline.clone(),
        api: Arc::new(Api::new(options)?),
        team: OnceLock::new(),
    });
    tokio::spawn(Arc::clone(&slack).run(options.app_token.clone(), stopping.clone()));
    Ok(match &options.signing_secret {
        Some(secret) => http::routes(slack, secret),
        None => Router::new(),
    })
}

/// A form as it is posted, without what only a running bot knows.
pub(crate) fn modal(sheet: &Sheet) -> Value {
    modal::modal(sheet, &modal::Meta { id: String::new(), response_url: String::new() })
}

impl Slack {
    /// Finds out who the bot is, as often as it takes; then keeps its sockets open.
    async fn run(self: Arc<Self>, app_token: Option<Secret>, stopping: CancellationToken) {
        let mut pause = Pause::default();
        while let Err(why) = self.introduce().await {
            self.set(State::Degraded(why));
            if pause.take(&stopping).await.is_err() {
                return;
            }
        }
        match app_token {
            Some(token) => socket::listen(self, token, stopping).await,
            None => self.set(State::Connected),
        }
    }

    async fn introduce(&self) -> Result<(), String> {
        let answer = self.api.call("auth.test", &json!({})).await.map_err(|refusal| match refusal {
            Refusal::Api(code) => format!("Slack refuses the bot token ({code})"),
            other => other.to_string(),
        })?;
        let text =
            |name: &str| answer.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let (id, name) = (text("team_id"), text("team"));
        // Once is enough: a token never changes its workspace.
        let _ = self.team.set(Team { id, name });
        Ok(())
    }

    fn set(&self, state: State) {
        if let Some(status) = self.core.statuses.of(Platform::Slack) {
            status.set(state);
        }
    }

    /// Whether a user of this workspace is a guest of the one the app is installed in.
    fn is_foreign(&self, team: &str) -> bool {
        self.team.get().is_some_and(|installed| installed.id != team)
    }

    fn team_name(&self, team: &str) -> String {
        self.team.get().filter(|known| known.id == team).map(|known| known.name.clone()).unwrap_or_default()
    }
}
