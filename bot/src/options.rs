//! What the bots are told, checked before anything starts.

use crate::Error;
use micro_client::Client;
use micro_domain::{chat::Platform, identity::Secret};
use url::Url;

/// Where Slack's Web API is.
const SLACK_API: &str = "https://slack.com/api";
/// Where Slack's response addresses are.
const SLACK_HOOKS: &str = "https://hooks.slack.com";
/// Where Discord is.
const DISCORD: &str = "https://discord.com";

/// What the operator configured, as it came: flags, file and environment joined, empty texts taken for none.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `xoxb-…`.
    pub slack_bot_token: Option<Secret>,
    /// `xapp-…`: Socket Mode.
    pub slack_app_token: Option<Secret>,
    /// Signed HTTP.
    pub slack_signing_secret: Option<Secret>,
    /// In place of `https://slack.com/api`.
    pub slack_api_url: Option<String>,
    /// The bot's token.
    pub discord_bot_token: Option<Secret>,
    /// With the application's id: signed HTTP.
    pub discord_public_key: Option<String>,
    /// The application's id.
    pub discord_application_id: Option<String>,
    /// In place of `https://discord.com`.
    pub discord_api_url: Option<String>,
}

/// What the bots need to start.
#[derive(Clone)]
pub struct Options {
    /// Slack, if it is configured.
    pub slack: Option<Slack>,
    /// Discord, if it is configured.
    pub discord: Option<Discord>,
    /// The backend, as the bot.
    pub client: Client,
    /// The base of every link the bots show.
    pub public_url: String,
}

/// A configured Slack app.
#[derive(Debug, Clone)]
pub struct Slack {
    /// `xoxb-…`.
    pub bot_token: Secret,
    /// `xapp-…`: with it, events come over Socket Mode.
    pub app_token: Option<Secret>,
    /// With it, signed HTTP is taken.
    pub signing_secret: Option<Secret>,
    /// The Web API's base, without a slash at its end.
    pub api_url: String,
    /// The one origin responses are sent to.
    pub hooks_origin: String,
}

/// A configured Discord application.
#[derive(Debug, Clone)]
pub struct Discord {
    /// The bot's token.
    pub bot_token: Secret,
    /// How interactions come.
    pub delivery: DiscordDelivery,
    /// The base, without a slash at its end.
    pub api_url: String,
    /// Whether that is another than Discord's own.
    pub elsewhere: bool,
}

/// How Discord's interactions come: Discord sends them one way or the other, never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscordDelivery {
    /// Over the gateway's socket.
    Gateway,
    /// As signed HTTP.
    Http {
        /// The key that interactions are signed with, in hexadecimal.
        public_key: String,
        /// The application's id.
        application_id: u64,
    },
}

impl Slack {
    /// How events come, in words.
    #[must_use]
    pub const fn mode(&self) -> &'static str {
        match (&self.app_token, &self.signing_secret) {
            (Some(_), Some(_)) => "Socket Mode and signed HTTP",
            (Some(_), None) => "Socket Mode",
            _ => "signed HTTP",
        }
    }
}

impl Discord {
    /// How interactions come, in words.
    #[must_use]
    pub const fn mode(&self) -> &'static str {
        match self.delivery {
            DiscordDelivery::Gateway => "gateway",
            DiscordDelivery::Http { .. } => "signed HTTP",
        }
    }
}

impl Settings {
    /// What is configured of Slack; none where nothing is.
    ///
    /// # Errors
    /// What is missing or wrong, and where to find it.
    pub fn slack(&self) -> Result<Option<Slack>, Error> {
        let wrong = |what: &str| Err(Error::configuration(Platform::Slack, what));
        let Some(bot_token) = self.slack_bot_token.clone() else {
            return match (&self.slack_app_token, &self.slack_signing_secret) {
                (None, None) => Ok(None),
                _ => wrong(
                    "MICRO_SLACK_BOT_TOKEN is missing. It begins with xoxb- and is under \
                     \"OAuth & Permissions\" of your app at https://api.slack.com/apps.",
                ),
            };
        };
        if !bot_token.reveal().starts_with("xoxb-") {
            return wrong(
                "MICRO_SLACK_BOT_TOKEN is no bot token: it begins with xoxb- and is under \"OAuth & Permissions\".",
            );
        }
        if self.slack_app_token.as_ref().is_some_and(|token| !token.reveal().starts_with("xapp-")) {
            return wrong(
                "MICRO_SLACK_APP_TOKEN is no app-level token: it begins with xapp- and is under \
                 \"Basic Information\", \"App-Level Tokens\", with the scope connections:write.",
            );
        }
        if self.slack_app_token.is_none() && self.slack_signing_secret.is_none() {
            return wrong(
                "how events come is not said. Set MICRO_SLACK_APP_TOKEN (Socket Mode; \"Basic Information\", \
                 \"App-Level Tokens\") or MICRO_SLACK_SIGNING_SECRET (HTTP; \"Basic Information\", \"App Credentials\").",
            );
        }
        let elsewhere = base(Platform::Slack, "MICRO_SLACK_API_URL", self.slack_api_url.as_deref())?;
        let hooks_origin = elsewhere
            .as_ref()
            .map_or_else(|| SLACK_HOOKS.to_owned(), |url| url.origin().ascii_serialization());
        Ok(Some(Slack {
            bot_token,
            app_token: self.slack_app_token.clone(),
            signing_secret: self.slack_signing_secret.clone(),
            api_url: elsewhere.map_or_else(|| SLACK_API.to_owned(), text),
            hooks_origin,
        }))
    }

    /// What is configured of Discord; none where nothing is.
    ///
    /// # Errors
    /// What is missing or wrong, and where to find it.
    pub fn discord(&self) -> Result<Option<Discord>, Error> {
        let wrong = |what: &str| Err(Error::configuration(Platform::Discord, what));
        let Some(bot_token) = self.discord_bot_token.clone() else {
            return match (&self.discord_public_key, &self.discord_application_id) {
                (None, None) => Ok(None),
                _ => wrong(
                    "MICRO_DISCORD_BOT_TOKEN is missing. It is under \"Bot\" of your application at \
                     https://discord.com/developers/applications.",
                ),
            };
        };
        let delivery = match (&self.discord_public_key, &self.discord_application_id) {
            (None, None) => DiscordDelivery::Gateway,
            (Some(key), Some(id)) => http(key, id)?,
            (None, Some(_)) => {
                return wrong("MICRO_DISCORD_PUBLIC_KEY is missing. It is under \"General Information\".");
            }
            (Some(_), None) => {
                return wrong(
                    "MICRO_DISCORD_APPLICATION_ID is missing. It is under \"General Information\".",
                );
            }
        };
        let elsewhere = base(Platform::Discord, "MICRO_DISCORD_API_URL", self.discord_api_url.as_deref())?;
        let api_url = elsewhere.clone().map_or_else(|| DISCORD.to_owned(), text);
        Ok(Some(Discord { bot_token, delivery, api_url, elsewhere: elsewhere.is_some() }))
    }
}

fn http(key: &str, id: &str) -> Result<DiscordDelivery, Error> {
    let wrong = |what: &str| Err(Error::configuration(Platform::Discord, what));
    if key.len() != 64 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return wrong(
            "MICRO_DISCORD_PUBLIC_KEY is no key: 64 hexadecimal digits, under \"General Information\".",
        );
    }
    match id.parse() {
        Ok(application_id) if application_id > 0 => {
            Ok(DiscordDelivery::Http { public_key: key.to_owned(), application_id })
        }
        _ => wrong("MICRO_DISCORD_APPLICATION_ID is no id: digits alone, under \"General Information\"."),
    }
}

fn base(platform: Platform, name: &str, url: Option<&str>) -> Result<Option<Url>, Error> {
    let Some(given) = url else { return Ok(None) };
    let url = Url::parse(given).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
    match url {
        Some(url) => Ok(Some(url)),
        None => Err(Error::configuration(platform, &format!("{name} is no http or https address."))),
    }
}

fn text(url: Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text))
    }

    #[test]
    fn slack_needs_its_token_and_a_way_of_delivery() {
        assert!(Settings::default().slack().unwrap().is_none());
        let missing = |settings: Settings| settings.slack().unwrap_err().to_string();
        let app = Settings { slack_app_token: secret("xapp-1"), ..Settings::default() };
        assert!(missing(app.clone()).contains("MICRO_SLACK_BOT_TOKEN is missing"));
        let bot = Settings { slack_bot_token: secret("xoxb-1"), ..Settings::default() };
        assert!(missing(bot.clone()).contains("MICRO_SLACK_SIGNING_SECRET"));
        assert!(
            missing(Settings { slack_bot_token: secret("xapp-1"), ..app.clone() })
                .contains("begins with xoxb-")
        );
        assert!(
            missing(Settings { slack_app_token: secret("xoxb-1"), ..bot.clone() })
                .contains("begins with xapp-")
        );
        let both = Settings {
            slack_signing_secret: secret("s"),
            slack_api_url: Some("http://127.0.0.1:9/api/".to_owned()),
            ..bot
        };
        let slack = both.slack().unwrap().unwrap();
        assert_eq!((slack.mode(), slack.api_url.as_str()), ("signed HTTP", "http://127.0.0.1:9/api"));
        assert_eq!(slack.hooks_origin, "http://127.0.0.1:9");
        assert!(
            missing(Settings { slack_api_url: Some("ftp://x".to_owned()), ..both })
                .contains("MICRO_SLACK_API_URL")
        );
    }

    #[test]
    fn discord_needs_its_token_and_for_http_both_others() {
        assert!(Settings::default().discord().unwrap().is_none());
        let missing = |settings: Settings| settings.discord().unwrap_err().to_string();
        let key = "0f".repeat(32);
        let keyed = Settings { discord_public_key: Some(key.clone()), ..Settings::default() };
        assert!(missing(keyed.clone()).contains("MICRO_DISCORD_BOT_TOKEN is missing"));
        let bot = Settings { discord_bot_token: secret("t"), ..Settings::default() };
        assert_eq!(bot.discord().unwrap().unwrap().delivery, DiscordDelivery::Gateway);
        assert!(
            missing(Settings { discord_public_key: Some(key), ..bot.clone() })
                .contains("APPLICATION_ID is missing")
        );
        let with_id = Settings { discord_application_id: Some("7".to_owned()), ..bot };
        assert!(missing(with_id.clone()).contains("PUBLIC_KEY is missing"));
        assert!(
            missing(Settings { discord_public_key: Some("zz".to_owned()), ..with_id }).contains("is no key")
        );
    }
}
