//! `micro completions SHELL`: the script that lets the shell ask `micro` for candidates.

use crate::{
    failure::Failure,
    options::{Completions, Shell},
};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

pub(super) fn run(options: Completions) -> Result<(), Failure> {
    let shell: &dyn EnvCompleter = match options.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Elvish => &Elvish,
        Shell::Powershell => &Powershell,
    };
    shell.write_registration(crate::complete::VARIABLE, "micro", "micro", "micro", &mut std::io::stdout())?;
    Ok(())
}
