//! What can be typed in chat.

use super::{Action, Card, Does, Field, Text, View};
use crate::command::{Command, Surface, on};

/// All commands, or one and what it takes.
#[must_use]
pub fn help(command: Option<&'static Command>) -> View {
    let Some(command) = command else { return all() };
    let takes = |argument: &'static crate::command::Argument| {
        let need = if argument.required { "" } else { " (may be left out)" };
        Field::new(argument.name, format!("{}{need}", argument.help))
    };
    View::Card(Card {
        title: command.line_on(Surface::Chat),
        text: vec![Text::Plain(format!("{}.", command.title))],
        fields: command.arguments_on(Surface::Chat).map(takes).collect(),
        ..Card::default()
    })
}

/// How a command is typed, and what it does.
pub(super) fn line(command: &Command) -> Text {
    let line = command.line_on(Surface::Chat);
    let typed = line.strip_prefix("/micro ").unwrap_or(&line).to_owned();
    Text::Command(typed, command.title.to_owned())
}

fn all() -> View {
    View::Card(Card {
        title: "Micro".to_owned(),
        text: on(Surface::Chat).map(line).collect(),
        notes: vec!["Answers are seen by you alone. Fields are written name:value, or as JSON.".to_owned()],
        actions: vec![Action::primary("Services", Does::Type("services".to_owned()))],
        ..Card::default()
    })
}
