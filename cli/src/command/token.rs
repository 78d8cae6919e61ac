//! `micro token`: API tokens.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Output, Token, millis},
    output,
};
use micro_domain::{clock, when};
use serde_json::json;

pub(super) async fn run(globals: &Globals, command: Token) -> Result<(), Failure> {
    let mut identity = globals.session()?.client.identity();
    match command {
        Token::Create { name, expires, bot } => {
            let lifetime = expires.map(millis);
            let new = if bot {
                identity.create_bot_token(&name, lifetime).await?
            } else {
                identity.create_token(&name, lifetime).await?
            };
            if globals.output == Output::Json {
                let token = &new.token;
                return output::json(&json!({
                    "token": new.secret.reveal(), "id": token.id, "name": token.name, "prefix": token.prefix,
                    "expires_at": output::time(token.expires_ms), "bot": token.bot,
                }));
            }
            say(&format!(
                "Token `{}` expires {}. It is shown only now:",
                new.token.name,
                output::time(new.token.expires_ms)
            ));
            output::line(new.secret.reveal())
        }
        Token::List => {
            let tokens = identity.tokens().await?;
            if globals.output == Output::Json {
                let rows = tokens.iter().map(|token| json!({
                    "id": token.id, "name": token.name, "prefix": token.prefix,
                    "expires_at": output::time(token.expires_ms), "last_used": token.last_used_ms.map(output::time),
                    "bot": token.bot,
                }));
                return output::json(&rows.collect::<Vec<_>>());
            }
            let now = clock::now_ms();
            let rows = tokens.iter().map(|token| {
                vec![
                    token.name.clone(),
                    if token.bot { "bot" } else { "member" }.to_owned(),
                    token.prefix.clone(),
                    when::relative(token.expires_ms, now),
                    token.last_used_ms.map_or_else(|| "never".to_owned(), |ms| when::relative(ms, now)),
                    token.id.clone(),
                ]
            });
            output::table(&["NAME", "FOR", "PREFIX", "EXPIRES", "LAST USED", "ID"], rows)
        }
        Token::Revoke { id } => {
            let ended = identity.revoke_token(&id).await?;
            if globals.output == Output::Json {
                return output::json(&json!({ "id": ended.id, "name": ended.name }));
            }
            say(&format!("Token `{}` is revoked.", ended.name));
            Ok(())
        }
    }
}
