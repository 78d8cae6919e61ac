//! `micro whoami`: the account, server and credential in use.

use super::Globals;
use crate::{failure::Failure, options::Output, output};
use micro_domain::view::{self, Field, View};
use serde_json::json;

pub(super) async fn run(globals: &Globals) -> Result<(), Failure> {
    let session = globals.session()?;
    let who = session.client.identity().whoami().await?;
    if globals.output == Output::Json {
        return output::json(&json!({
            "account": who.account, "server": session.server, "credential": who.credential,
        }));
    }
    let View::Card(card) = view::whoami(&who, &session.server, None) else { return Ok(()) };
    let width = card.fields.iter().map(|field| field.label.len()).max().unwrap_or_default();
    let line = |field: &Field| format!("{:width$}  {}", field.label.to_lowercase(), field.value);
    output::line(&output::plain(&card.fields.iter().map(line).collect::<Vec<_>>().join("\n")))
}
