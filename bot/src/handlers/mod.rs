//! The commands, one file each: what is asked of the backend, and the view of its answer.

pub(crate) mod call;
pub(crate) mod choose;
mod help;
mod link;
pub(crate) mod services;
mod whoami;

use crate::{Core, job::Outlet};
use micro_client::Client;
use micro_domain::{
    Error,
    command::chat::Invocation,
    view::{Speaker, View},
};

/// Who asks, and where the answer goes.
pub(crate) struct Asking<'j> {
    pub(crate) core: &'j Core,
    pub(crate) speaker: &'j Speaker,
    pub(crate) outlet: &'j dyn Outlet,
}

impl Asking<'_> {
    /// The backend as the account that the person is linked to.
    pub(crate) fn client(&self) -> Client {
        self.core.client_of(&self.speaker.person)
    }
}

/// What a handler came to.
pub(crate) enum Answer {
    /// This, to be shown.
    View(View),
    /// It was shown already.
    Shown,
}

/// Runs a command, or asks for what it lacks.
pub(crate) async fn run(asking: &Asking<'_>, invocation: &Invocation) -> Result<Answer, Error> {
    if let Some(missing) = invocation.missing() {
        return choose::ask(asking, invocation, missing).await.map(Answer::View);
    }
    match invocation.command.path {
        ["help"] => help::run(invocation).map(Answer::View),
        ["link"] => link::link(asking, invocation).await.map(Answer::View),
        ["unlink"] => link::unlink(asking).await.map(Answer::View),
        ["whoami"] => whoami::run(asking).await.map(Answer::View),
        ["services"] => services::list(asking, invocation.value("query").unwrap_or_default(), 0).await,
        ["service"] => services::one(asking, invocation.value("name").unwrap_or_default()).await,
        ["call"] | ["run"] => call::run(asking, invocation).await,
        // A test sees every command of chat here.
        other => Err(Error::internal(format!("`{}` is not made yet", other.join(" ")))),
    }
}
