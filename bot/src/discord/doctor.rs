//! Whether Discord takes what is configured.

use super::{
    application::Application,
    health::Health,
    register,
    rest::{Call, Rest},
};
use crate::{
    doctor::{Check, Verdict},
    options::{self, DiscordDelivery as Delivery},
};
use std::sync::Arc;

/// Identifies left below which the gateway is left alone: beyond the last one Discord takes the token away.
const IDENTIFIES_MIN: u64 = 100;

/// Asks Discord about each part of the configuration.
pub(crate) async fn check(options: &options::Discord) -> Vec<Check> {
    let rest = match Rest::new(options, Arc::new(Health::new(|_| {}))) {
        Ok(rest) => rest,
        Err(error) => return vec![Check::new("bot token", Verdict::Bad, error.to_string())],
    };
    let application = match Application::ask(&rest).await {
        Ok(application) => application,
        Err(refusal) => {
            let told = format!("{refusal}. Is MICRO_DISCORD_BOT_TOKEN the one under \"Bot\"?");
            return vec![Check::new("bot token", Verdict::Bad, told)];
        }
    };
    let whose = format!("{} ({})", application.name, application.id);
    let mut checks = vec![Check::new("bot token", Verdict::Good, whose)];
    checks.push(delivery(options, &application));
    checks.push(identifies(&rest).await);
    checks.push(commands(&rest, &application.id).await);
    checks
}

fn delivery(options: &options::Discord, application: &Application) -> Check {
    let (verdict, told) = match (&options.delivery, application.endpoint()) {
        (Delivery::Gateway, None) => (Verdict::Good, "gateway".to_owned()),
        (Delivery::Gateway, Some(url)) => (
            Verdict::Bad,
            format!(
                "Discord sends interactions to {url}, so none come over the gateway: take the address out"
            ),
        ),
        (Delivery::Http { .. }, None) => (
            Verdict::Bad,
            "the application has no Interactions Endpoint URL: set it to PUBLIC_URL/chat/discord/interaction"
                .to_owned(),
        ),
        (Delivery::Http { .. }, Some(url)) => (Verdict::Good, format!("signed HTTP to {url}")),
    };
    Check::new("delivery", verdict, told)
}

async fn identifies(rest: &Rest) -> Check {
    let Ok(gateway) = rest.call(Call::new("GET", "gateway/bot")).await else {
        return Check::new("identifies left", Verdict::Unknown, "Discord did not say".to_owned());
    };
    let left = gateway["session_start_limit"]["remaining"].as_u64().unwrap_or_default();
    let verdict = if left < IDENTIFIES_MIN { Verdict::Bad } else { Verdict::Good };
    Check::new("identifies left", verdict, left.to_string())
}

async fn commands(rest: &Rest, application: &str) -> Check {
    match register::is_registered(rest, application).await {
        Ok(true) => Check::new("commands", Verdict::Good, "registered".to_owned()),
        Ok(false) => {
            Check::new("commands", Verdict::Bad, "not these: run `micro bot setup discord`".to_owned())
        }
        Err(refusal) => Check::new("commands", Verdict::Unknown, refusal.to_string()),
    }
}
