//! `micro bot`: the bots alone, and what sets them up.

use super::{Globals, server};
use crate::{
    failure::{Failure, say},
    options::{Bot, BotCommand, ChatPlatform, Output},
    output,
};
use micro_domain::identity::Credential;
use micro_server::{
    ChatSettings,
    bots::{self, Config, doctor, preview, setup},
};
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

/// Where the bots listen unless told otherwise: beside a server on the same machine.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);

pub(super) async fn run(globals: &Globals, options: Bot) -> Result<(), Failure> {
    let chat = server::chat::settings(Default::default(), Default::default());
    match options.command {
        None => alone(globals, options.listen, options.public_url, chat).await,
        Some(BotCommand::Setup { platform: ChatPlatform::Slack, public_url }) => slack(public_url.as_deref()),
        Some(BotCommand::Setup { platform: ChatPlatform::Discord, public_url }) => {
            discord(globals, &chat, public_url.as_deref()).await
        }
        Some(BotCommand::Doctor) => diagnose(globals, &chat).await,
        Some(BotCommand::Preview { line, html }) => show(globals, &line.join(" "), html.as_deref()).await,
    }
}

async fn alone(
    globals: &Globals,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    chat: ChatSettings,
) -> Result<(), Failure> {
    server::start_logging();
    let session = globals.session()?;
    let Some(Credential::Token(token)) = session.client.credential().cloned() else {
        return Err(Failure::usage(
            "no token: make one with `micro token create NAME --bot` and give it as --token",
        ));
    };
    let config = Config { listen: listen.unwrap_or(LISTEN), server: session.server, token, public_url, chat };
    let output = globals.output;
    let told = |url: &str| {
        let told = match output {
            Output::Json => output::line(&json!({"url": url}).to_string()),
            Output::Table => output::line(&format!("The bots are running; /readyz is at {url}")),
        };
        if let Err(failure) = told {
            failure.report();
        }
    };
    let ended = bots::run(config, server::interrupted(), told).await;
    ended.map_err(|error| Failure::local(server::chain(&error)))
}

fn slack(public_url: Option<&str>) -> Result<(), Failure> {
    output::json(&setup::slack_manifest(public_url))?;
    say(
        "1. Open https://api.slack.com/apps, \"Create New App\", \"From a manifest\", and paste the JSON above.",
    );
    say("2. \"Install to Workspace\". Copy the Bot User OAuth Token (xoxb-...) into MICRO_SLACK_BOT_TOKEN.");
    match public_url {
        None => say(
            "3. \"Basic Information\", \"App-Level Tokens\", \"Generate\" with the scope connections:write. \
             Copy it (xapp-...) into MICRO_SLACK_APP_TOKEN.",
        ),
        Some(_) => {
            say(
                "3. \"Basic Information\", \"App Credentials\": copy the Signing Secret into MICRO_SLACK_SIGNING_SECRET.",
            );
        }
    }
    say("4. Start `micro server`, then type /micro help in Slack. `micro bot doctor` says what is missing.");
    Ok(())
}

async fn discord(globals: &Globals, chat: &ChatSettings, public_url: Option<&str>) -> Result<(), Failure> {
    let options = chat.discord().map_err(local)?;
    let Some(options) = options else {
        say("1. Open https://discord.com/developers/applications, \"New Application\".");
        say(
            "2. \"Bot\", \"Reset Token\": copy it into MICRO_DISCORD_BOT_TOKEN, and run this again to register the commands.",
        );
        return Err(Failure::local("MICRO_DISCORD_BOT_TOKEN is not set"));
    };
    let registered = setup::discord(&options).await.map_err(local)?;
    if globals.output == Output::Json {
        return output::json(&json!({
            "application_id": registered.application_id, "changed": registered.changed, "invite": registered.invite,
        }));
    }
    output::line(if registered.changed {
        "The commands are registered."
    } else {
        "The commands were registered already."
    })?;
    output::line(&format!("Add the bot to your server: {}", registered.invite))?;
    match public_url {
        None => {
            say("Nothing else is needed: without a public key, interactions come over Discord's gateway.")
        }
        Some(url) => {
            let url = url.trim_end_matches('/');
            say(
                "Copy Public Key and Application ID from \"General Information\" into MICRO_DISCORD_PUBLIC_KEY and",
            );
            say(
                "MICRO_DISCORD_APPLICATION_ID, start the server, and set the Interactions Endpoint URL there to",
            );
            say(&format!("{url}/chat/discord/interaction"));
        }
    }
    Ok(())
}

async fn diagnose(globals: &Globals, chat: &ChatSettings) -> Result<(), Failure> {
    let (slack, discord) = (chat.slack().map_err(local)?, chat.discord().map_err(local)?);
    if slack.is_none() && discord.is_none() {
        return Err(Failure::local(
            "neither Slack nor Discord is configured: see `micro bot setup slack` and `micro bot setup discord`",
        ));
    }
    let checks = doctor::run(slack.as_ref(), discord.as_ref()).await;
    if globals.output == Output::Json {
        let row = |check: &doctor::Check| {
            json!({
                "platform": check.platform.word(), "check": check.name, "result": check.verdict.word(), "told": check.told,
            })
        };
        output::json(&checks.iter().map(row).collect::<Vec<_>>())?;
    } else {
        let row = |check: &doctor::Check| {
            vec![
                check.platform.name().to_owned(),
                check.name.to_owned(),
                check.verdict.word().to_owned(),
                check.told.clone(),
            ]
        };
        output::table(&["PLATFORM", "CHECK", "RESULT", ""], checks.iter().map(row))?;
    }
    if checks.iter().any(|check| check.verdict == doctor::Verdict::Bad) {
        return Err(Failure::Reported(std::process::ExitCode::FAILURE));
    }
    Ok(())
}

async fn show(globals: &Globals, line: &str, html: Option<&Path>) -> Result<(), Failure> {
    let session = globals.session()?;
    let line = line.trim().trim_start_matches("/micro").trim_start();
    let shown = preview::preview(line, session.client, &session.server).await?;
    if let Some(path) = html {
        std::fs::write(path, &shown.html)
            .map_err(|error| Failure::local(format!("cannot write {}: {error}", path.display())))?;
    }
    output::json(&shown.json())
}

fn local(error: impl std::error::Error) -> Failure {
    Failure::local(server::chain(&error))
}
