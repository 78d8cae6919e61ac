//! How the commands about teams are read: `micro team`, `micro member` and `micro invite`.

use crate::complete;
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::engine::ArgValueCandidates;
use micro_domain::access::Role;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Team {
    List,
    Create { name: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Member {
    List {
        #[command(flatten)]
        within: Within,
    },
    Role {
        account: String,
        #[arg(value_parser = role())]
        role: Role,
        #[command(flatten)]
        within: Within,
    },
    Remove {
        account: String,
        #[command(flatten)]
        within: Within,
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Invite {
    Create {
        #[command(flatten)]
        within: Within,
        #[arg(long, value_name = "ROLE", value_parser = role(), default_value = Role::Member.word())]
        role: Role,
        #[arg(long = "email", value_name = "EMAIL")]
        emails: Vec<String>,
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        expires: Option<Duration>,
    },
    List {
        #[command(flatten)]
        within: Within,
    },
    Revoke {
        id: String,
    },
    Resend {
        id: String,
    },
}

/// The team that a command is about.
#[derive(Debug, Args)]
pub(crate) struct Within {
    #[arg(long, value_name = "TEAM", add = ArgValueCandidates::new(complete::teams))]
    pub(crate) team: Option<String>,
}

/// Reads a role; the shell completes it.
fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::word)).try_map(|word| word.parse::<Role>())
}
