//! `micro invite`: links that bring people into a team.

use super::{Globals, team};
use crate::{
    failure::{Failure, say},
    options::{Invite, Output, millis},
    output::{self, present},
    session::Session,
};
use micro_domain::{
    clock,
    team::{self as domain, InviteState, InviteWish, NewInvite},
    when,
};
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) async fn run(globals: &Globals, command: Invite) -> Result<(), Failure> {
    let session = globals.session()?;
    let mut invites = session.client.invites();
    match command {
        Invite::Create { within, role, emails, expires } => {
            let team = team::meant(&session.client, within).await?;
            let wish = InviteWish { team, role, emails: rows(emails), lifetime_ms: expires.map(millis) };
            create(globals.output, &session, wish).await
        }
        Invite::List { within } => list(globals.output, &invites.list(within.team.as_deref()).await?),
        Invite::Revoke { id } => {
            let revoked = invites.revoke(&id).await?;
            if globals.output == Output::Json {
                return output::json(&record(&revoked));
            }
            say(&format!("The invite for {} to team `{}` is revoked.", whom(&revoked.email), revoked.team));
            Ok(())
        }
        Invite::Resend { id } => {
            let link = Link::new(&session, invites.resend(&id).await?);
            if globals.output == Output::Json {
                return output::json(&link.record());
            }
            link.show()
        }
    }
}

/// Makes invites, and fails after it told of all where one was refused.
async fn create(format: Output, session: &Session, wish: InviteWish) -> Result<(), Failure> {
    let answers = session.client.invites().create(wish.clone()).await?;
    let outcomes = outcomes(session, &wish, answers);
    if format == Output::Json {
        output::json(&outcomes.iter().map(|outcome| outcome.record(&wish)).collect::<Vec<_>>())?;
    } else {
        outcomes.iter().try_for_each(Outcome::show)?;
    }
    let refused = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused { .. }));
    if refused { Err(Failure::Reported(ExitCode::FAILURE)) } else { Ok(()) }
}

/// One row for each address; without any, one for anybody.
fn rows(emails: Vec<String>) -> Vec<String> {
    if emails.is_empty() { vec![String::new()] } else { emails }
}

/// What became of each row, with whom it was for.
fn outcomes(session: &Session, wish: &InviteWish, answers: Vec<Result<NewInvite, String>>) -> Vec<Outcome> {
    let outcome = |(answer, email): (_, &String)| match answer {
        Ok(made) => Outcome::Made(Link::new(session, made)),
        Err(why) => Outcome::Refused { email: email.clone(), why },
    };
    answers.into_iter().zip(&wish.emails).map(outcome).collect()
}

/// What became of one who was to be invited.
enum Outcome {
    Made(Link),
    Refused { email: String, why: String },
}

impl Outcome {
    fn record(&self, wish: &InviteWish) -> Value {
        match self {
            Self::Made(link) => link.record(),
            Self::Refused { email, why } => json!({
                "team": wish.team, "role": wish.role, "email": present(email), "error": why,
            }),
        }
    }

    fn show(&self) -> Result<(), Failure> {
        match self {
            Self::Made(link) => link.show(),
            Self::Refused { email, why } => {
                match present(email) {
                    Some(email) => say(&format!("error: {email} is not invited: {why}")),
                    None => say(&format!("error: nobody is invited: {why}")),
                }
                Ok(())
            }
        }
    }
}

/// An invite and its link, which is shown this once.
struct Link {
    invite: domain::Invite,
    url: String,
}

impl Link {
    fn new(session: &Session, made: NewInvite) -> Self {
        Self { url: session.page(&format!("/invite/{}", made.code.reveal())), invite: made.invite }
    }

    fn record(&self) -> Value {
        let mut record = record(&self.invite);
        if let Some(fields) = record.as_object_mut() {
            fields.insert("url".to_owned(), Value::from(self.url.as_str()));
        }
        record
    }

    /// What to do with it goes to people; the link alone is data.
    fn show(&self) -> Result<(), Failure> {
        say(&self.told());
        output::line(&output::plain(&self.url))
    }

    fn told(&self) -> String {
        let domain::Invite { team, role, email, expires_ms, .. } = &self.invite;
        format!(
            "Send this link to {}. Whoever has it can join team `{team}` as {role}, once, until {}. \
             It is shown only now:",
            present(email).unwrap_or("one person"),
            when::absolute(*expires_ms)
        )
    }
}

fn list(format: Output, invites: &[domain::Invite]) -> Result<(), Failure> {
    if format == Output::Json {
        return output::json(&invites.iter().map(record).collect::<Vec<_>>());
    }
    let now = clock::now_ms();
    let headings = ["TEAM", "FOR", "ROLE", "STATE", "EXPIRES", "INVITED BY", "ID"];
    output::table(&headings, invites.iter().map(|invite| row(invite, now)))
}

fn record(invite: &domain::Invite) -> Value {
    json!({
        "id": invite.id,
        "team": invite.team,
        "role": invite.role,
        "email": present(&invite.email),
        "state": invite.state,
        "inviter": invite.inviter,
        "created_at": output::time(invite.created_ms),
        "expires_at": output::time(invite.expires_ms),
        "accepted_by": present(&invite.accepted_by),
    })
}

fn row(invite: &domain::Invite, now_ms: i64) -> Vec<String> {
    let state = match present(&invite.accepted_by) {
        Some(account) => format!("{} by {account}", invite.state.word()),
        None => invite.state.word().to_owned(),
    };
    // One that ended otherwise does not run out any more.
    let runs_out = matches!(invite.state, InviteState::Pending | InviteState::Expired);
    vec![
        invite.team.clone(),
        whom(&invite.email).to_owned(),
        invite.role.to_string(),
        state,
        if runs_out { when::relative(invite.expires_ms, now_ms) } else { String::new() },
        invite.inviter.clone(),
        invite.id.clone(),
    ]
}

/// Whom an invite is for.
fn whom(email: &str) -> &str {
    present(email).unwrap_or("anybody")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use micro_domain::{access::Role, identity::Secret};

    const CREATED_MS: i64 = 1_772_355_907_000;
    const HOUR_MS: i64 = 3_600_000;

    fn invite(email: &str) -> domain::Invite {
        domain::Invite {
            id: "7".to_owned(),
            team: "web".to_owned(),
            role: Role::Viewer,
            email: email.to_owned(),
            inviter: "ann".to_owned(),
            created_ms: CREATED_MS,
            expires_ms: CREATED_MS + HOUR_MS,
            state: InviteState::Pending,
            accepted_by: String::new(),
        }
    }

    fn wish(emails: &[&str]) -> InviteWish {
        InviteWish {
            team: "web".to_owned(),
            role: Role::Viewer,
            emails: rows(emails.iter().map(|email| (*email).to_owned()).collect()),
            lifetime_ms: None,
        }
    }

    fn made(email: &str) -> Result<NewInvite, String> {
        Ok(NewInvite { invite: invite(email), code: Secret::new("c0de") })
    }

    fn records(wish: &InviteWish, answers: Vec<Result<NewInvite, String>>) -> Vec<Value> {
        let session = Session::open(Some("http://localhost:8080/"), Some("mu_pat_x")).unwrap();
        outcomes(&session, wish, answers).iter().map(|outcome| outcome.record(wish)).collect()
    }

    #[tokio::test]
    async fn each_row_says_whom_it_was_for() {
        let wish = wish(&["bo", "cy@example.com"]);
        let read = records(&wish, vec![Err("no address".to_owned()), made("cy@example.com")]);
        let made = json!({
            "id": "7", "team": "web", "role": "viewer", "email": "cy@example.com", "state": "pending",
            "inviter": "ann", "created_at": "2026-03-01T09:05:07Z", "expires_at": "2026-03-01T10:05:07Z",
            "accepted_by": null, "url": "http://localhost:8080/invite/c0de",
        });
        let refused = json!({ "team": "web", "role": "viewer", "email": "bo", "error": "no address" });
        assert_eq!(read, [refused, made]);
    }

    #[tokio::test]
    async fn without_addresses_there_is_a_link_for_anybody() {
        let read = records(&wish(&[]), vec![made("")]);
        assert_eq!(read.len(), 1);
        assert!(read.iter().all(|row| row["email"].is_null() && row["url"].is_string()), "{read:?}");
    }

    #[test]
    fn a_link_is_told_with_what_it_gives_and_until_when() {
        let told = |email| Link { invite: invite(email), url: String::new() }.told();
        let rest = "Whoever has it can join team `web` as viewer, once, until 2026-03-01 10:05:07 UTC. \
                    It is shown only now:";
        assert_eq!(told("bo@example.com"), format!("Send this link to bo@example.com. {rest}"));
        assert_eq!(told(""), format!("Send this link to one person. {rest}"));
    }

    #[test]
    fn only_what_runs_out_says_when() {
        let row = |state, accepted_by: &str| {
            let invite = domain::Invite { state, accepted_by: accepted_by.to_owned(), ..invite("") };
            super::row(&invite, CREATED_MS)
        };
        let pending = ["web", "anybody", "viewer", "pending", "in 1 h", "ann", "7"];
        assert_eq!(row(InviteState::Pending, ""), pending);
        let accepted = ["web", "anybody", "viewer", "accepted by bo", "", "ann", "7"];
        assert_eq!(row(InviteState::Accepted, "bo"), accepted);
    }
}
