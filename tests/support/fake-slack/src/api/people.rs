//! Methods about the workspace, its people and the app itself.

use crate::{
    api::arguments::required,
    refusal::{Reply, refuse},
    state::{APP, BOT, BOT_USER, Slack},
};
use serde_json::{Value, json};

/// `auth.test`.
pub(super) fn auth_test(slack: &Slack, _: &Value) -> Reply {
    Ok(json!({
        "url": format!("{}/", slack.url()),
        "team": slack.options.team_name,
        "team_id": slack.options.team,
        "user": "micro",
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": false,
    }))
}

/// `apps.connections.open`: an address for one socket.
pub(super) fn connections_open(slack: &Slack, _: &Value) -> Reply {
    let mut state = slack.state();
    let ticket = state.id("s");
    state.tickets.push(ticket.clone());
    Ok(json!({"url": format!("ws://{}/socket?ticket={ticket}&app_id={APP}", slack.address)}))
}

/// `bots.info`.
pub(super) fn bots_info(_: &Slack, arguments: &Value) -> Reply {
    if !arguments["bot"].is_null() && arguments["bot"] != BOT {
        return refuse("bot_not_found");
    }
    Ok(json!({"bot": {
        "id": BOT, "name": "micro", "deleted": false, "updated": 1_700_000_000, "app_id": APP, "user_id": BOT_USER,
    }}))
}

/// `users.info`.
pub(super) fn users_info(slack: &Slack, arguments: &Value) -> Reply {
    let user = required(arguments, "user")?;
    if !is_user(user) {
        return refuse("user_not_found");
    }
    let name = slack.state().name(user);
    Ok(json!({"user": {
        "id": user,
        "team_id": slack.options.team,
        "name": name,
        "real_name": name,
        "deleted": false,
        "is_bot": user == BOT_USER,
        "locale": "en-GB",
        "tz": "Europe/London",
        "profile": {"real_name": name, "display_name": name},
    }}))
}

/// `conversations.open`, for direct messages to one person.
pub(super) fn conversations_open(_: &Slack, arguments: &Value) -> Reply {
    if let Some(channel) = arguments["channel"].as_str() {
        return Ok(json!({"channel": {"id": channel}, "already_open": true, "no_op": true}));
    }
    let user = match &arguments["users"] {
        Value::Array(users) if users.len() == 1 => users[0].as_str(),
        Value::String(user) => Some(user.as_str()),
        _ => return refuse("users_list_not_supplied"),
    };
    match user.filter(|user| is_user(user)) {
        Some(user) => Ok(json!({"channel": {"id": direct_channel(user)}})),
        None => refuse("user_not_found"),
    }
}

/// Whether an id is a person's.
pub(crate) fn is_user(id: &str) -> bool {
    id.starts_with(['U', 'W']) && id.len() > 1
}

/// The channel of the bot's direct messages with a person.
pub(crate) fn direct_channel(user: &str) -> String {
    format!("D{user}")
}

impl crate::state::State {
    /// A person's name, as the last test to play them gave it.
    pub(crate) fn name(&self, user: &str) -> String {
        self.names.get(user).cloned().unwrap_or_else(|| user.to_lowercase())
    }
}
