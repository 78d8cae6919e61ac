//! A command that lacks something: a choice of what it can be.

use super::Asking;
use crate::complete::{self, Topic, Wanted};
use micro_domain::{
    Error,
    command::{Argument, Surface, chat::Invocation},
    view::{self, Does, View},
};

/// Asks for the argument that a command lacks. What is shown then asks for names again while somebody types, and is answered
/// from what is remembered here.
pub(super) async fn ask(
    asking: &Asking<'_>,
    invocation: &Invocation,
    missing: &Argument,
) -> Result<View, Error> {
    let topic = topic(invocation, missing).ok_or_else(|| {
        let usage = invocation.command.line_on(Surface::Chat);
        Error::invalid(format!("{} is missing. Usage: `{usage}`", missing.value))
    })?;
    let wanted = Wanted { person: asking.speaker.person.clone(), topic };
    let names = complete::ask(asking.core, &wanted).await?;
    Ok(view::picker(invocation.clone(), missing, names))
}

/// What the argument that a command lacks is chosen from.
pub(crate) fn topic(invocation: &Invocation, missing: &Argument) -> Option<Topic> {
    Topic::of(missing, invocation.value("service").unwrap_or_default())
}

/// The command behind a choice, with what was chosen.
///
/// # Errors
/// FAILED_PRECONDITION where there is no such choice (any more), or it is somebody else's.
pub(crate) fn chosen(asking: &Asking<'_>, id: &str, name: &str) -> Result<Invocation, Error> {
    let kept = asking.core.actions.find(id, &asking.speaker.person)?;
    let Does::Pick(invocation) = kept.does else {
        return Err(Error::internal("there is no choice behind this"));
    };
    Ok(match invocation.missing() {
        Some(missing) => invocation.with(missing, name.to_owned()),
        None => invocation,
    })
}
