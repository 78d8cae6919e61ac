//! Methods that post and change messages.

use crate::{
    api::{
        arguments::required,
        people::{direct_channel, is_user},
    },
    check,
    records::{Message, Via},
    refusal::{Refusal, Reply, refuse},
    state::{APP, BOT, BOT_USER, Slack},
};
use serde_json::{Value, json};

/// `chat.postMessage`.
pub(super) fn post_message(slack: &Slack, arguments: &Value) -> Reply {
    let channel = channel(arguments)?;
    check::message(arguments)?;
    let mut state = slack.state();
    let ts = state.post(Via::PostMessage, &channel, None, arguments);
    let message = state.messages.last().unwrap();
    Ok(json!({"channel": channel, "ts": ts, "message": shown(slack, message)}))
}

/// `chat.postEphemeral`.
pub(super) fn post_ephemeral(slack: &Slack, arguments: &Value) -> Reply {
    let channel = channel(arguments)?;
    let user = required(arguments, "user")?;
    if !is_user(user) {
        return refuse("user_not_in_channel");
    }
    check::message(arguments)?;
    let ts = slack.state().post(Via::Ephemeral, &channel, Some(user), arguments);
    Ok(json!({"message_ts": ts}))
}

/// `chat.update`; not for ephemeral messages.
pub(super) fn update(slack: &Slack, arguments: &Value) -> Reply {
    let channel = channel(arguments)?;
    let ts = required(arguments, "ts")?;
    check::message(arguments)?;
    let mut state = slack.state();
    let at = find(&state.messages, &channel, ts)?;
    let content = state.with_ids(arguments);
    state.messages[at].change(Via::Update, &content);
    let message = &state.messages[at];
    let shown = shown(slack, message);
    Ok(json!({"channel": channel, "ts": ts, "text": message.text, "message": shown}))
}

/// `chat.delete`.
pub(super) fn delete(slack: &Slack, arguments: &Value) -> Reply {
    let channel = channel(arguments)?;
    let ts = required(arguments, "ts")?;
    let mut state = slack.state();
    let at = find(&state.messages, &channel, ts)?;
    state.messages[at].deleted = true;
    Ok(json!({"channel": channel, "ts": ts}))
}

/// `chat.getPermalink`.
pub(super) fn permalink(slack: &Slack, arguments: &Value) -> Reply {
    let channel = channel(arguments)?;
    let ts = required(arguments, "message_ts")?;
    find(&slack.state().messages, &channel, ts)?;
    let link = format!("https://acme.slack.com/archives/{channel}/p{}", ts.replace('.', ""));
    Ok(json!({"channel": channel, "permalink": link}))
}

/// The channel to post to; a person's id stands for their direct messages.
fn channel(arguments: &Value) -> Result<String, Refusal> {
    let Some(channel) = arguments["channel"].as_str() else { return refuse("channel_not_found") };
    if is_user(channel) {
        return Ok(direct_channel(channel));
    }
    if channel.starts_with(['C', 'D', 'G']) && channel.len() > 1 {
        return Ok(channel.to_owned());
    }
    refuse("channel_not_found")
}

fn find(messages: &[Message], channel: &str, ts: &str) -> Result<usize, Refusal> {
    let meant = |message: &Message| {
        message.ts == ts && message.channel == channel && message.user.is_none() && !message.deleted
    };
    messages.iter().position(meant).ok_or_else(|| Refusal::new("message_not_found"))
}

/// A message as Slack tells apps.
pub(crate) fn shown(slack: &Slack, message: &Message) -> Value {
    let mut shown = json!({
        "type": "message",
        "ts": message.ts,
        "user": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "team": slack.options.team,
        "text": message.text,
        "blocks": message.blocks,
    });
    if let Some(thread) = &message.thread_ts {
        shown["thread_ts"] = json!(thread);
    }
    shown
}
