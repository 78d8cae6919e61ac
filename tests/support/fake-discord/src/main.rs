//! A stand-in for Discord, for tests: the part of its REST API that Micro calls, its gateway, and its signed HTTP
//! deliveries, with Discord's limits, deadlines and refusals. Tests drive it under `/control/`.
//!
//! It prints one line of JSON when it listens, and then says nothing. It keeps everything in memory, knows one bot in
//! one server, and leaves out what Micro does not use: voice, threads, roles, reactions, OAuth.

#![expect(clippy::unwrap_used, reason = "a fake ends at its first surprise")]

mod answers;
mod api;
mod budget;
mod check;
mod clock;
mod control;
mod deliver;
mod gateway;
mod limits;
mod messages;
mod model;
mod payload;
mod records;
mod refusal;
mod signing;
mod state;
#[cfg(test)]
mod tests;

use axum::{Router, routing::any};
use serde_json::json;
use signing::Keys;
use state::{Fake, Settings};
use std::{net::Ipv4Addr, sync::Arc};
use tokio::net::TcpListener;

/// Everything the fake serves.
fn router(fake: Arc<Fake>) -> Router {
    let gateway = Router::new().route("/", any(gateway::connect)).with_state(Arc::clone(&fake));
    gateway.nest("/api/v10", api::router(&fake)).nest("/control", control::router(&fake))
}

/// The command line: flags with a value each.
fn settings(mut arguments: impl Iterator<Item = String>, address: String) -> Settings {
    let mut settings = Settings {
        bot_token: "MTAw.fake.bot-token".to_owned(),
        application_id: "1000000000000000001".to_owned(),
        guild: "1000000000000000002".to_owned(),
        guild_name: "Acme".to_owned(),
        address,
    };
    while let Some(flag) = arguments.next() {
        let value = arguments.next().unwrap_or_else(|| panic!("{flag} needs a value"));
        match flag.as_str() {
            "--bot-token" => settings.bot_token = value,
            "--application-id" => settings.application_id = value,
            "--guild" => settings.guild = value,
            "--guild-name" => settings.guild_name = value,
            _ => panic!("unknown flag {flag}"),
        }
    }
    settings
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the ready line")]
#[expect(clippy::disallowed_methods, reason = "its only clients are Micro and its tests")]
async fn main() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let settings = settings(std::env::args().skip(1), address);
    let keys = Keys::random();
    let ready = json!({
        "url": format!("http://{}", settings.address),
        "bot_token": settings.bot_token,
        "application_id": settings.application_id,
        "public_key": keys.public_hex(),
        "guild": settings.guild,
    });
    let fake = Arc::new(Fake::new(settings, keys));
    println!("{ready}");
    axum::serve(listener, router(fake)).await.unwrap();
}
