//! What can be chosen when the fake starts.

use clap::Parser;

/// What an app may be granted; all of it unless told otherwise.
const SCOPES: &str =
    "app_mentions:read,chat:write,commands,files:write,im:write,links:read,links:write,users:read";

/// A stand-in for Slack.
#[derive(Debug, Clone, Parser)]
#[command(name = "micro-fake-slack")]
pub(crate) struct Options {
    /// Signs the requests sent to the app.
    #[arg(long, default_value = "fake-signing-secret")]
    pub(crate) signing_secret: String,
    /// The bot's token.
    #[arg(long, default_value = "xoxb-fake-bot-token")]
    pub(crate) bot_token: String,
    /// The app's token, which opens sockets.
    #[arg(long, default_value = "xapp-1-A0FAKE-1-fake-app-token")]
    pub(crate) app_token: String,
    /// The workspace's id.
    #[arg(long, default_value = "T0123")]
    pub(crate) team: String,
    /// The workspace's name.
    #[arg(long, default_value = "Acme")]
    pub(crate) team_name: String,
    /// The scopes granted to the bot, separated by commas.
    #[arg(long, default_value = SCOPES, value_delimiter = ',')]
    pub(crate) scopes: Vec<String>,
}
