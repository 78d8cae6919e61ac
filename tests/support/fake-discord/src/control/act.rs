//! Acting as a user: commands, clicks, modals, and what strangers send to Micro's address.

use super::{Complaint, complain, registered, visible};
use crate::{
    check::choices::STRING,
    deliver::{self, Outcome, Post},
    model,
    records::{Interaction, Kind, Parcel, Place, User},
    signing::{Signature, hex, random},
    state::{Fake, State as Everything},
};
use axum::{Json, extract::State};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// The channel of whoever does not say where.
const CHANNEL: &str = "41771983423143937";
/// What users may do if a test does not say: view, send, embed, attach, use commands.
const PERMISSIONS: &str = "2147600384";

type Delivered = Result<Json<Outcome>, Complaint>;

/// Who acts, where, and how Micro hears of it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Actor {
    /// Micro's base; without it, the gateway delivers.
    app_url: Option<String>,
    #[serde(default)]
    user: String,
    user_name: Option<String>,
    channel: Option<String>,
    #[serde(default)]
    dm: bool,
    locale: Option<String>,
    permissions: Option<String>,
    #[serde(default)]
    signature: Signature,
    /// Whether to wait for the callback on the gateway.
    wait: Option<bool>,
}

/// A command.
#[derive(Debug, Deserialize)]
pub(crate) struct Command {
    #[serde(flatten)]
    actor: Actor,
    #[serde(default)]
    name: String,
    #[serde(default)]
    options: Vec<Value>,
    /// An interaction to send once more instead.
    replay: Option<String>,
    /// Whether to send what is not registered too.
    #[serde(default)]
    unchecked: bool,
}

/// `POST /control/command`.
pub(crate) async fn command(State(fake): State<Arc<Fake>>, Json(body): Json<Command>) -> Delivered {
    if let Some(id) = &body.replay {
        return replay(&fake, &body.actor, id).await;
    }
    run(&fake, body, Kind::Command).await
}

/// `POST /control/autocomplete`.
pub(crate) async fn autocomplete(State(fake): State<Arc<Fake>>, Json(body): Json<Command>) -> Delivered {
    run(&fake, body, Kind::Autocomplete).await
}

async fn run(fake: &Fake, body: Command, kind: Kind) -> Delivered {
    let typing = kind == Kind::Autocomplete;
    let focused = focused(&body.options);
    if focused.is_some() != typing {
        return complain("a completion has one focused option, a command none");
    }
    let id = {
        let mut state = fake.state();
        if !body.unchecked && !state.commands.is_empty() {
            registered::check(&state.commands, &body.name, &body.options, typing)?;
        }
        let known = state.commands.iter().find(|command| command["name"] == body.name.as_str());
        let command = known.map(|command| command["id"].clone());
        let command = command.unwrap_or_else(|| state.clock.next_id().into());
        let place = place(&mut state, &body.actor);
        let resolved = model::resolved(&body.options, &place);
        let mut data = json!({"id": command, "name": body.name, "type": 1, "options": body.options});
        if resolved.as_object().is_some_and(|resolved| !resolved.is_empty()) {
            data["resolved"] = resolved;
        }
        let option_kind = focused.and_then(|option| option["type"].as_i64()).unwrap_or(STRING);
        let what = What { kind, source: None, option_kind, data };
        begin(&mut state, &body.actor, place, what)?
    };
    deliver(fake, &body.actor, &id).await
}

/// A click.
#[derive(Debug, Deserialize)]
pub(crate) struct Click {
    #[serde(flatten)]
    actor: Actor,
    message: String,
    custom_id: String,
    #[serde(default)]
    values: Vec<String>,
}

/// `POST /control/click`.
pub(crate) async fn click(State(fake): State<Arc<Fake>>, Json(body): Json<Click>) -> Delivered {
    let id = {
        let mut state = fake.state();
        let Some(message) = state.message(&body.message).cloned() else {
            return complain(format!("there is no message {}", body.message));
        };
        if message.ephemeral && message.user.as_ref() != Some(&body.actor.user) {
            return complain(format!("{} does not see message {}", body.actor.user, message.id));
        }
        let data = visible::click(&message, &body.custom_id, &body.values)?;
        let answers = message.interaction.as_ref().and_then(|id| state.interactions.get(id));
        let dm = answers.map_or_else(
            || state.dms.values().any(|dm| *dm == message.channel),
            |interaction| interaction.place.dm,
        );
        let there = Actor { channel: Some(message.channel), dm, ..body.actor.clone() };
        let place = place(&mut state, &there);
        let what = What { kind: Kind::Click, source: Some(body.message), option_kind: STRING, data };
        begin(&mut state, &body.actor, place, what)?
    };
    deliver(&fake, &body.actor, &id).await
}

/// A modal that is sent.
#[derive(Debug, Deserialize)]
pub(crate) struct Submit {
    #[serde(flatten)]
    actor: Actor,
    modal: String,
    #[serde(default)]
    values: HashMap<String, String>,
}

/// `POST /control/submit`.
pub(crate) async fn submit(State(fake): State<Arc<Fake>>, Json(body): Json<Submit>) -> Delivered {
    let id = {
        let mut state = fake.state();
        let Some(modal) = state.modals.iter_mut().find(|modal| modal.id == body.modal) else {
            return complain(format!("there is no modal {}", body.modal));
        };
        if modal.user != body.actor.user {
            return complain(format!("{} does not see modal {}", body.actor.user, modal.id));
        }
        if modal.submitted {
            return complain(format!("modal {} was sent before", modal.id));
        }
        let data = visible::submit(modal, &body.values)?;
        modal.submitted = true;
        let asked = modal.interaction.clone();
        let asked = &state.interactions[&asked];
        let (place, source) = (asked.place.clone(), asked.source.clone());
        let what = What { kind: Kind::Submit, source, option_kind: STRING, data };
        begin(&mut state, &body.actor, place, what)?
    };
    deliver(&fake, &body.actor, &id).await
}

/// Bytes for Micro's address.
#[derive(Debug, Deserialize)]
pub(crate) struct Raw {
    app_url: String,
    #[serde(default)]
    signature: Signature,
    #[serde(default)]
    text: String,
    /// Spaces after the text.
    #[serde(default)]
    padding_bytes: usize,
}

/// `POST /control/ping`.
pub(crate) async fn ping(State(fake): State<Arc<Fake>>, Json(body): Json<Raw>) -> Delivered {
    let id = fake.state().clock.next_id();
    let application = &fake.settings.application_id;
    let ping = json!({"id": id, "application_id": application, "type": 1, "version": 1, "token": hex(&random::<32>())});
    Ok(Json(send(&fake, &body, "ping", ping.to_string()).await))
}

/// `POST /control/raw`: any bytes, signed.
pub(crate) async fn raw(State(fake): State<Arc<Fake>>, Json(body): Json<Raw>) -> Delivered {
    let text = format!("{}{}", body.text, " ".repeat(body.padding_bytes));
    Ok(Json(send(&fake, &body, "raw", text).await))
}

async fn send(fake: &Fake, to: &Raw, kind: &str, text: String) -> Outcome {
    let body = Bytes::from(text);
    let parcel = Parcel { headers: fake.keys.signed(to.signature, &body), body };
    let post = Post { kind: kind.to_owned(), interaction: None, signature: to.signature, parcel };
    deliver::post_to(fake, &to.app_url, post).await
}

/// Sends an interaction once more; over HTTP byte for byte, and what is answered changes nothing.
async fn replay(fake: &Fake, actor: &Actor, id: &str) -> Delivered {
    let found = fake
        .state()
        .interactions
        .get(id)
        .map(|interaction| (interaction.parcel.clone(), interaction.payload.clone()));
    let Some((parcel, payload)) = found else { return complain(format!("there was no interaction {id}")) };
    match (&actor.app_url, parcel) {
        (Some(app), Some(parcel)) => {
            let kind = "replay".to_owned();
            let post = Post { kind, interaction: None, signature: Signature::Good, parcel };
            Ok(Json(deliver::post_to(fake, app, post).await))
        }
        (Some(_), None) => complain(format!("interaction {id} was not sent over HTTP")),
        (None, _) => {
            fake.state().gateway.dispatch("INTERACTION_CREATE", &payload);
            Ok(Json(Outcome { interaction: Some(id.to_owned()), ..Outcome::default() }))
        }
    }
}

/// What somebody does.
struct What {
    kind: Kind,
    source: Option<String>,
    option_kind: i64,
    data: Value,
}

/// Remembers an interaction that is about to be delivered.
fn begin(state: &mut Everything, actor: &Actor, place: Place, what: What) -> Result<String, Complaint> {
    if actor.user.parse::<u64>().is_err() {
        return complain(format!("user {:?} is no id", actor.user));
    }
    let known = state.users.get(&actor.user).map(|user| user.name.clone());
    let name = actor.user_name.clone().or(known).unwrap_or_else(|| format!("user-{}", actor.user));
    let user = User { id: actor.user.clone(), name };
    state.users.insert(user.id.clone(), user.clone());
    let mut interaction = Interaction {
        id: state.clock.next_id(),
        // Real ones begin like this and are about as long.
        token: format!("aW50ZXJhY3Rpb246{}", hex(&random::<64>())),
        kind: what.kind,
        user,
        place,
        delivered_ms: state.now_ms(),
        source: what.source,
        option_kind: what.option_kind,
        payload: Value::Null,
        parcel: None,
        response: None,
        original: None,
        modal: None,
    };
    interaction.payload = model::interaction(state, &interaction, what.data);
    let id = interaction.id.clone();
    state.interactions.insert(id.clone(), interaction);
    Ok(id)
}

fn place(state: &mut Everything, actor: &Actor) -> Place {
    let channel = match &actor.channel {
        Some(channel) => channel.clone(),
        None if actor.dm => state.dm(&actor.user),
        None => CHANNEL.to_owned(),
    };
    let locale = actor.locale.clone().unwrap_or_else(|| "en-US".to_owned());
    let permissions = actor.permissions.clone().unwrap_or_else(|| PERMISSIONS.to_owned());
    Place { channel, dm: actor.dm, locale, permissions }
}

async fn deliver(fake: &Fake, actor: &Actor, id: &str) -> Delivered {
    let outcome = match &actor.app_url {
        Some(app) => deliver::over_http(fake, app, id, actor.signature).await,
        None => deliver::over_gateway(fake, id, actor.wait.unwrap_or(true)).await.map_err(Complaint)?,
    };
    Ok(Json(outcome))
}

/// The option that is being typed.
fn focused(options: &[Value]) -> Option<&Value> {
    options.iter().find_map(|option| {
        let nested = option["options"].as_array().map(Vec::as_slice).unwrap_or_default();
        if option["focused"] == true { Some(option) } else { focused(nested) }
    })
}
