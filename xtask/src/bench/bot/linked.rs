//! A data folder in which a thousand chat users are linked.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::{sink, wire};
use crate::bench::micro::Micro;
use crate::process;

/// Linked users.
pub(super) const USERS: u64 = 1_000;

/// Links that one account may hold.
const PER_ACCOUNT: u64 = 100;

/// The id of a user.
pub(super) fn user(number: u64) -> String {
    format!("U0BENCH{number:04}")
}

/// Starts a Micro in `folder`, links everybody as people do, and ends it.
///
/// An account holds a hundred links, and so far there is one account: after every hundred, these are given to an account
/// that is made for them beside Micro, in its database.
pub(super) fn prepare(program: &Path, folder: &Path) -> Result<()> {
    let micro = Micro::start(program, folder, 1, &[])?;
    let (owner, bot) = (micro.token()?, micro.bot_token()?);
    let port = micro.port()?;
    let mut connection = wire::Connection::open(port)?;
    for number in 0..USERS {
        link(&mut connection, port, (&owner, &bot), &user(number))
            .with_context(|| format!("cannot link {}", user(number)))?;
        let next = number + 1;
        if next % PER_ACCOUNT == 0 && next < USERS {
            hand_over(&folder.join("data/micro.db"), next / PER_ACCOUNT)?;
        }
    }
    Ok(())
}

fn link(connection: &mut wire::Connection, port: u16, tokens: (&str, &str), user: &str) -> Result<()> {
    let person = format!("slack/{}/{user}", sink::TEAM);
    let mut chat = |method: &str, token: &str, body: serde_json::Value| {
        connection.call(port, &format!("micro.v1.ChatService/{method}"), token, &body)
    };
    let wish = json!({"person": person, "workspaceName": "Bench", "userName": user});
    let made = chat("CreateLinkRequest", tokens.1, wish)?;
    let shown = chat("ShowLinkCode", tokens.0, json!({"id": made["request"]["id"]}))?;
    chat("RedeemLinkCode", tokens.1, json!({"person": person, "code": shown["code"]}))?;
    Ok(())
}

/// Gives the owner's links to a new account.
fn hand_over(database: &Path, number: u64) -> Result<()> {
    let owner = "(SELECT id FROM accounts ORDER BY created_ms LIMIT 1)";
    let account = format!("benchaccount{number:08}");
    let statements = format!(
        "BEGIN IMMEDIATE; \
         INSERT INTO accounts (id, name, role, created_ms) \
         SELECT '{account}', 'bench {number}', role, created_ms + {number} FROM accounts WHERE id = {owner}; \
         INSERT INTO members (team_id, account_id, role, joined_ms) \
         SELECT team_id, '{account}', 'member', joined_ms FROM members WHERE account_id = {owner}; \
         UPDATE chat_links SET account_id = '{account}' WHERE account_id = {owner}; \
         COMMIT;"
    );
    let mut sqlite = process::command("sqlite3");
    sqlite.args(["-bail", "-cmd", ".timeout 10000"]).arg(database).arg(statements);
    process::output(&mut sqlite).map(drop)
}

/// A copy of a prepared folder, for a Micro of its own.
pub(super) fn copy(prepared: &Path, folder: &Path) -> Result<()> {
    process::run_quietly(process::command("cp").arg("-r").arg(prepared).arg(folder))
}
