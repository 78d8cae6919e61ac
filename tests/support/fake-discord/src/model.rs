//! Discord's objects as JSON.

use crate::{
    check::message::EPHEMERAL,
    clock,
    records::{Attachment, Interaction, Kind, Message, Place, User},
    state::{Settings, State},
};
use serde_json::{Map, Value, json};

/// What the bot may do where it was invited as the design asks.
pub(crate) const BOT_PERMISSIONS: &str = "274877959168";
/// When everybody joined.
const JOINED: &str = "2024-01-01T00:00:00+00:00";
/// The largest file an interaction takes, in bytes.
const FILE_BYTES_MAX: u32 = 10_485_760;
/// A message that answers a command.
const MESSAGE_OF_COMMAND: u8 = 20;
/// A message like any other.
const MESSAGE_REGULAR: u8 = 0;

/// The bot's user.
pub(crate) fn bot(settings: &Settings) -> Value {
    let mut bot = user(&User { id: settings.application_id.clone(), name: "micro".to_owned() });
    bot["bot"] = true.into();
    bot["verified"] = true.into();
    bot["mfa_enabled"] = true.into();
    bot
}

/// A user.
pub(crate) fn user(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.name, "global_name": user.name, "discriminator": "0", "avatar": null,
        "public_flags": 0, "bot": false,
    })
}

/// The application.
pub(crate) fn application(settings: &Settings, public_key: &str) -> Value {
    json!({
        "id": settings.application_id, "name": "Micro", "icon": null, "description": "", "bot_public": false,
        "bot_require_code_grant": false, "verify_key": public_key, "owner": null, "team": null, "flags": 0,
        "interactions_endpoint_url": null, "integration_types_config": {"0": {}}, "bot": bot(settings),
        "approximate_guild_count": 1,
    })
}

/// A channel.
pub(crate) fn channel(place: &Place) -> Value {
    let (kind, name) = if place.dm { (1, Value::Null) } else { (0, "general".into()) };
    json!({"id": place.channel, "type": kind, "name": name, "permissions": place.permissions})
}

/// An interaction as Micro is sent it, with this `data`.
pub(crate) fn interaction(state: &State, interaction: &Interaction, data: Value) -> Value {
    let Interaction { id, token, kind, user: who, place, .. } = interaction;
    let settings = &state.settings;
    let mut payload = json!({
        "id": id, "application_id": settings.application_id, "type": kind.number(), "data": data,
        "channel": channel(place), "channel_id": place.channel, "token": token, "version": 1,
        "app_permissions": BOT_PERMISSIONS, "locale": place.locale, "entitlements": [],
        "attachment_size_limit": FILE_BYTES_MAX,
    });
    if place.dm {
        payload["user"] = user(who);
        payload["context"] = 1.into();
        payload["authorizing_integration_owners"] = json!({"0": "0"});
    } else {
        payload["member"] = member(who, place);
        payload["guild_id"] = settings.guild.clone().into();
        payload["guild"] = json!({"id": settings.guild, "locale": "en-US", "features": []});
        payload["guild_locale"] = "en-US".into();
        payload["context"] = 0.into();
        payload["authorizing_integration_owners"] = json!({"0": settings.guild});
    }
    if let Some(source) = interaction.source.as_ref().and_then(|source| state.message(source)) {
        payload["message"] = message(state, source);
    }
    payload
}

fn member(who: &User, place: &Place) -> Value {
    json!({
        "user": user(who), "nick": null, "avatar": null, "roles": [], "joined_at": JOINED, "premium_since": null,
        "deaf": false, "mute": false, "flags": 0, "pending": false, "permissions": place.permissions,
    })
}

/// What a command's options refer to by id: users and channels.
pub(crate) fn resolved(options: &[Value], place: &Place) -> Value {
    const USER: i64 = 6;
    const CHANNEL: i64 = 7;
    let mut users = Map::new();
    let mut members = Map::new();
    let mut channels = Map::new();
    let mut left: Vec<&Value> = options.iter().collect();
    while let Some(option) = left.pop() {
        left.extend(option["options"].as_array().into_iter().flatten());
        let Some(id) = option["value"].as_str() else { continue };
        match option["type"].as_i64() {
            Some(USER) => {
                let who = User { id: id.to_owned(), name: format!("user-{id}") };
                users.insert(id.to_owned(), user(&who));
                let mut member = member(&who, place);
                // Discord leaves these out here.
                for key in ["user", "deaf", "mute"] {
                    member.as_object_mut().map(|member| member.remove(key));
                }
                members.insert(id.to_owned(), member);
            }
            Some(CHANNEL) => {
                let place = Place { channel: id.to_owned(), ..place.clone() };
                channels.insert(id.to_owned(), channel(&place));
            }
            _ => {}
        }
    }
    let all = [("users", users), ("members", members), ("channels", channels)];
    let there = all.into_iter().filter(|(_, found)| !found.is_empty());
    Value::Object(there.map(|(key, found)| (key.to_owned(), Value::Object(found))).collect())
}

/// A message as the API shows it.
pub(crate) fn message(state: &State, message: &Message) -> Value {
    let settings = &state.settings;
    let first_ms = message.history.first().map_or(message.said.at_ms, |first| first.at_ms);
    let edited = (!message.history.is_empty()).then(|| clock::iso(message.said.at_ms));
    let answers = message.interaction.as_ref().and_then(|id| state.interactions.get(id));
    let of_command = answers.is_some_and(|interaction| interaction.kind == Kind::Command);
    let flags = (if message.ephemeral { EPHEMERAL } else { 0 }) | (if message.thinking { 1 << 7 } else { 0 });
    let embeds = message.said.embeds.iter().cloned().map(|mut embed| {
        embed["type"] = "rich".into();
        embed
    });
    let attachments = message.said.attachments.iter().map(|file| attachment(settings, file));
    let mut shown = json!({
        "id": message.id, "type": if of_command { MESSAGE_OF_COMMAND } else { MESSAGE_REGULAR },
        "channel_id": message.channel, "author": bot(settings), "content": message.said.content,
        "timestamp": clock::iso(first_ms), "edited_timestamp": edited, "tts": false, "mention_everyone": false,
        "mentions": [], "mention_roles": [], "attachments": attachments.collect::<Vec<_>>(),
        "embeds": embeds.collect::<Vec<_>>(), "pinned": false, "flags": flags,
        "components": message.said.components, "application_id": settings.application_id,
    });
    if message.interaction.is_some() {
        shown["webhook_id"] = settings.application_id.clone().into();
    }
    shown
}

fn attachment(settings: &Settings, file: &Attachment) -> Value {
    let url = format!("http://{}/attachments/{}/{}", settings.address, file.id, file.filename);
    json!({
        "id": file.id, "filename": file.filename, "size": file.size, "url": url, "proxy_url": url,
        "content_type": file.content_type,
    })
}

/// READY's data.
pub(crate) fn ready(settings: &Settings, session: &str, shard: &Value) -> Value {
    json!({
        "v": 10, "user": bot(settings), "guilds": [{"id": settings.guild, "unavailable": true}],
        "session_id": session, "resume_gateway_url": format!("ws://{}", settings.address), "shard": shard,
        "application": {"id": settings.application_id, "flags": 0}, "private_channels": [], "relationships": [],
        "session_type": "normal",
    })
}
