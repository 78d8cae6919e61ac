//! A stand-in for Slack: its Web API, signed requests and Socket Mode, and a control API by which a test plays the
//! people of a workspace.
//!
//! What an app posts is checked as Slack checks it, and every refusal is kept for the test to see. Left out on
//! purpose: OAuth, OpenID, reading of history, and rate limits that no test asked for.

#![expect(clippy::unwrap_used, reason = "a fake ends at its first surprise")]

mod api;
mod check;
mod clock;
mod control;
mod deliver;
mod ids;
mod options;
mod records;
mod refusal;
mod respond;
mod signature;
mod sockets;
mod state;
#[cfg(test)]
mod tests;

use crate::{options::Options, state::Slack};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{any, get, post},
};
use clap::Parser as _;
use std::sync::Arc;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slack = Slack::new(Options::parse(), &listener.local_addr().unwrap().to_string());
    #[expect(clippy::print_stdout, reason = "the ready line is the program's whole output")]
    {
        println!("{}", slack.ready());
    }
    serve(listener, Arc::new(slack)).await;
}

/// Answers until the process ends.
async fn serve(listener: TcpListener, slack: state::Shared) {
    tokio::spawn(deliver::retry::run(slack.clone()));
    let app = Router::new()
        .route("/api/{method}", any(api::call))
        .route("/upload/{id}", post(api::files::receive))
        .route("/respond/{id}", post(respond::receive))
        .route("/socket", get(sockets::connect))
        .nest("/control", control::routes())
        .layer(DefaultBodyLimit::disable())
        .with_state(slack);
    #[expect(clippy::disallowed_methods, reason = "only tests connect, and each ends with its process")]
    axum::serve(listener, app).await.unwrap();
}
