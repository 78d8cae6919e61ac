//! Discord: the only place that knows it.

mod application;
mod complete;
mod doctor;
mod form;
mod gateway;
mod health;
mod http;
mod payload;
mod register;
mod render;
mod rest;
mod send;
mod take;

pub(crate) use doctor::check as doctor;

use crate::{
    Core, Error,
    actions::Buttons,
    options::{self, DiscordDelivery as Delivery},
    pause::Pause,
    pipeline::Pipeline,
};
use application::Application;
use axum::Router;
use health::{Health, Trouble};
use micro_domain::{
    chat::{BotState as State, Platform},
    view::{View, form::Sheet},
};
use rest::{Refusal, Rest};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Completions and forms that are made at the same time while Discord waits for them.
const AHEAD_MAX: usize = 64;

/// The running Discord bot.
pub(crate) struct Discord {
    core: Arc<Core>,
    pipeline: Pipeline,
    rest: Arc<Rest>,
    health: Arc<Health>,
    ahead: Semaphore,
}

/// Starts the bot; the routes are where Discord sends signed HTTP.
pub(crate) fn start(
    options: &options::Discord,
    core: &Arc<Core>,
    pipeline: &Pipeline,
    stopping: &CancellationToken,
) -> Result<Router, Error> {
    let verifier = match &options.delivery {
        Delivery::Gateway => None,
        Delivery::Http { public_key, .. } => Some(http::verifier(public_key)?),
    };
    let statuses = Arc::clone(core);
    let health = Arc::new(Health::new(move |state| {
        if let Some(status) = statuses.statuses.of(Platform::Discord) {
            status.set(state);
        }
    }));
    let discord = Arc::new(Discord {
        core: Arc::clone(core),
        pipeline: pipeline.clone(),
        rest: Arc::new(Rest::new(options, Arc::clone(&health))?),
        health,
        ahead: Semaphore::new(AHEAD_MAX),
    });
    tokio::spawn(Arc::clone(&discord).run(options.clone(), stopping.clone()));
    Ok(match verifier {
        Some(verifier) => http::routes(discord, verifier),
        None => Router::new(),
    })
}

/// A view as a message.
pub(crate) fn message(view: &View, buttons: &Buttons<'_>) -> Value {
    render::message(view, buttons).body
}

/// A form as it is shown, without what only a running bot knows.
pub(crate) fn modal(sheet: &Sheet) -> Value {
    form::modal(sheet, "preview")
}

/// Registers the commands; the application's id, and whether they were others before.
pub(crate) async fn register(options: &options::Discord) -> Result<(String, bool), Error> {
    let refused = |why: Refusal| Error::Refused { platform: Platform::Discord, what: why.to_string() };
    let rest = Rest::new(options, Arc::new(Health::new(|_| {})))?;
    let id = Application::ask(&rest).await.map_err(refused)?.id;
    let changed = register::register(&rest, &id).await.map_err(refused)?;
    Ok((id, changed))
}

impl Discord {
    /// Checks who the bot is, as often as it takes; then registers its commands and, without signed HTTP, listens.
    async fn run(self: Arc<Self>, options: options::Discord, stopping: CancellationToken) {
        let mut pause = Pause::default();
        let application = loop {
            match self.introduce(&options.delivery).await {
                Ok(application) => break application,
                Err(why) => self.health.line(State::Degraded(why)),
            }
            if pause.take(&stopping).await.is_err() {
                return;
            }
        };
        let registering = self.register(&application, &stopping);
        match &options.delivery {
            Delivery::Http { .. } => {
                self.health.line(State::Connected);
                registering.await;
            }
            Delivery::Gateway => {
                tokio::join!(registering, gateway::listen(&self, &options, &stopping));
            }
        }
    }

    /// The application's id, if the token is good and belongs to what is configured.
    async fn introduce(&self, delivery: &Delivery) -> Result<String, String> {
        let application = Application::ask(&self.rest).await.map_err(|refusal| match refusal {
            Refusal::Answer(401, _) => "Discord refuses the bot token".to_owned(),
            other => other.to_string(),
        })?;
        if application.id.parse::<u64>().is_err() {
            return Err("Discord does not say whose the bot token is".to_owned());
        }
        self.check(delivery, &application)?;
        Ok(application.id)
    }

    fn check(&self, delivery: &Delivery, application: &Application) -> Result<(), String> {
        match delivery {
            Delivery::Http { public_key, application_id } => {
                if application.id != application_id.to_string() {
                    return Err(
                        "the bot token is another application's than MICRO_DISCORD_APPLICATION_ID".to_owned()
                    );
                }
                let key = &application.verify_key;
                if !key.is_empty() && !key.eq_ignore_ascii_case(public_key) {
                    return Err("MICRO_DISCORD_PUBLIC_KEY is another application's key".to_owned());
                }
            }
            Delivery::Gateway if application.endpoint().is_some() => {
                // Discord sends interactions one way or the other, never both.
                let why = "the application has an Interactions Endpoint URL, so nothing comes over the gateway; take it \
                           out, or set MICRO_DISCORD_PUBLIC_KEY and MICRO_DISCORD_APPLICATION_ID";
                self.health.trouble(Trouble::Elsewhere, why.to_owned());
            }
            Delivery::Gateway => {}
        }
        Ok(())
    }

    /// Registers the commands, as often as it takes.
    async fn register(&self, application: &str, stopping: &CancellationToken) {
        let mut pause = Pause::default();
        loop {
            match register::register(&self.rest, application).await {
                Ok(changed) => {
                    self.health.well(Trouble::Unregistered);
                    tracing::info!(changed, "Discord knows the commands");
                    return;
                }
                Err(refusal) => {
                    let why = format!("the commands could not be registered: {refusal}");
                    self.health.trouble(Trouble::Unregistered, why);
                }
            }
            if pause.take(stopping).await.is_err() {
                return;
            }
        }
    }
}
