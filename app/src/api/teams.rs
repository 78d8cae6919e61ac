//! Teams, their members, and the invites of those who may invite.

use crate::AppError;
use leptos::prelude::*;
use micro_domain::access::Role;
use micro_domain::identity::Secret;
use micro_domain::team::{Invite, Member, Team};
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// What the page of a team shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TeamDetails {
    /// The team.
    pub team: Team,
    /// Who is in it, by name.
    pub members: Vec<Member>,
    /// Its invites, newest first; none for who may not invite.
    pub invites: Option<Vec<Invite>>,
}

/// The role that the reader of a team acts with: who only manages the platform manages its owners, too.
pub(crate) fn acting(team: &Team) -> Role {
    team.role.unwrap_or(Role::Owner)
}

/// One who was invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invited {
    /// Whom the link is for; anybody where empty.
    pub email: String,
    /// The code, shown this once; or why there is none.
    pub code: Result<Secret, String>,
}

/// Who is to be invited, as the form says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// The team's name.
    pub team: String,
    /// Addresses, one a line; none for one link that anybody may use.
    pub emails: String,
    /// The role to give.
    pub role: Role,
    /// How long the links are good, in hours.
    pub hours: u32,
}

/// The caller's teams, by name.
#[server(endpoint = "teams/list", input = Json)]
pub(crate) async fn list_teams() -> Result<Vec<Team>, AppError> {
    let mut teams = super::client()?.teams();
    super::answered(super::bounded(teams.list()).await)
}

/// What the page of a team shows.
#[server(endpoint = "teams/details", input = Json)]
pub(crate) async fn read_team(name: String) -> Result<TeamDetails, AppError> {
    let client = super::client()?;
    super::answered(super::bounded(details(&client, &name)).await)
}

/// Gives a member another role.
#[server(endpoint = "teams/role", input = Json)]
pub(crate) async fn set_role(team: String, account: String, role: Role) -> Result<Member, AppError> {
    super::answered(super::client()?.teams().set_role(&team, &account, role).await)
}

/// Takes a member out of a team.
#[server(endpoint = "teams/remove", input = Json)]
pub(crate) async fn remove_member(team: String, account: String) -> Result<Member, AppError> {
    super::answered(super::client()?.teams().remove(&team, &account).await)
}

/// Makes invites.
#[server(endpoint = "teams/invite", input = Json)]
pub(crate) async fn invite_people(wish: Wish) -> Result<Vec<Invited>, AppError> {
    super::page::no_store();
    super::answered(invited(&super::client()?, wish).await)
}

/// Ends a pending invite, by id.
#[server(endpoint = "teams/revoke", input = Json)]
pub(crate) async fn revoke_invite(id: String) -> Result<Invite, AppError> {
    super::answered(super::client()?.invites().revoke(&id).await)
}

/// Makes a new link for an invite, by id, in place of the old one.
#[server(endpoint = "teams/renew", input = Json)]
pub(crate) async fn renew_invite(id: String) -> Result<Vec<Invited>, AppError> {
    super::page::no_store();
    super::answered(renewed(&super::client()?, &id).await)
}

/// What came of a form sent without scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posted {
    /// Links, or why what was asked for was not done.
    pub outcome: Result<Vec<Invited>, AppError>,
    /// The addresses to show again: those of a form that failed.
    pub emails: String,
}

/// What came of the form this page answers; none when it answers none.
pub(crate) fn posted() -> Option<Posted> {
    #[cfg(feature = "ssr")]
    return use_context::<Posted>();
    #[cfg(not(feature = "ssr"))]
    None
}

#[cfg(feature = "ssr")]
pub(crate) use on_server::{invited, renewed};

#[cfg(feature = "ssr")]
mod on_server {
    use super::{Invited, TeamDetails, Wish, acting};
    use micro_client::Client;
    use micro_domain::Error;
    use micro_domain::access::Role;
    use micro_domain::team::InviteWish;

    /// Milliseconds of an hour.
    const HOUR_MS: u64 = 60 * 60 * 1_000;

    /// A team that the caller sees, with what they may know of it.
    pub(super) async fn details(client: &Client, name: &str) -> Result<TeamDetails, Error> {
        let teams = client.teams().list().await?;
        let team = teams.into_iter().find(|team| team.name == name);
        let team = team.ok_or_else(|| Error::not_found("There is no such team, or you are not in it."))?;
        let members = client.teams().members(&team.id).await?;
        let invites = match acting(&team) >= Role::Admin {
            true => Some(client.invites().list(Some(&team.id)).await?),
            false => None,
        };
        Ok(TeamDetails { team, members, invites })
    }

    /// Makes the invites of a form: one for each line of it, or one for anybody.
    pub(crate) async fn invited(client: &Client, wish: Wish) -> Result<Vec<Invited>, Error> {
        let emails = rows(&wish.emails);
        let lifetime_ms = Some(u64::from(wish.hours).saturating_mul(HOUR_MS));
        let wish = InviteWish { team: wish.team, role: wish.role, emails: emails.clone(), lifetime_ms };
        let made = client.invites().create(wish).await?;
        let codes = made.into_iter().map(|made| made.map(|made| made.code));
        Ok(emails.into_iter().zip(codes).map(|(email, code)| Invited { email, code }).collect())
    }

    /// The new link of an invite.
    pub(crate) async fn renewed(client: &Client, id: &str) -> Result<Vec<Invited>, Error> {
        let made = client.invites().resend(id).await?;
        Ok(vec![Invited { email: made.invite.email, code: Ok(made.code) }])
    }

    /// Whom the form names; nobody in particular where its lines are empty.
    fn rows(text: &str) -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let emails: Vec<String> = lines.map(str::to_owned).collect();
        if emails.is_empty() { vec![String::new()] } else { emails }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn each_line_is_somebody() {
            assert_eq!(rows(" a@x.org \r\n\r\nb@x.org\n"), ["a@x.org", "b@x.org"]);
            assert_eq!(rows(" \n"), [""]);
        }
    }
}

#[cfg(feature = "ssr")]
use on_server::details;
