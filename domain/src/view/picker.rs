//! What a command lacks, as a choice.

use super::{Card, Text, View, help};
use crate::command::{Argument, Choices, chat::Invocation};
use std::sync::Arc;

/// A choice among many names. What is chosen is the first argument that a command lacks, and runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picker {
    /// What stands there until something is chosen.
    pub placeholder: String,
    /// The command so far.
    pub command: Invocation,
    /// The names there are, for places that do not ask for them while somebody types.
    pub names: Arc<[String]>,
}

/// Asks for the argument that a command lacks, and which is one of `names`.
#[must_use]
pub fn picker(command: Invocation, missing: &Argument, names: Arc<[String]>) -> View {
    let thing = match missing.choices {
        Some(Choices::Services) => "service",
        Some(Choices::Methods) => "method",
        _ => missing.name,
    };
    let title = match command.value("service") {
        Some(service) if missing.choices == Some(Choices::Methods) => format!("Which {thing} of {service}?"),
        _ => format!("Which {thing}?"),
    };
    let mut text = vec![help::line(command.command)];
    if names.is_empty() {
        text.push(Text::Plain(format!("There is no {thing} that you can choose.")));
    }
    let placeholder = format!("Choose a {thing}…");
    let picker = (!names.is_empty()).then(|| Box::new(Picker { placeholder, command, names }));
    View::Card(Card { title, text, picker, ..Card::default() })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::command::chat::parse;

    fn asked(line: &str, names: &[&str]) -> Card {
        let command = parse(line).unwrap();
        let missing = command.missing().unwrap();
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let View::Card(card) = picker(command, missing, names) else { panic!("no card") };
        card
    }

    #[test]
    fn it_asks_for_what_is_missing_and_keeps_the_rest() {
        let card = asked("run greeter name:Ann", &["hello"]);
        let picker = card.picker.unwrap();
        assert_eq!(
            (card.title.as_str(), picker.placeholder.as_str()),
            ("Which method of greeter?", "Choose a method…")
        );
        assert_eq!(picker.command, parse("run greeter name:Ann").unwrap());
        assert_eq!(asked("service", &["greeter"]).title, "Which service?");
    }

    #[test]
    fn nothing_to_choose_from_is_said() {
        let card = asked("call greeter", &[]);
        assert_eq!(card.picker, None);
        assert_eq!(
            card.text.last(),
            Some(&Text::Plain("There is no method that you can choose.".to_owned()))
        );
    }
}
