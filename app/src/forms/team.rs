//! The forms of a team's page.

use super::{incomplete, read, show_as, split};
use crate::api::teams::{Invited, Posted, Wish, invited, renewed};
use crate::{AppError, RequestContext, routes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use micro_domain::Error;
use micro_domain::access::Role;
use serde::Deserialize;

/// What the forms send: what to do, and with whom.
#[derive(Debug, Deserialize)]
struct TeamForm {
    action: String,
    #[serde(default)]
    account: String,
    role: Option<Role>,
    #[serde(default)]
    id: String,
    #[serde(default)]
    emails: String,
    #[serde(default)]
    hours: u32,
}

/// What a form brought about.
enum Done {
    /// Links, shown this once.
    Links(Vec<Invited>),
    /// A change that the page shows.
    Changed,
    /// The reader is in the team no more.
    Left,
}

/// Answers `POST /teams/{name}` of a signed-in reader.
pub async fn post_team(
    context: RequestContext,
    team: &str,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (sent, page) = split(request);
    let (emails, outcome) = match read::<TeamForm>(sent).await {
        Ok(Ok(form)) => (form.emails.clone(), act(&context, team, form).await),
        Ok(Err(error)) => (String::new(), Err(error)),
        Err(too_large) => return too_large,
    };
    match outcome {
        Ok(Done::Changed) => Redirect::to(&routes::team(team)).into_response(),
        Ok(Done::Left) => Redirect::to(routes::TEAMS).into_response(),
        Ok(Done::Links(links)) => {
            show_as(page, provide, Posted { outcome: Ok(links), emails: String::new() }, None).await
        }
        Err(error) => {
            let failed = Some(error.code());
            show_as(page, provide, Posted { outcome: Err(error), emails }, failed).await
        }
    }
}

async fn act(context: &RequestContext, team: &str, form: TeamForm) -> Result<Done, AppError> {
    let client = &context.client;
    let TeamForm { action, account, role, id, emails, hours } = form;
    let done = match (action.as_str(), role) {
        ("role", Some(role)) => client.teams().set_role(team, &account, role).await.map(|_| Done::Changed),
        ("remove", _) => {
            let removed = client.teams().remove(team, &account).await;
            removed.map(|member| if is_reader(context, &member.account) { Done::Left } else { Done::Changed })
        }
        ("invite", Some(role)) => {
            invited(client, Wish { team: team.to_owned(), emails, role, hours }).await.map(Done::Links)
        }
        ("revoke", _) => client.invites().revoke(&id).await.map(|_| Done::Changed),
        ("renew", _) => renewed(client, &id).await.map(Done::Links),
        _ => Err(incomplete().0),
    };
    done.map_err(|error: Error| error.into())
}

fn is_reader(context: &RequestContext, account: &str) -> bool {
    context.account.as_deref() == Some(account)
}
