//! What is to be done, and where its answer goes.

use crate::actions::Buttons;
use async_trait::async_trait;
use micro_domain::{
    command::chat::Invocation,
    view::{
        Speaker, View,
        form::{Room, Sheet},
    },
};

/// One thing that a person asked for.
pub(crate) struct Job {
    /// Who asked.
    pub(crate) speaker: Speaker,
    /// What for.
    pub(crate) asked: Asked,
    /// Where the answer goes.
    pub(crate) outlet: Box<dyn Outlet>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A command.
    Typed(Invocation),
    /// What is behind a button, by its id.
    Clicked(String),
    /// A name that was chosen for what a command lacks, after the id of the choice.
    Chosen(String, String),
    /// A filled form, by its id.
    Filled(String, Vec<(String, String)>),
}

/// The message did not arrive, and this is why; the person was told another way if there was one.
#[derive(Debug)]
pub(crate) struct Lost(pub(crate) String);

/// Where answers to one event go. Everything shown is for the person who asked alone.
#[async_trait]
pub(crate) trait Outlet: Send + Sync {
    /// Shows the answer, in place of what was shown before.
    async fn show(&self, view: &View, buttons: &Buttons<'_>) -> Result<(), Lost>;

    /// Shows how far it is; called at most once a second.
    async fn progress(&self, view: &View, buttons: &Buttons<'_>) -> Result<(), Lost>;

    /// Says that it takes a while.
    async fn working(&self) -> Result<(), Lost>;

    /// Opens a form.
    async fn form(&self, sheet: &Sheet, id: &str) -> Result<(), Lost>;

    /// What a form may hold there.
    fn room(&self) -> Room;
}
