//! `micro member`: who is in a team, and as what.

use super::{Globals, team};
use crate::{
    failure::{Failure, say},
    options::{Member, Output},
    output::{self, present},
};
use micro_domain::{clock, team as domain, when};
use serde_json::{Value, json};
use std::io::IsTerminal as _;

pub(super) async fn run(globals: &Globals, command: Member) -> Result<(), Failure> {
    let client = globals.session()?.client;
    match command {
        Member::List { within } => {
            let team = team::meant(&client, within).await?;
            list(globals.output, &client.teams().members(&team).await?)
        }
        Member::Role { account, role, within } => {
            let team = team::meant(&client, within).await?;
            let member = client.teams().set_role(&team, &account, role).await?;
            let told = format!("{} has the role {} in team `{team}` now.", member.account, member.role);
            changed(globals.output, &member, &told)
        }
        Member::Remove { account, within, yes } => {
            let team = team::meant(&client, within).await?;
            if !yes {
                confirm(&format!("Remove {account} from team `{team}`?"))?;
            }
            let member = client.teams().remove(&team, &account).await?;
            let told = format!("{} is not in team `{team}` any more.", member.account);
            changed(globals.output, &member, &told)
        }
    }
}

fn list(format: Output, members: &[domain::Member]) -> Result<(), Failure> {
    if format == Output::Json {
        return output::json(&members.iter().map(record).collect::<Vec<_>>());
    }
    let now = clock::now_ms();
    let rows = members.iter().map(|member| {
        vec![
            member.account.clone(),
            member.role.to_string(),
            member.email.clone(),
            when::relative(member.joined_ms, now),
            member.account_id.clone(),
        ]
    });
    output::table(&["ACCOUNT", "ROLE", "EMAIL", "JOINED", "ID"], rows)
}

/// Says what was done to a member.
fn changed(format: Output, member: &domain::Member, told: &str) -> Result<(), Failure> {
    if format == Output::Json {
        return output::json(&record(member));
    }
    say(told);
    Ok(())
}

fn record(member: &domain::Member) -> Value {
    json!({
        "account_id": member.account_id,
        "account": member.account,
        "email": present(&member.email),
        "role": member.role,
        "joined_at": output::time(member.joined_ms),
    })
}

/// Asks before what cannot be taken back by who did it. A script cannot answer: it says so beforehand.
fn confirm(question: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("nobody can be asked here: give --yes to go on"));
    }
    let agreed = inquire::Confirm::new(question).with_default(false).prompt_skippable();
    match agreed.map_err(|error| Failure::local(error.to_string()))? {
        Some(true) => Ok(()),
        Some(false) | None => Err(Failure::local("not confirmed: nothing was changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use micro_domain::access::Role;

    #[test]
    fn scripts_read_no_address_as_null() {
        let mut member = domain::Member {
            account_id: "7".to_owned(),
            account: "ann".to_owned(),
            email: "ann@example.com".to_owned(),
            role: Role::Member,
            joined_ms: 1_772_355_907_000,
        };
        let mut expected = json!({
            "account_id": "7", "account": "ann", "email": "ann@example.com", "role": "member",
            "joined_at": "2026-03-01T09:05:07Z",
        });
        assert_eq!(record(&member), expected);
        member.email.clear();
        expected["email"] = Value::Null;
        assert_eq!(record(&member), expected);
    }
}
