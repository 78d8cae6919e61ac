//! `micro link`: chat users who speak as the account.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Link, Output},
    output,
};
use micro_domain::{chat, clock, when};
use serde_json::{Value, json};

pub(super) async fn run(globals: &Globals, command: Link) -> Result<(), Failure> {
    let mut chat = globals.session()?.client.chat();
    match command {
        Link::List => {
            let links = chat.links().await?;
            if globals.output == Output::Json {
                return output::json(&links.iter().map(record).collect::<Vec<_>>());
            }
            let now = clock::now_ms();
            let rows = links.iter().map(|link| row(link, now));
            output::table(&["PLATFORM", "WORKSPACE", "USER", "LINKED", "ID"], rows)
        }
        Link::Remove { id } => {
            let ended = chat.remove_link(&id).await?;
            if globals.output == Output::Json {
                return output::json(&record(&ended));
            }
            say(&format!("{} is no longer linked to your account.", ended.title()));
            Ok(())
        }
    }
}

fn record(link: &chat::Link) -> Value {
    json!({
        "id": link.id,
        "platform": link.person.platform().word(),
        "workspace": link.person.workspace(),
        "workspace_name": link.names.workspace,
        "user": link.person.user(),
        "user_name": link.names.user,
        "created": output::time(link.created_ms),
    })
}

fn row(link: &chat::Link, now_ms: i64) -> Vec<String> {
    let shown = |name: &str, id: &str| if name.is_empty() { id.to_owned() } else { format!("{name} ({id})") };
    let workspace = link.person.workspace();
    vec![
        link.person.platform().name().to_owned(),
        if workspace.is_empty() {
            link.names.workspace.clone()
        } else {
            shown(&link.names.workspace, workspace)
        },
        shown(&link.names.user, link.person.user()),
        when::relative(link.created_ms, now_ms),
        link.id.clone(),
    ]
}
