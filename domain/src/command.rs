//! The command tree: what each command is called, takes and does, and where the dashboard does it.
//!
//! The command line's help and completion, the dashboard's palette and shortcut sheet, the bot's help, Slack's manifest and
//! Discord's registration are made from it. A word is said here once.

pub mod chat;
pub mod generated;
mod tree;

pub use tree::{COMMANDS, GROUPS};

use crate::identity::Permission;

/// Where a command is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// In a terminal, after `micro`.
    Terminal,
    /// In Slack or Discord, after `/micro`.
    Chat,
}

/// How an argument is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// By its place.
    Positional,
    /// By its name, with a value: `--grpc HOST:PORT`.
    Flag,
    /// By its name alone: `--lease`.
    Switch,
}

/// Where there is a list of what an argument may be: of which things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choices {
    /// The services that the caller sees.
    Services,
    /// The methods of the service that the command's `service` names.
    Methods,
    /// The fields of that method's request.
    Fields,
    /// The commands themselves.
    Commands,
}

/// What a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Its name: `grpc`, as in `--grpc`.
    pub name: &'static str,
    /// How it is given.
    pub shape: Shape,
    /// What stands for its value in help: `HOST:PORT`; empty for a switch.
    pub value: &'static str,
    /// Whether the command needs it.
    pub required: bool,
    /// What it is, in one line.
    pub help: &'static str,
    /// What it is chosen from; none for what is made up.
    pub choices: Option<Choices>,
    /// Where the command takes it.
    pub surfaces: &'static [Surface],
}

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Its words after `micro`: `token create`.
    pub path: &'static [&'static str],
    /// What it takes, in the order help lists it.
    pub arguments: &'static [Argument],
    /// What it does, as an imperative.
    pub title: &'static str,
    /// What it demands of its caller.
    pub permission: Permission,
    /// The dashboard's page for it, if there is one.
    pub url: Option<&'static str>,
    /// The keys that open that page, pressed one after the other.
    pub keys: &'static [&'static str],
    /// Where it is typed.
    pub surfaces: &'static [Surface],
}

impl Command {
    /// As typed in a terminal: `micro token create NAME [OPTIONS]`.
    #[must_use]
    pub fn line(&self) -> String {
        self.line_on(Surface::Terminal)
    }

    /// As typed on a surface: `/micro services [QUERY]` in chat.
    #[must_use]
    pub fn line_on(&self, surface: Surface) -> String {
        let program = if surface == Surface::Chat { "/micro" } else { "micro" };
        let mut words = vec![program.to_owned()];
        words.extend(self.path.iter().map(|word| (*word).to_owned()));
        let mut more = false;
        for argument in self.arguments_on(surface) {
            match argument.shape {
                Shape::Positional if argument.required => words.push(argument.value.to_owned()),
                Shape::Positional => words.push(format!("[{}]", argument.value)),
                Shape::Flag if argument.required => {
                    words.push(format!("--{} {}", argument.name, argument.value));
                }
                Shape::Flag | Shape::Switch => more = true,
            }
        }
        if more {
            words.push("[OPTIONS]".to_owned());
        }
        words.join(" ")
    }

    /// Whether it is typed on this surface.
    #[must_use]
    pub fn is_on(&self, surface: Surface) -> bool {
        self.surfaces.contains(&surface)
    }

    /// What it takes on this surface.
    pub fn arguments_on(&self, surface: Surface) -> impl Iterator<Item = &'static Argument> {
        self.arguments.iter().filter(move |argument| argument.surfaces.contains(&surface))
    }

    /// The argument called `name`.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// Whether every word of `text` occurs in its title or its line, ignoring case.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let known = format!("{} {}", self.title, self.line()).to_lowercase();
        text.to_lowercase().split_whitespace().all(|word| known.contains(word))
    }
}

/// The commands of a surface, in the order help lists them.
pub fn on(surface: Surface) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |command| command.is_on(surface))
}

/// The command with these words.
#[must_use]
pub fn find(path: &[&str]) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_typed_as_shown() {
        let line = |path: &[&str]| find(path).map(Command::line).unwrap_or_default();
        assert_eq!(line(&["token", "create"]), "micro token create NAME [OPTIONS]");
        assert_eq!(line(&["register"]), "micro register NAME --grpc HOST:PORT [OPTIONS]");
        assert_eq!(line(&["describe"]), "micro describe SERVICE [METHOD] [OPTIONS]");
        assert_eq!(line(&["whoami"]), "micro whoami");
    }

    #[test]
    fn every_word_must_match() {
        let found = |text| COMMANDS.iter().filter(|command| command.matches(text)).count();
        assert_eq!(found("token CREATE"), 1);
        assert_eq!(found("token list nothing"), 0);
        assert_eq!(found(""), COMMANDS.len());
    }

    #[test]
    fn keys_are_unambiguous() {
        let mut keys: Vec<_> =
            COMMANDS.iter().map(|command| command.keys).filter(|keys| !keys.is_empty()).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn a_surface_takes_its_own_arguments() {
        let call = find(&["call"]).map(|call| call.line_on(Surface::Chat)).unwrap_or_default();
        assert_eq!(call, "/micro call SERVICE METHOD [BODY]");
        assert!(on(Surface::Chat).all(|command| command.path.len() == 1), "chat's commands are single words");
        let mut paths: Vec<_> = COMMANDS.iter().map(|command| command.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), COMMANDS.len());
    }

    #[test]
    fn names_are_words_and_help_is_a_line() {
        for command in COMMANDS {
            assert!(!command.title.ends_with('.'), "{}", command.title);
            for argument in command.arguments {
                let word = |c: char| c.is_ascii_lowercase() || c == '-';
                assert!(argument.name.chars().all(word), "{}", argument.name);
                assert_eq!(argument.value.is_empty(), argument.shape == Shape::Switch, "{}", argument.name);
                assert!(!argument.help.is_empty() && !argument.help.contains('\n'), "{}", argument.name);
            }
        }
    }
}
