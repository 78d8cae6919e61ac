//! `micro whoami`: the account, server and credential in use.

use super::Globals;
use crate::{failure::Failure, options::Output, output};
use serde_json::json;

pub(super) async fn run(globals: &Globals) -> Result<(), Failure> {
    let session = globals.session()?;
    let who = session.client.identity().whoami().await?;
    if globals.output == Output::Json {
        return output::json(&json!({
            "account": who.account, "server": session.server, "credential": who.credential,
        }));
    }
    output::line(&output::plain(&format!(
        "account     {}\nserver      {}\ncredential  {} ({})",
        who.account, session.server, who.credential, who.credential_kind
    )))
}
