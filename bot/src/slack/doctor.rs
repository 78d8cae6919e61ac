//! Whether Slack takes what is configured.

use super::{api::Api, manifest::SCOPES};
use crate::{
    doctor::{Check, Verdict},
    options,
};
use serde_json::json;

/// Asks Slack about each part of the configuration.
pub(crate) async fn check(options: &options::Slack) -> Vec<Check> {
    let api = match Api::new(options) {
        Ok(api) => api,
        Err(error) => return vec![Check::new("certificates", Verdict::Bad, error.to_string())],
    };
    let mut checks = Vec::new();
    let known = match api.call("auth.test", &json!({})).await {
        Ok(known) => known,
        Err(refusal) => {
            let told = format!("{refusal}. Is MICRO_SLACK_BOT_TOKEN the one under \"OAuth & Permissions\"?");
            return vec![Check::new("bot token", Verdict::Bad, told)];
        }
    };
    let text = |name: &str| known[name].as_str().unwrap_or_default().to_owned();
    checks.push(Check::new("bot token", Verdict::Good, format!("{} in {}", text("user"), text("team"))));
    match api.head(&options.bot_token).await {
        Some(head) => {
            checks.push(scopes(&head.scopes));
            checks.push(Check::clock(head.date_ms));
        }
        None => checks.push(Check::new("scopes", Verdict::Unknown, "Slack did not say".to_owned())),
    }
    checks.push(delivery(&api, options).await);
    checks
}

fn scopes(granted: &str) -> Check {
    let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
    let missing: Vec<&str> = SCOPES.into_iter().filter(|scope| !granted.contains(scope)).collect();
    if missing.is_empty() {
        return Check::new("scopes", Verdict::Good, SCOPES.join(", "));
    }
    let told = format!(
        "{} missing: add it under \"OAuth & Permissions\" and install the app again",
        missing.join(", ")
    );
    Check::new("scopes", Verdict::Bad, told)
}

async fn delivery(api: &Api, options: &options::Slack) -> Check {
    let Some(token) = &options.app_token else {
        let told = "signed HTTP; Slack must reach /chat/slack/ of the public URL. Type /micro help to see that it does";
        return Check::new("delivery", Verdict::Unknown, told.to_owned());
    };
    match api.opens_sockets(token).await {
        Ok(()) => Check::new("delivery", Verdict::Good, options.mode().to_owned()),
        Err(refusal) => {
            let told = format!(
                "{refusal}. Is Socket Mode on, and does MICRO_SLACK_APP_TOKEN have the scope connections:write?"
            );
            Check::new("delivery", Verdict::Bad, told)
        }
    }
}
