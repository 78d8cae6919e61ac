//! From a job to its answer: resolves what was clicked, asks the backend as the linked account, and shows the result.

use crate::{
    Core,
    actions::Buttons,
    handlers::{self, Answer, Asking},
    job::{Asked, Job, Lost},
};
use micro_domain::{
    Code, Error,
    chat::UNLINKED,
    command::chat,
    view::{self, Does, Tone, View},
};
use std::time::Duration;

/// Longest a job may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// When a person is told that it takes a while.
const WORKING_AFTER: Duration = Duration::from_millis(1_500);
/// How long a form may take to be made while a platform waits to open it.
const FORM_WITHIN: Duration = Duration::from_secs(1);

/// Does a job and shows its answer.
pub(crate) async fn run(core: &Core, job: Job) {
    let Job { speaker, asked, outlet } = job;
    let asking = Asking { core, speaker: &speaker, outlet: outlet.as_ref() };
    let answer = tokio::time::timeout(DEADLINE, working(&asking, answer(&asking, asked))).await;
    let answer = answer.unwrap_or_else(|_| {
        Err(Error::new(
            Code::DeadlineExceeded,
            "The answer did not come within a minute. Try again in a moment.",
        ))
    });
    let buttons = Buttons::new(core, &speaker.person);
    let shown = match answer {
        Ok(Answer::Shown) => Ok(()),
        Ok(Answer::View(view)) => outlet.show(&view, &buttons).await,
        Err(error) => outlet.show(&failure(&asking, &error), &buttons).await,
    };
    if let Err(Lost(why)) = shown {
        core.statuses.count(speaker.person.platform(), |status| &status.lost);
        tracing::warn!(platform = speaker.person.platform().word(), why, "an answer did not arrive");
    }
}

/// Awaits `answer`, and says so once when it takes a while.
async fn working(
    asking: &Asking<'_>,
    answer: impl Future<Output = Result<Answer, Error>>,
) -> Result<Answer, Error> {
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => return answer,
        () = tokio::time::sleep(WORKING_AFTER) => {}
    }
    // A person who is not told will be answered all the same.
    let _ = asking.outlet.working().await;
    answer.await
}

async fn answer(asking: &Asking<'_>, asked: Asked) -> Result<Answer, Error> {
    let person = &asking.speaker.person;
    match asked {
        Asked::Typed(invocation) => handlers::run(asking, &invocation).await,
        Asked::Chosen(id, name) => {
            handlers::run(asking, &handlers::choose::chosen(asking, &id, &name)?).await
        }
        Asked::Filled(id, values) => handlers::call::filled(asking, &id, &values).await,
        Asked::Clicked(id) => {
            let kept = asking.core.actions.find(&id, person)?;
            match kept.does {
                Does::Type(line) => Box::pin(handlers::run(asking, &chat::parse(&line)?)).await,
                // Nothing was chosen yet, so it asks again.
                Does::Pick(invocation) => Box::pin(handlers::run(asking, &invocation)).await,
                Does::Page { query, from } => handlers::services::list(asking, &query, from).await,
                Does::Form { .. } => handlers::call::open(asking, &kept).await,
                Does::Call { .. } => {
                    // Of two clicks one runs.
                    let kept = asking.core.actions.spend(&id, person)?;
                    handlers::call::confirmed(asking, kept.does).await
                }
                Does::Dismiss => {
                    asking.core.actions.spend(&id, person)?;
                    Ok(Answer::View(view::message(Tone::Neutral, "Cancelled", "Nothing was run.")))
                }
                // Pages are opened by the platform itself, and an id that is kept is no record of its own.
                Does::Open(_) | Does::Again(_) => Ok(Answer::Shown),
            }
        }
    }
}

/// A failure, as the person should read it.
pub(crate) fn failure(asking: &Asking<'_>, error: &Error) -> View {
    if error.code == Code::Unauthenticated && error.message == UNLINKED {
        return view::unlinked(asking.speaker);
    }
    view::error(error)
}

/// The form that what was asked opens, made while its platform waits for the first answer; none where it opens none, or it
/// cannot be made in time.
pub(crate) async fn form_first(asking: &Asking<'_>, asked: &Asked) -> Option<handlers::call::Opened> {
    let made = tokio::time::timeout(FORM_WITHIN, handlers::call::form_of(asking, asked)).await;
    made.ok()?.ok()?
}
