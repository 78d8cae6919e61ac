//! How a command fails: what is printed on stderr, and the exit code.

use micro_domain::Error;
use std::process::ExitCode;

/// Exit code of wrong usage, as clap's.
const USAGE: u8 = 2;
/// Exit codes of answers with an error begin here; the gRPC code is added.
const ANSWERED: u8 = 64;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something on this machine.
    Local(String),
    /// The command line is wrong.
    Usage(String),
    /// The server, or the service it called, answered with an error.
    Answered(Error),
    /// The reader of our output went away, as `head` does.
    OutputClosed,
    /// Told already; only the exit code is left.
    Reported(ExitCode),
}

impl Failure {
    pub(crate) fn local(message: impl Into<String>) -> Self {
        Self::Local(message.into())
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// Prints the failure and returns its exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Local(message) => {
                say(&format!("error: {message}"));
                ExitCode::FAILURE
            }
            Self::Usage(message) => {
                say(&format!("error: {message}"));
                ExitCode::from(USAGE)
            }
            Self::Answered(error) => {
                say(&format!("{}: {}", error.code, error.message));
                for violation in &error.violations {
                    say(&format!("  {}: {}", violation.field, violation.description));
                }
                ExitCode::from(ANSWERED.saturating_add(u8::try_from(error.code.number()).unwrap_or(0)))
            }
            Self::OutputClosed => ExitCode::SUCCESS,
            Self::Reported(code) => code,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Answered(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Local(error.to_string()),
        }
    }
}

/// One line on stderr; text from servers cannot control the terminal.
#[expect(clippy::print_stderr, reason = "the command line's way to speak to people")]
pub(crate) fn say(line: &str) {
    eprintln!("{}", crate::output::plain(line));
}
