//! `micro login`: chooses a server and stores its credential; with `--browser`, a link that signs a browser in.

use super::Globals;
use crate::{
    context::{Context, Contexts},
    failure::{Failure, say},
    options::{Login, Output},
    output,
};
use micro_client::Client;
use micro_domain::identity::{Credential, Secret};
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _};

pub(super) async fn run(globals: &Globals, options: Login) -> Result<(), Failure> {
    if options.browser {
        return browser(globals, options.url.as_deref()).await;
    }
    let Some(url) = options.url.clone().or_else(|| globals.server.clone()) else {
        return Err(Failure::usage("name the server: micro login URL (or --browser for a browser's link)"));
    };
    let url = url.trim_end_matches('/').to_owned();
    let token = Secret::new(match &globals.token {
        Some(token) => token.trim().to_owned(),
        None => ask()?,
    });
    let client = Client::connect(&url, Some(Credential::Token(token.clone())))
        .map_err(|error| Failure::usage(error.message))?;
    let who = client.identity().whoami().await?;
    let name = options.name.unwrap_or_else(|| host(&url).to_owned());
    let mut contexts = Contexts::load()?;
    contexts.contexts.insert(name.clone(), Context { server: url.clone(), token, public_url: None });
    contexts.current = Some(name.clone());
    contexts.save()?;
    if globals.output == Output::Json {
        return output::json(&json!({ "context": name, "server": url, "account": who.account }));
    }
    say(&format!("Signed in to {url} as {}; the context `{name}` is current.", who.account));
    Ok(())
}

/// Another link for the browser, so that nobody is locked out.
async fn browser(globals: &Globals, url: Option<&str>) -> Result<(), Failure> {
    let session = match url {
        Some(url) => crate::session::Session::open(Some(url), globals.token.as_deref())?,
        None => globals.session()?,
    };
    let link = session.client.identity().sign_in_link().await?;
    let sign_in = session.page(&format!("/login?code={}", link.code.reveal()));
    if globals.output == Output::Json {
        return output::json(&json!({ "sign_in": sign_in, "expires_at": output::time(link.expires_ms) }));
    }
    say("Open this link in your browser within 15 minutes; it works once:");
    output::line(&sign_in)
}

/// The token, asked of a person without showing it, otherwise the first line of stdin.
fn ask() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        let prompt = inquire::Password::new("Token:").without_confirmation();
        return prompt
            .prompt()
            .map(|token| token.trim().to_owned())
            .map_err(|error| Failure::local(error.to_string()));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    match line.trim() {
        "" => Err(Failure::usage("no token: give --token, or write it to stdin")),
        token => Ok(token.to_owned()),
    }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
