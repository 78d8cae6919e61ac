//! `micro team`: teams; and which one a command about a team means.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Output, Team, Within},
    output,
};
use micro_client::Client;
use micro_domain::team;
use serde_json::{Value, json};

pub(super) async fn run(globals: &Globals, command: Team) -> Result<(), Failure> {
    let mut teams = globals.session()?.client.teams();
    match command {
        Team::List => {
            let teams = teams.list().await?;
            if globals.output == Output::Json {
                return output::json(&teams.iter().map(record).collect::<Vec<_>>());
            }
            output::table(&["TEAM", "YOUR ROLE", "MEMBERS", "ID"], teams.iter().map(row))
        }
        Team::Create { name } => {
            let made = teams.create(&name).await?;
            if globals.output == Output::Json {
                return output::json(&record(&made));
            }
            say(&format!(
                "Team `{0}` is made. Invite people with `micro invite create --team {0}`.",
                made.name
            ));
            Ok(())
        }
    }
}

fn record(team: &team::Team) -> Value {
    json!({
        "id": team.id,
        "name": team.name,
        "role": team.role,
        "members": team.members,
        "created_at": output::time(team.created_ms),
    })
}

fn row(team: &team::Team) -> Vec<String> {
    vec![
        team.name.clone(),
        team.role.map_or("none", |role| role.word()).to_owned(),
        team.members.to_string(),
        team.id.clone(),
    ]
}

/// The team that is meant: the one named, else the account's only one.
pub(super) async fn meant(client: &Client, within: Within) -> Result<String, Failure> {
    match within.team {
        Some(team) => Ok(team),
        None => only(client.teams().list().await?),
    }
}

/// The name of the only team with the account in it. Who manages the platform is told of the others, too.
fn only(teams: Vec<team::Team>) -> Result<String, Failure> {
    let mut own: Vec<String> =
        teams.into_iter().filter(|team| team.role.is_some()).map(|team| team.name).collect();
    match (own.pop(), own.is_empty()) {
        (Some(name), true) => Ok(name),
        (None, _) => Err(Failure::usage("you are in no team: name one with --team TEAM")),
        (Some(last), false) => Err(Failure::usage(format!(
            "you are in several teams: name one with --team TEAM, {} or {last}",
            own.join(", ")
        ))),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use micro_domain::access::Role;

    fn team(name: &str, role: Option<Role>) -> team::Team {
        team::Team {
            id: format!("id-{name}"),
            name: name.to_owned(),
            created_ms: 1_772_355_907_000,
            members: 2,
            role,
        }
    }

    #[test]
    fn a_team_is_meant_where_there_is_one_alone() {
        let said = |teams| match only(teams) {
            Ok(team) => team,
            Err(Failure::Usage(why)) => why,
            Err(other) => panic!("{other:?}"),
        };
        let (web, billing) = (team("web", Some(Role::Viewer)), team("billing", Some(Role::Owner)));
        let foreign = team("foreign", None);
        assert_eq!(said(vec![foreign.clone(), web.clone()]), "web");
        assert_eq!(
            said(vec![billing, foreign.clone(), web]),
            "you are in several teams: name one with --team TEAM, billing or web"
        );
        assert_eq!(said(vec![foreign]), "you are in no team: name one with --team TEAM");
    }

    #[test]
    fn scripts_read_no_role_as_null() {
        let read = record(&team("web", Some(Role::Admin)));
        assert_eq!(
            read,
            json!({
                "id": "id-web", "name": "web", "role": "admin", "members": 2, "created_at": "2026-03-01T09:05:07Z",
            })
        );
        assert_eq!(record(&team("web", None)).get("role").unwrap(), &Value::Null);
        assert_eq!(row(&team("web", None)), ["web", "none", "2", "id-web"]);
    }
}
