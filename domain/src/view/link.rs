//! Who speaks in chat, and how they are tied to an account.

use super::{Action, Card, Does, Field, Text, Tone, View};
use crate::{
    chat::{CODE_CHARACTERS, LinkRequest, Names, Person},
    identity::Whoami,
};

/// Who speaks, as they are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    /// By ids.
    pub person: Person,
    /// By names.
    pub names: Names,
}

impl Speaker {
    fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        let platform = self.person.platform().name();
        let workspace = match (self.names.workspace.as_str(), self.person.workspace()) {
            ("", "") => platform.to_owned(),
            ("", id) => format!("{platform} {id}"),
            (name, _) => format!("{platform} {name}"),
        };
        fields.push(Field::new("Chat", workspace));
        let user = self.person.user();
        fields.push(Field::new(
            "User",
            match self.names.user.as_str() {
                "" => user.to_owned(),
                name => format!("{name} ({user})"),
            },
        ));
        fields
    }
}

/// Who one is: the account, and how it was proved. `speaker` is who speaks in chat, `server` which server answers.
#[must_use]
pub fn whoami(who: &Whoami, server: &str, speaker: Option<&Speaker>) -> View {
    let mut fields = vec![
        Field::new("Account", &who.account),
        Field::new("Server", server),
        Field::new("Credential", format!("{} ({})", who.credential, who.credential_kind)),
    ];
    fields.extend(speaker.map(Speaker::fields).unwrap_or_default());
    View::Card(Card { tone: Tone::Good, title: who.account.clone(), fields, ..Card::default() })
}

/// What a chat user who is not linked is told.
#[must_use]
pub fn unlinked(speaker: &Speaker) -> View {
    View::Card(Card {
        tone: Tone::Warning,
        title: "You are not linked to an account".to_owned(),
        text: vec![Text::Plain(
            "Micro does here what your account may do, so it has to know which one is yours. It takes a minute.".to_owned(),
        )],
        fields: speaker.fields(),
        actions: vec![Action::primary("Link my account", Does::Type("link".to_owned()))],
        ..Card::default()
    })
}

/// The way to link: the page, and what to type afterwards.
#[must_use]
pub fn linking(request: &LinkRequest) -> View {
    let minutes = 10;
    View::Card(Card {
        title: "Link this chat user to your account".to_owned(),
        text: vec![
            Text::Plain(format!(
                "Open the page, sign in, and read the {CODE_CHARACTERS}-character code there. Then type it here:"
            )),
            Text::Command("link CODE".to_owned(), String::new()),
        ],
        notes: vec![format!(
            "The page works once and for {minutes} minutes, for you alone. Do not pass it on, and never type a code that somebody sent you."
        )],
        actions: vec![Action::primary("Open the page", Does::Open(format!("/link/{}", request.id)))],
        ..Card::default()
    })
}

/// What a chat user who was just linked is told.
#[must_use]
pub fn linked(account: &str, speaker: &Speaker) -> View {
    View::Card(Card {
        tone: Tone::Good,
        title: format!("You are linked to {account}"),
        text: vec![
            Text::Plain("What you type after /micro is done as that account.".to_owned()),
            Text::Command("services".to_owned(), "List services and how they are".to_owned()),
            Text::Command("unlink".to_owned(), "Take the link away".to_owned()),
        ],
        fields: speaker.fields(),
        ..Card::default()
    })
}
