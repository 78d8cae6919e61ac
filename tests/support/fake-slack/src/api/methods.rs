//! The methods there are, and what each needs.

use crate::{
    api::{chat, files, people, views},
    refusal::Reply,
    state::Slack,
};
use serde_json::Value;

/// Whose token a method takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// `xoxb-`.
    Bot,
    /// `xapp-`.
    App,
}

/// A method.
pub(super) struct Method {
    name: &'static str,
    /// Whose token it takes.
    pub(super) token: Token,
    /// The scope it needs; none where empty.
    pub(super) scope: &'static str,
    /// What it does.
    pub(super) run: fn(&Slack, &Value) -> Reply,
}

const fn bot(name: &'static str, scope: &'static str, run: fn(&Slack, &Value) -> Reply) -> Method {
    Method { name, token: Token::Bot, scope, run }
}

const METHODS: &[Method] = &[
    bot("auth.test", "", people::auth_test),
    Method { name: "apps.connections.open", token: Token::App, scope: "", run: people::connections_open },
    bot("bots.info", "users:read", people::bots_info),
    bot("chat.delete", "chat:write", chat::delete),
    bot("chat.getPermalink", "", chat::permalink),
    bot("chat.postEphemeral", "chat:write", chat::post_ephemeral),
    bot("chat.postMessage", "chat:write", chat::post_message),
    bot("chat.update", "chat:write", chat::update),
    bot("conversations.open", "im:write", people::conversations_open),
    bot("files.completeUploadExternal", "files:write", files::complete),
    bot("files.getUploadURLExternal", "files:write", files::upload_url),
    bot("users.info", "users:read", people::users_info),
    bot("views.open", "", views::open),
    bot("views.publish", "", views::publish),
    bot("views.push", "", views::push),
    bot("views.update", "", views::update),
];

/// The method of this name.
pub(super) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
