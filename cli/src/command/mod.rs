//! One file per command.

mod bot;
mod call;
mod completions;
mod describe;
mod generated;
mod invite;
mod link;
mod login;
mod member;
mod register;
mod server;
mod services;
mod team;
mod token;
mod whoami;

use crate::{
    failure::Failure,
    options::{Command, Options, Output},
    session::Session,
};

/// What every command may need from the command line.
pub(crate) struct Globals {
    pub(crate) server: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) output: Output,
}

impl Globals {
    /// The server and credential chosen.
    pub(crate) fn session(&self) -> Result<Session, Failure> {
        Session::open(self.server.as_deref(), self.token.as_deref())
    }
}

/// Runs one command.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let Options { server, token, output, command } = options;
    let globals = Globals { server, token, output };
    match command {
        Command::Server(options) => Box::pin(server::run(&globals, options)).await,
        Command::Services(options) => services::run(&globals, options).await,
        Command::Describe(options) => describe::run(&globals, options).await,
        Command::Call(options) => call::run(&globals, options).await,
        Command::Register(options) => register::register(&globals, options).await,
        Command::Deregister(options) => register::deregister(&globals, options).await,
        Command::Login(options) => login::run(&globals, options).await,
        Command::Whoami => whoami::run(&globals).await,
        Command::Token(options) => token::run(&globals, options).await,
        Command::Link(options) => link::run(&globals, options).await,
        Command::Team(options) => team::run(&globals, options).await,
        Command::Member(options) => member::run(&globals, options).await,
        Command::Invite(options) => invite::run(&globals, options).await,
        Command::Bot(options) => Box::pin(bot::run(&globals, options)).await,
        Command::Completions(options) => completions::run(options),
        Command::Generated(words) => generated::run(globals, words).await,
    }
}
