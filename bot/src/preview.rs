//! `micro bot preview`: what a command would look like in Slack and in Discord, without either.

mod picture;

use crate::{
    Core,
    actions::Buttons,
    discord,
    dispatch::failure,
    handlers::{self, Answer, Asking},
    job::{Lost, Outlet},
    slack,
    status::Statuses,
};
use async_trait::async_trait;
use micro_client::Client;
use micro_domain::{
    Error,
    chat::{Names, Person},
    command::chat,
    view::{
        Speaker, View,
        form::{Room, Sheet},
    },
};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// What a command would show.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What is posted to Slack: a message, or a modal.
    pub slack: Value,
    /// What is posted to Discord.
    pub discord: Value,
    /// A page with a picture of both.
    pub html: String,
}

/// Runs a command as the client's own account and shows what chat would show.
///
/// # Errors
/// INVALID_ARGUMENT for a line that is no command.
pub async fn preview(line: &str, client: Client, public_url: &str) -> Result<Preview, Error> {
    let core = Core::new(client, public_url, Statuses::new(None, None), true);
    let names = Names { workspace: "Example".to_owned(), user: "you".to_owned() };
    let speaker = Speaker { person: Person::slack("T0EXAMPLE", "U0EXAMPLE")?, names };
    let invocation = chat::parse(line)?;
    let slate = Slate::default();
    let asking = Asking { core: &core, speaker: &speaker, outlet: &slate };
    let view = match handlers::run(&asking, &invocation).await {
        Ok(Answer::View(view)) => Some(view),
        Ok(Answer::Shown) => None,
        Err(error) => Some(failure(&asking, &error)),
    };
    let buttons = Buttons::new(&core, &speaker.person);
    let shown = match (view, slate.take()) {
        (Some(view), _) => Shown::View(view),
        (None, Some(sheet)) => Shown::Sheet(sheet),
        (None, None) => Shown::View(micro_domain::view::help(None)),
    };
    let (slack, discord) = match &shown {
        Shown::View(view) => (json!(slack::message(view, &buttons)), discord::message(view, &buttons)),
        Shown::Sheet(sheet) => (slack::modal(sheet), discord::modal(sheet)),
    };
    let html = picture::page(line, &shown);
    Ok(Preview { slack, discord, html })
}

/// What is shown.
enum Shown {
    View(View),
    Sheet(Sheet),
}

/// Takes a form that would open; everything else is handed back by the handler.
#[derive(Default)]
struct Slate(Mutex<Option<Sheet>>);

impl Slate {
    fn take(&self) -> Option<Sheet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Outlet for Slate {
    async fn show(&self, _: &View, _: &Buttons<'_>) -> Result<(), Lost> {
        Ok(())
    }

    async fn progress(&self, _: &View, _: &Buttons<'_>) -> Result<(), Lost> {
        Ok(())
    }

    async fn working(&self) -> Result<(), Lost> {
        Ok(())
    }

    async fn form(&self, sheet: &Sheet, _: &str) -> Result<(), Lost> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sheet.clone());
        Ok(())
    }

    fn room(&self) -> Room {
        Room { inputs: 5, json: false }
    }
}

impl Preview {
    /// Both payloads as one value.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"slack": self.slack, "discord": self.discord})
    }
}
