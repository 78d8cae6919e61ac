//! The command tree of the first slice: what each command is called, takes and does, and where the dashboard does it.
//!
//! The dashboard's palette and shortcut sheet and the documentation are made from it.

use crate::identity::Permission;

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Its words after `micro`: `token create`.
    pub path: &'static [&'static str],
    /// Its arguments, as help prints them.
    pub arguments: &'static str,
    /// What it does, as an imperative.
    pub title: &'static str,
    /// What it demands of its caller.
    pub permission: Permission,
    /// The dashboard's page for it, if there is one.
    pub url: Option<&'static str>,
    /// The keys that open that page, pressed one after the other.
    pub keys: &'static [&'static str],
}

impl Command {
    /// As typed in a terminal: `micro token create NAME [--expires 90d]`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = String::from("micro");
        for word in self.path.iter().chain((!self.arguments.is_empty()).then_some(&self.arguments)) {
            line.push(' ');
            line.push_str(word);
        }
        line
    }

    /// Whether every word of `text` occurs in its title or its line, ignoring case.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let known = format!("{} {}", self.title, self.line()).to_lowercase();
        text.to_lowercase().split_whitespace().all(|word| known.contains(word))
    }
}

const fn command(
    path: &'static [&'static str],
    arguments: &'static str,
    title: &'static str,
    permission: Permission,
) -> Command {
    Command { path, arguments, title, permission, url: None, keys: &[] }
}

const fn page(command: Command, url: &'static str, keys: &'static [&'static str]) -> Command {
    Command { url: Some(url), keys, ..command }
}

/// Every command, in the order help lists them.
pub const COMMANDS: &[Command] = &[
    command(&["server"], "[--listen HOST:PORT] [--data DIR]", "Start Micro", Permission::Public),
    page(command(&["services"], "", "List services", Permission::ServicesRead), "/services", &["g", "s"]),
    command(&["describe"], "SERVICE [METHOD]", "Describe a service", Permission::ServicesRead),
    command(&["call"], "SERVICE METHOD [JSON]", "Call a method", Permission::ServicesCall),
    command(&["register"], "NAME --grpc HOST:PORT", "Register a service", Permission::ServicesRegister),
    command(&["deregister"], "NAME [--grpc HOST:PORT]", "Deregister a service", Permission::ServicesRegister),
    command(&["login"], "URL [--token TOKEN]", "Sign a terminal in", Permission::Public),
    command(&["login"], "--browser", "Sign a browser in", Permission::Account),
    command(&["whoami"], "", "Show the account in use", Permission::Account),
    page(
        command(&["token", "create"], "NAME [--expires 90d]", "Create an API token", Permission::Account),
        "/tokens#create",
        &["c", "t"],
    ),
    page(command(&["token", "list"], "", "List API tokens", Permission::Account), "/tokens", &["g", "t"]),
    page(
        command(&["token", "revoke"], "ID|NAME", "Revoke an API token", Permission::Account),
        "/tokens",
        &[],
    ),
    command(&["completions"], "SHELL", "Print shell completions", Permission::Public),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_typed_as_shown() {
        let create = COMMANDS.iter().find(|command| command.path == ["token", "create"]);
        assert_eq!(create.map(Command::line).as_deref(), Some("micro token create NAME [--expires 90d]"));
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
}
