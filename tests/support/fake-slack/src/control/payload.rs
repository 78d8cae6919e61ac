//! What Slack tells an app about who did what, and where.

use crate::{
    api::chat::shown,
    records::{Message, View},
    state::{APP, BOT_USER, Slack},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Slack's old verification token, which apps must not rely on.
const TOKEN: &str = "fake-verification-token";

/// Who does something.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Actor {
    /// Their id.
    pub(super) user: String,
    /// Their name; the id in lower case unless given.
    pub(super) user_name: Option<String>,
    /// Their workspace, where it is another: a guest by Slack Connect.
    #[serde(alias = "user_team")]
    pub(super) team: Option<String>,
}

impl Actor {
    /// The workspace they belong to.
    fn team<'a>(&'a self, slack: &'a Slack) -> &'a str {
        self.team.as_ref().unwrap_or(&slack.options.team)
    }

    /// Their name, which is remembered for `users.info`.
    pub(super) fn name(&self, slack: &Slack) -> String {
        let mut state = slack.state();
        if let Some(name) = &self.user_name {
            state.names.insert(self.user.clone(), name.clone());
        }
        state.name(&self.user)
    }
}

/// What a slash command says beside its trigger and response URL.
pub(super) fn command(slack: &Slack, actor: &Actor, channel: &str, command: &str, text: &str) -> Value {
    json!({
        "token": TOKEN,
        "team_id": actor.team(slack),
        "team_domain": slack.options.team_name.to_lowercase(),
        "channel_id": channel,
        "channel_name": channel_name(channel),
        "user_id": actor.user,
        "user_name": actor.name(slack),
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
    })
}

/// What every interaction says.
pub(super) fn interaction(slack: &Slack, actor: &Actor, kind: &str) -> Value {
    let name = actor.name(slack);
    json!({
        "type": kind,
        "token": TOKEN,
        "team": {"id": slack.options.team, "domain": slack.options.team_name.to_lowercase()},
        "enterprise": null,
        "is_enterprise_install": false,
        "user": {
            "id": actor.user,
            "username": name,
            "name": name,
            "team_id": actor.team(slack),
        },
        "api_app_id": APP,
    })
}

/// What an event says.
pub(super) fn event(slack: &Slack, event: &Value) -> Value {
    let time = crate::clock::real_ms() / 1_000;
    json!({
        "type": "event_callback",
        "token": TOKEN,
        "team_id": slack.options.team,
        "api_app_id": APP,
        "event": event,
        "event_id": slack.state().id("Ev"),
        "event_time": time,
        "is_ext_shared_channel": false,
        "authorizations": [{
            "enterprise_id": null,
            "team_id": slack.options.team,
            "user_id": BOT_USER,
            "is_bot": true,
            "is_enterprise_install": false,
        }],
    })
}

/// Adds the message acted in. Of an ephemeral one Slack tells only that it is.
pub(super) fn in_message(slack: &Slack, payload: &mut Value, message: &Message) {
    payload["channel"] = channel(&message.channel);
    let ephemeral = message.user.is_some();
    payload["container"] = json!({
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": ephemeral,
    });
    if !ephemeral {
        payload["message"] = shown(slack, message);
    }
}

/// Adds the view acted in.
pub(super) fn in_view(payload: &mut Value, view: &View) {
    payload["container"] = json!({"type": "view", "view_id": view.id});
    payload["view"] = view.view.clone();
}

/// A channel in an interaction.
pub(super) fn channel(id: &str) -> Value {
    json!({"id": id, "name": channel_name(id)})
}

fn channel_name(id: &str) -> String {
    if id.starts_with('D') { "directmessage".to_owned() } else { id.to_lowercase() }
}

/// Adds to `payload` what it does not say yet.
pub(super) fn fill(payload: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        for (key, value) in more {
            payload.entry(key).or_insert(value);
        }
    }
}
