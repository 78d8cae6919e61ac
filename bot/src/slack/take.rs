//! Takes what Slack sent, over whichever way it came, and says what the acknowledgement holds.

use super::{
    Slack, complete, modal,
    outlet::{Replies, Way},
    payload::{Command, Event, Interaction, View, unwrap},
    render,
};
use crate::{
    actions::Buttons,
    handlers,
    job::Asked,
    pipeline::{Accepted, BUSY},
};
use micro_domain::{
    Error,
    chat::Platform,
    command::chat,
    view::{self, Speaker},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// What rides in an acknowledgement; nothing for most.
pub(super) type Acknowledgement = Option<Value>;

/// What guests of other workspaces read.
const FOREIGN: &str = "Micro answers members of this workspace alone.";

impl Slack {
    /// Takes a slash command.
    pub(super) fn command(self: &Arc<Self>, command: Command) -> Result<Acknowledgement, Error> {
        let speaker = command.speaker(self.team_name(&command.team_id))?;
        if self.is_foreign(&command.team_id) {
            return Ok(Some(json!(render::sentence(FOREIGN).private())));
        }
        let receipt = format!("slack/{}", command.trigger_id);
        let asked = match chat::parse(&unwrap(&command.text)) {
            Ok(invocation) => Asked::Typed(invocation),
            Err(error) => {
                // Wrong in a way that needs nobody's answer but ours.
                let new = self.pipeline.is_new(Platform::Slack, &receipt);
                return Ok(new.then(|| self.wrong(&speaker, &error)));
            }
        };
        let way = Way::Command { response_url: command.response_url };
        let outlet = Replies::new(Arc::clone(&self.api), &speaker, way, Some(command.trigger_id));
        Ok(busy(self.pipeline.accept(&receipt, speaker, asked, outlet)))
    }

    fn wrong(&self, speaker: &Speaker, error: &Error) -> Value {
        let buttons = Buttons::new(&self.core, &speaker.person);
        json!(render::message(&view::error(error), &buttons).private())
    }

    /// Takes a click, a filled modal, or a wish for options.
    pub(super) fn interaction(self: &Arc<Self>, interaction: Interaction) -> Result<Acknowledgement, Error> {
        let team = interaction.team().unwrap_or_default();
        let speaker = interaction.speaker(self.team_name(team))?;
        if self.is_foreign(team) {
            return Ok(None);
        }
        match interaction.kind.as_str() {
            "block_actions" => Ok(self.clicked(interaction, speaker)),
            "view_submission" => Ok(self.submitted(interaction, speaker)),
            "block_suggestion" => {
                let Interaction { block_id, value, .. } = interaction;
                Ok(Some(complete::options(&self.core, &speaker.person, &block_id, &value)))
            }
            _ => Ok(None),
        }
    }

    fn clicked(self: &Arc<Self>, interaction: Interaction, speaker: Speaker) -> Acknowledgement {
        // A button that opens a page asks for nothing.
        let asked = interaction.actions.first()?.asked()?;
        let receipt = interaction.receipt();
        let way = Way::Click { response_url: interaction.response_url };
        let outlet = Replies::new(Arc::clone(&self.api), &speaker, way, Some(interaction.trigger_id));
        match self.pipeline.accept(&receipt, speaker.clone(), asked, outlet) {
            // A click's acknowledgement shows nothing, so it is said beside it.
            Accepted::Busy => self.tell(speaker, BUSY),
            Accepted::Queued | Accepted::Repeated => {}
        }
        None
    }

    fn tell(&self, speaker: Speaker, text: &'static str) {
        let api = Arc::clone(&self.api);
        tokio::spawn(async move {
            let body = json!({"channel": speaker.person.user(), "text": text});
            // Nobody is left to tell that this did not arrive, either.
            let _ = api.call("chat.postMessage", &body).await;
        });
    }

    fn submitted(self: &Arc<Self>, interaction: Interaction, speaker: Speaker) -> Acknowledgement {
        let receipt = interaction.receipt();
        let view = interaction.view?;
        let Some(meta) = modal::Meta::read(&view.private_metadata) else {
            self.core.statuses.count(Platform::Slack, |status| &status.malformed);
            return None;
        };
        let values = view.values();
        let checked = self
            .core
            .actions
            .find(&meta.id, &speaker.person)
            .and_then(|kept| handlers::call::check(&kept, &values));
        if let Err(error) = checked {
            return Some(errors(&view, &error));
        }
        let way = Way::Form { response_url: meta.response_url };
        let outlet = Replies::new(Arc::clone(&self.api), &speaker, way, None);
        let accepted = self.pipeline.accept(&receipt, speaker, Asked::Filled(meta.id, values), outlet);
        match accepted {
            Accepted::Busy => Some(errors(&view, &Error::unavailable(BUSY))),
            Accepted::Queued | Accepted::Repeated => None,
        }
    }

    /// Takes an event; nothing is done yet for any but the proof of the address.
    pub(super) fn event(&self, event: &Event) -> Acknowledgement {
        if event.kind == "url_verification" {
            return Some(json!({"challenge": event.challenge}));
        }
        if !event.event_id.is_empty() {
            self.pipeline.is_new(Platform::Slack, &format!("slack/{}", event.event_id));
        }
        None
    }
}

fn busy(accepted: Accepted) -> Acknowledgement {
    (accepted == Accepted::Busy).then(|| json!(render::sentence(BUSY).private()))
}

/// What is wrong, each at its input; the rest at the first.
fn errors(view: &View, error: &Error) -> Value {
    let mut told = serde_json::Map::new();
    for wrong in &error.violations {
        let place = if view.has(&wrong.field) { Some(wrong.field.as_str()) } else { view.first() };
        let Some(place) = place else { continue };
        told.entry(place.to_owned()).or_insert_with(|| json!(wrong.description));
    }
    if told.is_empty() {
        told.insert(view.first().unwrap_or_default().to_owned(), json!(error.message));
    }
    json!({"response_action": "errors", "errors": told})
}
