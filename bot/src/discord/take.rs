//! Takes an interaction, over whichever way it came, and says what the first response is.

use super::{
    Discord, complete, form,
    payload::{Interaction, Typed, What},
    render,
    send::{Acknowledged, Address, Replies},
};
use crate::{
    actions::Buttons,
    dispatch,
    handlers::Asking,
    job::{Asked, Job},
    pipeline::{Accepted, BUSY},
};
use micro_domain::{
    Error,
    chat::Platform,
    command::chat::Invocation,
    view::{self, Speaker},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The one command there is; everything else is a subcommand of it.
pub(super) const COMMAND: &str = "micro";

/// Types of first responses.
const PONG: u8 = 1;
const MESSAGE: u8 = 4;
const DEFERRED: u8 = 5;
const DEFERRED_UPDATE: u8 = 6;
const COMPLETION: u8 = 8;
const MODAL: u8 = 9;

/// The first response.
pub(super) struct Response {
    /// Its JSON.
    pub(super) body: Value,
    /// To be told when it was sent.
    pub(super) acknowledged: Option<Acknowledged>,
    /// The interaction came before and has its response already.
    pub(super) repeated: bool,
}

impl Response {
    const fn alone(body: Value) -> Self {
        Self { body, acknowledged: None, repeated: false }
    }

    /// An answer that does no harm to an interaction that came before.
    const fn repeated(body: Value) -> Self {
        Self { body, acknowledged: None, repeated: true }
    }
}

/// What somebody did, and how an answer that takes a while is announced.
struct Event {
    receipt: String,
    application: String,
    token: String,
    deferred: u8,
}

impl Discord {
    /// The first response to an interaction. What takes longer is queued.
    pub(super) async fn take(self: &Arc<Self>, interaction: Interaction) -> Response {
        let Interaction { id, application, token, what } = interaction;
        let event = |deferred| Event { receipt: format!("discord/{id}"), application, token, deferred };
        match what {
            What::Ping => Response::alone(json!({"type": PONG})),
            What::Completion(speaker, typed) => self.complete(&id, &speaker, &typed).await,
            What::Command(speaker, typed) => self.typed(event(DEFERRED), speaker, typed).await,
            What::Click(speaker, asked) => self.open_or_queue(event(DEFERRED_UPDATE), speaker, asked).await,
            What::Submit(speaker, id, values) => {
                let values = form::named(&self.core, &speaker.person, &id, values);
                self.open_or_queue(event(DEFERRED), speaker, Asked::Filled(id, values)).await
            }
        }
    }

    async fn complete(&self, id: &str, speaker: &Speaker, typed: &Typed) -> Response {
        let completion = |choices: Vec<Value>| json!({"type": COMPLETION, "data": {"choices": choices}});
        if !self.pipeline.is_new(Platform::Discord, &format!("discord/{id}")) {
            return Response::repeated(completion(Vec::new()));
        }
        // When many type at once, some get no suggestions rather than all of them slow ones.
        let Ok(_place) = self.ahead.try_acquire() else { return Response::alone(completion(Vec::new())) };
        Response::alone(completion(complete::choices(&self.core, &speaker.person, typed).await))
    }

    async fn typed(self: &Arc<Self>, event: Event, speaker: Speaker, typed: Typed) -> Response {
        let invocation = if typed.name == COMMAND {
            Invocation::of(&typed.subcommand, typed.options)
        } else {
            Err(Error::invalid("that command is none of Micro's; type `/micro help`"))
        };
        match invocation {
            Ok(invocation) => self.open_or_queue(event, speaker, Asked::Typed(invocation)).await,
            // Wrong in a way that needs nobody's answer but ours.
            Err(error) if self.is_new(&event) => {
                let buttons = Buttons::new(&self.core, &speaker.person);
                Response::alone(private(render::message(&view::error(&error), &buttons).body))
            }
            Err(_) => Response::repeated(deferral(event.deferred)),
        }
    }

    fn is_new(&self, event: &Event) -> bool {
        self.pipeline.is_new(Platform::Discord, &event.receipt)
    }

    /// A form that what was asked opens rides in the response; anything else is queued.
    async fn open_or_queue(self: &Arc<Self>, event: Event, speaker: Speaker, asked: Asked) -> Response {
        if !self.is_new(&event) {
            return Response::repeated(deferral(event.deferred));
        }
        let address = Address {
            application: event.application,
            token: event.token,
            user: speaker.person.user().to_owned(),
            replaces: event.deferred == DEFERRED_UPDATE,
        };
        let (replies, acknowledged) = Replies::new(Arc::clone(&self.rest), address);
        if let Some(modal) = self.form_ahead(&speaker, &replies, &asked).await {
            return Response::alone(json!({"type": MODAL, "data": modal}));
        }
        match self.pipeline.queue(Job { speaker, asked, outlet: Box::new(replies) }) {
            Accepted::Queued => {
                Response { acknowledged: Some(acknowledged), ..Response::alone(deferral(event.deferred)) }
            }
            Accepted::Repeated => Response::repeated(deferral(event.deferred)),
            Accepted::Busy => Response::alone(private(render::sentence(BUSY))),
        }
    }

    /// The modal of a form that can be made at once. No modal may follow another.
    async fn form_ahead(&self, speaker: &Speaker, replies: &Replies, asked: &Asked) -> Option<Value> {
        if matches!(asked, Asked::Filled(..)) {
            return None;
        }
        let _place = self.ahead.try_acquire().ok()?;
        let asking = Asking { core: &self.core, speaker, outlet: replies };
        let opened = Box::pin(dispatch::form_first(&asking, asked)).await?;
        Some(form::modal(&opened.sheet, &opened.id))
    }
}

/// Says that an answer follows, for the one who asked alone.
fn deferral(deferred: u8) -> Value {
    if deferred == DEFERRED_UPDATE {
        json!({"type": DEFERRED_UPDATE})
    } else {
        json!({"type": deferred, "data": {"flags": render::EPHEMERAL}})
    }
}

/// A message for the one who asked alone.
fn private(mut message: Value) -> Value {
    if let Some(message) = message.as_object_mut() {
        message.insert("flags".to_owned(), json!(render::EPHEMERAL));
    }
    json!({"type": MESSAGE, "data": message})
}
