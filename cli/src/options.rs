//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, SubcommandCandidates};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::complete;

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
    /// Run a Micro server: platform, dashboard and base services in one process
    Server(Server),
    /// List services, their instances and how they are
    Services(Services),
    /// Show what a service offers
    Describe(Describe),
    /// Call a method
    Call(Call),
    /// Register a service's instance
    Register(Register),
    /// Remove a service's instances
    Deregister(Deregister),
    /// Choose a server and store its credential
    Login(Login),
    /// Show the account, server and credential in use
    Whoami,
    /// Manage API tokens
    #[command(subcommand)]
    Token(Token),
    /// Print the shell's completion script
    Completions(Completions),
    /// A service and its method
    #[command(external_subcommand)]
    Generated(Vec<String>),
}

#[derive(Debug, Args)]
pub(crate) struct Server {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "MICRO_LISTEN", value_name = "HOST:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where to keep data [default: the platform's data directory]
    #[arg(long, env = "MICRO_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A TOML file with any of: listen, data, public_url, allow_loopback_upstreams, database
    #[arg(long, env = "MICRO_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The base of every link handed out [default: http:// and the listening address]
    #[arg(long, env = "MICRO_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// PostgreSQL to keep state in [default: SQLite in the data directory]
    #[arg(long, env = "MICRO_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Accept services on this machine's loopback addresses while listening on others
    #[arg(long)]
    pub(crate) allow_loopback_upstreams: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Services {
    /// Only services whose name contains this
    pub(crate) query: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Describe {
    /// The service
    #[arg(add = ArgValueCandidates::new(complete::services))]
    pub(crate) service: String,
    /// Only this method: `Method`, `package.Service.Method` or `package.Service/Method`
    #[arg(add = ArgValueCandidates::new(complete::methods))]
    pub(crate) method: Option<String>,
    /// The version to describe [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The service
    #[arg(add = ArgValueCandidates::new(complete::services))]
    pub(crate) service: String,
    /// `Method`, `package.Service.Method` or `package.Service/Method`
    #[arg(add = ArgValueCandidates::new(complete::methods))]
    pub(crate) method: String,
    /// The request as JSON, or - to read it from stdin; several values for a method that takes a stream
    pub(crate) body: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
    /// Only instances of this version
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
}

/// How a call is made.
#[derive(Debug, Default, Args)]
pub(crate) struct How {
    /// Metadata to send along; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    pub(crate) headers: Vec<String>,
    /// The deadline, such as 500ms, 5s or 2m [default for unary calls: 30s]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The service's name
    pub(crate) name: String,
    /// Where the instance listens for gRPC
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) grpc: String,
    /// The version it runs
    #[arg(long, value_name = "VERSION", default_value = "")]
    pub(crate) version: String,
    /// A FileDescriptorSet with imports, for services without reflection
    #[arg(long, value_name = "FILE")]
    pub(crate) descriptors: Option<PathBuf>,
    /// Stay, renew the registration, and remove it when interrupted
    #[arg(long)]
    pub(crate) lease: bool,
    /// How long the registration outlives this command with --lease
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "30s", requires = "lease")]
    pub(crate) ttl: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Deregister {
    /// The service's name
    #[arg(add = ArgValueCandidates::new(complete::services))]
    pub(crate) name: String,
    /// Only the instance at this address
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) grpc: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The server, such as `https://micro.example.com`
    pub(crate) url: Option<String>,
    /// What to call it [default: its host name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Print a link that signs your browser in to the current server
    #[arg(long)]
    pub(crate) browser: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token; its secret is shown once
    Create {
        /// What to call it
        name: String,
        /// How long it lives, such as 30d; at most 366d [default: 90d]
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        expires: Option<Duration>,
    },
    /// List your tokens
    List,
    /// End a token, by id or name
    Revoke {
        /// Its id or name
        // Not `token`: that is the name of the global flag, and both would be one argument.
        #[arg(value_name = "TOKEN")]
        which: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
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
