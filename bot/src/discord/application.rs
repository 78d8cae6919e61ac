//! Whose the bot token is, as Discord says.

use super::rest::{Call, Refusal, Rest};
use serde::Deserialize;

/// An application; empty text for what Discord does not say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Application {
    pub(super) id: String,
    pub(super) name: String,
    /// The key that its interactions are signed with, in hexadecimal.
    pub(super) verify_key: String,
    /// Where its interactions are sent; none while they come over the gateway.
    pub(super) interactions_endpoint_url: Option<String>,
}

impl Application {
    /// Asks whose the token is.
    pub(super) async fn ask(rest: &Rest) -> Result<Self, Refusal> {
        let told = rest.call(Call::new("GET", "applications/@me")).await?;
        // What is no application has no id, which whoever asks has to notice anyway.
        Ok(serde_json::from_value(told).unwrap_or_default())
    }

    /// Where its interactions are sent; an empty address is none.
    pub(super) fn endpoint(&self) -> Option<&str> {
        self.interactions_endpoint_url.as_deref().filter(|url| !url.is_empty())
    }
}
