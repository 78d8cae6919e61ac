//! Shell completion: asks the server for services, methods, flags and enum values.
//!
//! The shell waits for the answer while a person types, so the server gets little time and silence is an answer.

use crate::{options::command_line, session::Session};
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::{CompleteEnv, CompletionCandidate};
use micro_client::Client;
use micro_domain::{
    Error,
    arguments::{self, kebab},
    command::generated::short,
    schema::{Description, GrpcService, Method, Schema},
};
use std::{future::Future, time::Duration};

/// The variable by which the shell asks.
pub(crate) const VARIABLE: &str = "MICRO_COMPLETE";
/// Longest wait for the server, in milliseconds.
const PATIENCE_MS: u64 = 800;

/// Answers the shell and exits, when it is the shell that asks.
pub(crate) fn answer_shell() {
    CompleteEnv::with_factory(command).var(VARIABLE).complete();
}

/// The command line with, where the words name a service, that service's methods and flags in it.
fn command() -> Command {
    let command = command_line();
    let words: Vec<String> = std::env::args().skip_while(|word| word != "--").skip(2).collect();
    let Some(word) = words.iter().find(|word| !word.starts_with('-')) else { return command };
    let built_in = command.get_subcommands().any(|known| known.get_name() == word);
    // The last word is still being typed.
    if built_in || words.last() == Some(word) {
        return command;
    }
    let word = word.clone();
    match ask(|client| async move { client.describe(&word).await.map(|found| (word, found)) }) {
        Some((word, description)) => command.subcommand(service_command(&word, &description)),
        None => command,
    }
}

fn service_command(word: &str, description: &Description) -> Command {
    let schema = &description.schema;
    let mut command = Command::new(word.to_owned()).disable_help_subcommand(true);
    if schema.services.len() > 1 {
        for service in &schema.services {
            command = command.subcommand(grpc_command(schema, service));
        }
    }
    for method in schema.methods() {
        let name = kebab(&method.name);
        let taken = command.get_subcommands().any(|known| known.get_name() == name);
        if !taken && schema.methods().filter(|other| other.name == method.name).count() == 1 {
            command = command.subcommand(method_command(schema, method));
        }
    }
    command
}

fn grpc_command(schema: &Schema, service: &GrpcService) -> Command {
    let command = Command::new(kebab(short(&service.name)))
        .about(first_line(&service.comment))
        .disable_help_subcommand(true);
    service.methods.iter().fold(command, |command, method| command.subcommand(method_command(schema, method)))
}

fn method_command(schema: &Schema, method: &Method) -> Command {
    let mut command = Command::new(kebab(&method.name)).about(first_line(&method.comment));
    for flag in arguments::flags(schema, method) {
        if ["help", "json"].contains(&flag.name.as_str()) {
            continue;
        }
        let arg = Arg::new(flag.name.clone()).long(flag.name.clone()).help(first_line(&flag.comment));
        command = command.arg(match (flag.value.is_empty(), flag.values.is_empty()) {
            (true, _) => arg.action(ArgAction::SetTrue),
            (false, true) => arg.action(ArgAction::Append).value_hint(ValueHint::Other),
            (false, false) => arg
                .action(ArgAction::Append)
                .value_parser(clap::builder::PossibleValuesParser::new(flag.values)),
        });
    }
    command.arg(Arg::new("json").long("json").help("The whole request"))
}

fn first_line(comment: &str) -> String {
    comment.lines().next().unwrap_or_default().to_owned()
}

/// The services there are, as candidates.
pub(crate) fn services() -> Vec<CompletionCandidate> {
    let catalog = ask(|client| async move { client.registry().list().await });
    let services = catalog.map(|catalog| catalog.services).unwrap_or_default();
    services
        .iter()
        .map(|service| CompletionCandidate::new(&service.name).help(Some(service.status().word().into())))
        .collect()
}

/// The teams that the account knows, as candidates.
pub(crate) fn teams() -> Vec<CompletionCandidate> {
    let teams = ask(|client| async move { client.teams().list().await }).unwrap_or_default();
    teams.into_iter().map(|team| CompletionCandidate::new(team.name)).collect()
}

/// The methods of the service among the words typed, as candidates.
pub(crate) fn methods() -> Vec<CompletionCandidate> {
    let words: Vec<String> = std::env::args().skip_while(|word| word != "--").skip(2).collect();
    let at = words.iter().position(|word| word == "call" || word == "describe");
    let Some(service) = at.and_then(|at| words.get(at + 1)).cloned() else { return Vec::new() };
    let description = ask(|client| async move { client.describe(&service).await });
    let schema = description.map(|description| description.schema).unwrap_or_default();
    let unique = |method: &&Method| schema.methods().filter(|other| other.name == method.name).count() == 1;
    let name = |method: &Method| if unique(&method) { method.name.clone() } else { method.full_name() };
    schema
        .methods()
        .map(|method| CompletionCandidate::new(name(method)).help(Some(first_line(&method.comment).into())))
        .collect()
}

/// Asks the server the environment or the current context names; none without one, in case of an error, or too late.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn ask<T, F>(question: impl FnOnce(Client) -> F) -> Option<T>
where
    F: Future<Output = Result<T, Error>>,
{
    let variable = |name| std::env::var(name).ok();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        // A client is made inside the runtime that it will use.
        let session =
            Session::open(variable("MICRO_SERVER").as_deref(), variable("MICRO_TOKEN").as_deref()).ok()?;
        let answer = tokio::time::timeout(Duration::from_millis(PATIENCE_MS), question(session.client)).await;
        answer.ok()?.ok()
    })
}
