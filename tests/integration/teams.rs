//! Teams from the terminal: who is in them, and the links that bring people in.

use crate::world;
use micro_support::{Micro, Output};
use serde_json::{Value, json};

/// A server with a second team beside the one that everything begins in.
fn start() -> Micro {
    let micro = world::start();
    read(&micro, &["team", "create", "billing"]);
    micro
}

fn read(micro: &Micro, arguments: &[&str]) -> Value {
    run(micro, arguments).ok().json()
}

fn run(micro: &Micro, arguments: &[&str]) -> Output {
    micro.cli(&[arguments, &["--output", "json"]].concat())
}

/// Makes one invite to the second team.
fn invite(micro: &Micro, more: &[&str]) -> Value {
    let mut made = read(micro, &[&["invite", "create", "--team", "billing"], more].concat());
    assert_eq!(made.as_array().map(Vec::len), Some(1), "{made}");
    made[0].take()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field}: {value}"))
}

/// Accepts an invite as somebody without an account, who gets one of this name.
async fn accept(micro: &Micro, invite: &Value, name: &str) {
    let code = text(invite, "url").rsplit('/').next().unwrap();
    let request = json!({"code": code, "name": name, "password": "correct horse battery staple"});
    micro.stranger().json("/micro.v1.InviteService/AcceptInvite", &request).await.expect(200);
}

/// The state of an invite in the list.
fn state(micro: &Micro, id: &str) -> Value {
    let all = read(micro, &["invite", "list", "--team", "billing"]);
    all.as_array().unwrap().iter().find(|invite| invite["id"] == id).unwrap()["state"].clone()
}

#[tokio::test]
async fn teams_are_made_and_listed() {
    let micro = world::start();
    let first = read(&micro, &["team", "list"]);
    assert_eq!((first.as_array().unwrap().len(), &first[0]["role"]), (1, &json!("owner")), "{first}");
    let made = read(&micro, &["team", "create", "billing"]);
    assert_eq!(
        (&made["name"], &made["role"], &made["members"]),
        (&json!("billing"), &json!("owner"), &json!(1))
    );
    let all = read(&micro, &["team", "list"]);
    assert!(all.as_array().unwrap().contains(&made), "{all}");
    let table = micro.cli(&["team", "list"]).ok().stdout;
    assert!(table.starts_with("TEAM") && table.contains("billing"), "{table}");
    assert_eq!(micro.cli(&["team", "create", "billing"]).code, 70, "names are unique");
    let named = micro.cli(&["team", "create", "No Name"]);
    assert!(named.code == 67 && named.stderr.contains("lower-case"), "{named:?}");
}

#[tokio::test]
async fn the_only_team_need_not_be_named() {
    let micro = world::start();
    let owner = read(&micro, &["whoami"])["account"].clone();
    let members = read(&micro, &["member", "list"]);
    assert_eq!((&members[0]["account"], &members[0]["role"]), (&owner, &json!("owner")), "{members}");
    let team = read(&micro, &["team", "list"])[0]["name"].clone();
    read(&micro, &["team", "create", "billing"]);
    for arguments in
        [["member", "list"].as_slice(), &["invite", "create"], &["member", "role", "ann", "admin"]]
    {
        let asked = micro.cli(arguments);
        assert_eq!((asked.code, asked.stdout.as_str()), (2, ""), "{asked:?}");
        for team in ["billing", team.as_str().unwrap(), "--team"] {
            assert!(asked.stderr.contains(team), "{asked:?}");
        }
    }
    let table = micro.cli(&["member", "list", "--team", "billing"]).ok().stdout;
    assert!(table.starts_with("ACCOUNT") && table.contains(owner.as_str().unwrap()), "{table}");
}

#[tokio::test]
async fn invites_are_printed_once_with_their_link() {
    let micro = start();
    let invite = invite(&micro, &["--role", "viewer", "--email", "bo@example.com", "--expires", "72h"]);
    let link = format!("{}/invite/", micro.url());
    assert!(
        text(&invite, "url").starts_with(&link) && text(&invite, "url").len() > link.len() + 20,
        "{invite}"
    );
    assert_eq!(
        (&invite["team"], &invite["role"], &invite["email"], &invite["state"], &invite["accepted_by"]),
        (&json!("billing"), &json!("viewer"), &json!("bo@example.com"), &json!("pending"), &Value::Null)
    );
    assert!(text(&invite, "expires_at").ends_with('Z'), "{invite}");
    let list = read(&micro, &["invite", "list", "--team", "billing"]);
    assert_eq!((&list[0]["id"], &list[0]["url"]), (&invite["id"], &Value::Null), "{list}");
    assert_eq!(read(&micro, &["invite", "list"]), list, "without a team it is every team's");
    // For people: the link alone is data, and what to do with it is said beside it.
    let said = micro.cli(&["invite", "create", "--team", "billing"]).ok();
    assert!(said.stdout.starts_with(&link) && said.stdout.lines().count() == 1, "{said:?}");
    for word in ["once", "`billing`", "member", "until 2", "shown only now"] {
        assert!(said.stderr.contains(word), "{said:?}");
    }
    let table = micro.cli(&["invite", "list", "--team", "billing"]).ok().stdout;
    for cell in ["TEAM", "bo@example.com", "anybody", "pending", text(&invite, "id")] {
        assert!(table.contains(cell), "{table}");
    }
    assert!(!table.contains(said.stdout.trim()), "{table}");
}

#[tokio::test]
async fn a_refused_row_keeps_none_of_the_others_back() {
    let micro = start();
    let arguments = ["invite", "create", "--team", "billing", "--email", "bo", "--email", "cy@example.com"];
    let mixed = run(&micro, &arguments);
    assert_eq!(mixed.code, 1, "{mixed:?}");
    let rows = mixed.json();
    assert_eq!(
        (&rows[0]["email"], &rows[0]["url"], &rows[1]["error"]),
        (&json!("bo"), &Value::Null, &Value::Null)
    );
    assert!(text(&rows[0], "error").contains("address"), "{rows}");
    assert_eq!(text(&rows[1], "email"), "cy@example.com");
    assert!(text(&rows[1], "url").contains("/invite/"), "{rows}");
    let said =
        micro.cli(&["invite", "create", "--team", "billing", "--email", "bo", "--email", "di@example.com"]);
    assert_eq!((said.code, said.stdout.lines().count()), (1, 1), "{said:?}");
    assert!(said.stderr.contains("error: bo is not invited"), "{said:?}");
}

#[tokio::test]
async fn invites_are_revoked_and_made_anew() {
    let micro = start();
    let invite = invite(&micro, &[]);
    let id = text(&invite, "id");
    let again = read(&micro, &["invite", "resend", id]);
    assert_eq!(again["id"], invite["id"]);
    assert_ne!(again["url"], invite["url"]);
    let said = micro.cli(&["invite", "resend", id]).ok();
    assert!(said.stdout.contains("/invite/") && said.stderr.contains("shown only now"), "{said:?}");
    assert_eq!(state(&micro, id), "pending");
    assert_eq!(read(&micro, &["invite", "revoke", id])["state"], "revoked");
    assert_eq!(state(&micro, id), "revoked");
    assert_eq!(micro.cli(&["invite", "revoke", id]).code, 73, "it is not pending");
    for arguments in [["invite", "revoke", "no-such-invite"], ["invite", "resend", "no-such-invite"]] {
        assert_eq!(micro.cli(&arguments).code, 69);
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_code() {
    let micro = start();
    for (arguments, code) in [
        (["--team", "billing", "--expires", "soon"], 2),
        (["--team", "billing", "--expires", "1m"], 67),
        (["--team", "billing", "--expires", "15d"], 67),
        (["--team", "billing", "--role", "boss"], 2),
        (["--team", "no-such-team", "--role", "viewer"], 69),
    ] {
        let refused = micro.cli(&[&["invite", "create"], arguments.as_slice()].concat());
        assert_eq!((refused.code, refused.stdout.as_str()), (code, ""), "{arguments:?}: {refused:?}");
        assert!(!refused.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(micro.cli(&["member", "list", "--team", "no-such-team"]).code, 69);
    assert_eq!(micro.cli(&["member", "role", "nobody", "admin", "--team", "billing"]).code, 69);
    let boss = micro.cli(&["member", "role", "nobody", "boss", "--team", "billing"]);
    assert!(boss.code == 2 && boss.stderr.contains("viewer, member, admin, owner"), "{boss:?}");
}

#[tokio::test]
async fn members_change_roles_and_leave() {
    let micro = start();
    let invite = invite(&micro, &["--role", "viewer"]);
    accept(&micro, &invite, "bo").await;
    assert_eq!(state(&micro, text(&invite, "id")), "accepted");
    assert_eq!(micro.cli(&["invite", "resend", text(&invite, "id")]).code, 73, "it was accepted");
    let raised = read(&micro, &["member", "role", "bo", "admin", "--team", "billing"]);
    assert_eq!((&raised["account"], &raised["role"]), (&json!("bo"), &json!("admin")));
    let owner = read(&micro, &["whoami"])["account"].clone();
    let owner = owner.as_str().unwrap();
    let last = micro.cli(&["member", "role", owner, "member", "--team", "billing"]);
    assert_eq!(last.code, 73, "a team keeps an owner: {last:?}");
    let unasked = micro.cli(&["member", "remove", "bo", "--team", "billing"]);
    assert!(unasked.code == 2 && unasked.stderr.contains("--yes"), "{unasked:?}");
    let removed = read(&micro, &["member", "remove", "bo", "--team", "billing", "--yes"]);
    assert_eq!(removed["account"], "bo");
    let left = read(&micro, &["member", "list", "--team", "billing"]);
    assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
}

/// Links are for people elsewhere, though the terminal beside the server takes the short way.
#[tokio::test]
async fn links_begin_with_the_public_address() {
    let micro = micro_support::Micro::start_with(world::program(), |command| {
        command.args(["--public-url", "https://micro.example.com/"]);
    });
    let made = read(&micro, &["invite", "create"]);
    assert!(text(&made[0], "url").starts_with("https://micro.example.com/invite/"), "{made}");
    let sign_in = read(&micro, &["login", "--browser"]);
    assert!(text(&sign_in, "sign_in").starts_with("https://micro.example.com/login?code="), "{sign_in}");
    assert!(text(&read(&micro, &["whoami"]), "server").starts_with("http://127.0.0.1:"));
}
