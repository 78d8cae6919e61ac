//! What the bots are told, from the settings file and the environment; the environment wins. There are no flags: a command
//! line is seen by everybody on the machine.

use micro_domain::identity::Secret;
use micro_server::ChatSettings;
use serde::Deserialize;

/// `[slack]` of the settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slack {
    bot_token: Option<Secret>,
    app_token: Option<Secret>,
    signing_secret: Option<Secret>,
    api_url: Option<String>,
}

/// `[discord]` of the settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discord {
    bot_token: Option<Secret>,
    public_key: Option<String>,
    application_id: Option<String>,
    api_url: Option<String>,
}

/// Both, joined with the environment.
pub(crate) fn settings(slack: Slack, discord: Discord) -> ChatSettings {
    let secret = |name, filed| text(name).map(Secret::new).or(filed);
    ChatSettings {
        slack_bot_token: secret("SLACK_BOT_TOKEN", slack.bot_token),
        slack_app_token: secret("SLACK_APP_TOKEN", slack.app_token),
        slack_signing_secret: secret("SLACK_SIGNING_SECRET", slack.signing_secret),
        slack_api_url: text("SLACK_API_URL").or(slack.api_url),
        discord_bot_token: secret("DISCORD_BOT_TOKEN", discord.bot_token),
        discord_public_key: text("DISCORD_PUBLIC_KEY").or(discord.public_key),
        discord_application_id: text("DISCORD_APPLICATION_ID").or(discord.application_id),
        discord_api_url: text("DISCORD_API_URL").or(discord.api_url),
    }
}

/// The variable `MICRO_{name}`; an empty one is none.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn text(name: &str) -> Option<String> {
    std::env::var(format!("MICRO_{name}"))
        .ok()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}
