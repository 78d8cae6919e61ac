//! `micro bot setup`: what each platform is told of the bot.

use crate::{Error, discord, options, slack};
use serde_json::Value;

/// The permissions asked for when the bot is added to a Discord server: view channels, send messages also in threads, embed
/// links, attach files (<https://discord.com/developers/docs/topics/permissions>).
const DISCORD_PERMISSIONS: &str = "274877959168";

/// Slack's manifest: signed HTTP to `public_url`, or Socket Mode without one.
#[must_use]
pub fn slack_manifest(public_url: Option<&str>) -> Value {
    slack::manifest(public_url)
}

/// What Discord was told.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Whose commands they are.
    pub application_id: String,
    /// Whether they were others before.
    pub changed: bool,
    /// Adds the bot to a server.
    pub invite: String,
}

/// Registers the commands with Discord.
///
/// # Errors
/// What Discord refuses, in words.
pub async fn discord(options: &options::Discord) -> Result<Registered, Error> {
    let (application_id, changed) = discord::register(options).await?;
    let invite = format!(
        "https://discord.com/oauth2/authorize?client_id={application_id}&scope=bot+applications.commands&permissions={DISCORD_PERMISSIONS}"
    );
    Ok(Registered { application_id, changed, invite })
}
