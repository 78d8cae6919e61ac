//! The command line: how each command's arguments are read. What they are called and what help says of them is
//! `micro_domain::command`'s, as for every other surface.

mod team;

pub(crate) use team::{Invite, Member, Team, Within};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, SubcommandCandidates};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::complete;
use micro_domain::command::{self, Surface};

/// Share, find, call and watch your team's services.
///
/// A word that is no command is a service's name: `micro helloworld hello --name Ann`, `micro url --help`.
#[derive(Debug, Parser)]
#[command(
    name = "micro",
    version,
    subcommand_value_name = "COMMAND | SERVICE",
    arg_required_else_help = true
)]
#[command(add = SubcommandCandidates::new(complete::services))]
pub(crate) struct Options {
    /// The Micro server, such as `http://127.0.0.1:8080` [default: the current context's]
    #[arg(long, global = true, env = "MICRO_SERVER", value_name = "URL", hide_env_values = true)]
    pub(crate) server: Option<String>,

    /// The API token [default: the current context's, while --server is not given]
    #[arg(long, global = true, env = "MICRO_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,

    /// How to print data
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Table, value_name = "FORMAT")]
    pub(crate) output: Output,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Table,
    /// For scripts
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Server(Server),
    Services(Services),
    Describe(Describe),
    Call(Call),
    Register(Register),
    Deregister(Deregister),
    Login(Login),
    Whoami,
    #[command(subcommand)]
    Token(Token),
    #[command(subcommand)]
    Link(Link),
    #[command(subcommand)]
    Team(Team),
    #[command(subcommand)]
    Member(Member),
    #[command(subcommand)]
    Invite(Invite),
    Bot(Bot),
    Completions(Completions),
    #[command(external_subcommand)]
    Generated(Vec<String>),
}

#[derive(Debug, Args)]
pub(crate) struct Server {
    #[arg(long, env = "MICRO_LISTEN", value_name = "HOST:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    #[arg(long, env = "MICRO_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[arg(long, env = "MICRO_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, env = "MICRO_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    #[arg(long, env = "MICRO_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    #[arg(long)]
    pub(crate) allow_loopback_upstreams: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Services {
    pub(crate) query: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Describe {
    #[arg(add = ArgValueCandidates::new(complete::services))]
    pub(crate) service: String,
    #[arg(add = ArgValueCandidates::new(complete::methods))]
    pub(crate) method: Option<String>,
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    #[arg(add = ArgValueCandidates::new(complete::services))]
    pub(crate) service: String,
    #[arg(add = ArgValueCandidates::new(complete::methods))]
    pub(crate) method: String,
    pub(crate) body: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
}

/// How a call is made.
#[derive(Debug, Default, Args)]
pub(crate) struct How {
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    pub(crate) headers: Vec<String>,
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Register {
    pub(crate) name: String,
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) grpc: String,
    #[arg(long, value_name = "VERSION", default_value = "")]
    pub(crate) version: String,
    #[arg(long, value_name = "FILE")]
    pub(crate) descriptors: Option<PathBuf>,
    #[arg(long)]
    pub(crate) lease: bool,
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "30s", requires = "lease")]
    pub(crate) ttl: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Deregister {
    #[arg(add = ArgValueCandidates::new(complete::services))]
    pub(crate) name: String,
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) grpc: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    pub(crate) url: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[arg(long)]
    pub(crate) browser: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    Create {
        name: String,
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        expires: Option<Duration>,
        #[arg(long)]
        bot: bool,
    },
    List,
    Revoke {
        // Not `token`: that is the name of the global flag, and both would be one argument.
        #[arg(value_name = "TOKEN")]
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Link {
    List,
    Remove { id: String },
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bot {
    #[arg(long, env = "MICRO_LISTEN", value_name = "HOST:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    #[arg(long, env = "MICRO_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Option<BotCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BotCommand {
    Setup {
        #[arg(value_enum)]
        platform: ChatPlatform,
        #[arg(long, env = "MICRO_PUBLIC_URL", value_name = "URL")]
        public_url: Option<String>,
    },
    Doctor,
    Preview {
        #[arg(required = true, value_name = "COMMAND")]
        line: Vec<String>,
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
}

/// A chat platform.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ChatPlatform {
    /// Slack
    Slack,
    /// Discord
    Discord,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// A shell completion is offered for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// elvish
    Elvish,
    /// PowerShell
    Powershell,
}

/// A time as the platform takes it; one that is too long for it is as long as can be.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The command line with its help.
pub(crate) fn command_line() -> clap::Command {
    let mut line = Options::command();
    for (group, title) in command::GROUPS {
        line = line.mut_subcommand(group, |group| group.about(*title));
    }
    command::on(Surface::Terminal).fold(line, |line, known| described(line, known, known.path))
}

/// `line` with what is known of the command that `path` leads to.
fn described(line: clap::Command, known: &'static command::Command, path: &[&'static str]) -> clap::Command {
    let Some((first, rest)) = path.split_first() else {
        return line.about(known.title).mut_args(|argument| {
            match name(&argument).and_then(|name| known.argument(name)) {
                Some(known) => argument.help(known.help),
                None => argument,
            }
        });
    };
    line.mut_subcommand(first, |command| described(command, known, rest))
}

/// What an argument is called: its long name, or its place's.
fn name(argument: &clap::Arg) -> Option<&str> {
    if argument.is_positional() { Some(argument.get_id().as_str()) } else { argument.get_long() }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use micro_domain::command::Shape;
    use std::collections::BTreeSet;

    /// The paths of all commands that clap knows.
    fn paths(line: &clap::Command, before: &[String], found: &mut BTreeSet<Vec<String>>) {
        for command in line.get_subcommands() {
            let path = [before, &[command.get_name().to_owned()]].concat();
            if command.has_subcommands() {
                paths(command, &path, found);
            }
            if !command.is_subcommand_required_set() {
                found.insert(path);
            }
        }
    }

    #[test]
    fn the_command_line_has_the_tree_s_commands() {
        let (mut found, line) = (BTreeSet::new(), command_line());
        paths(&line, &[], &mut found);
        let known: BTreeSet<Vec<String>> = command::on(Surface::Terminal)
            .map(|one| one.path.iter().map(|word| (*word).to_owned()).collect())
            .collect();
        assert_eq!(found, known);
    }

    #[test]
    fn commands_take_what_the_tree_says() {
        for known in command::on(Surface::Terminal) {
            let mut line = command_line();
            for word in known.path {
                line = line.find_subcommand(word).unwrap().clone();
            }
            let taken: BTreeSet<&str> = line.get_arguments().filter_map(name).collect();
            let said: BTreeSet<&str> =
                known.arguments_on(Surface::Terminal).map(|argument| argument.name).collect();
            assert_eq!(taken, said, "{:?}", known.path);
            for argument in line.get_arguments() {
                let said = known.argument(name(argument).unwrap()).unwrap();
                assert_eq!(argument.is_required_set(), said.required, "{:?} {}", known.path, said.name);
                assert_eq!(argument.is_positional(), said.shape == Shape::Positional, "{}", said.name);
                assert_eq!(
                    argument.get_action().takes_values(),
                    said.shape != Shape::Switch,
                    "{}",
                    said.name
                );
                let value = argument.get_value_names().and_then(|names| names.first());
                if said.shape != Shape::Switch {
                    let value = value.map_or_else(|| said.name.to_uppercase(), ToString::to_string);
                    assert_eq!(value, said.value, "{:?}", known.path);
                }
                assert_eq!(argument.get_help().unwrap().to_string(), said.help);
            }
        }
    }
}
