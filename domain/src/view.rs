//! What is shown, without saying how: a result becomes a [`View`], and each surface has one renderer for views.
//!
//! Texts are plain. Escaping, length budgets and colours are the renderers'.

mod answer;
pub mod form;
mod help;
mod link;
mod picker;
mod service;
mod text;

pub use answer::{Calling, answer, confirmation, progress};
pub use help::help;
pub use link::{Speaker, linked, linking, unlinked, whoami};
pub use picker::{Picker, picker};
pub use service::{SERVICES_PAGE_MAX, ServiceRow, service, services};
pub use text::{plain, redact};

use crate::{Code, Error, catalog::Status, command::chat::Invocation};

/// Something to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// One thing and what is known of it.
    Card(Card),
    /// Many things of one kind.
    Table(Table),
}

/// How it is: never said by colour alone, since each tone has its glyph and the text says it too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Neutral,
    /// Well.
    Good,
    /// Not well.
    Bad,
    /// To be looked at.
    Warning,
}

impl Tone {
    /// A sign for places without colour; empty for neutral.
    #[must_use]
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Neutral => "",
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Warning => "!",
        }
    }
}

impl From<Status> for Tone {
    fn from(status: Status) -> Self {
        match status {
            Status::Up => Self::Good,
            Status::Failing => Self::Bad,
            Status::Unknown => Self::Warning,
        }
    }
}

/// One thing and what is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// How it is.
    pub tone: Tone,
    /// What it is.
    pub title: String,
    /// Paragraphs.
    pub text: Vec<Text>,
    /// Facts, most important first.
    pub fields: Vec<Field>,
    /// A piece of code or data.
    pub code: Option<Listing>,
    /// A choice among many names.
    pub picker: Option<Box<Picker>>,
    /// Small print.
    pub notes: Vec<String>,
    /// What can be done next.
    pub actions: Vec<Action>,
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Words.
    Plain(String),
    /// A command, to be typed as it stands, and what it does.
    Command(String, String),
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What is told.
    pub label: String,
    /// What it is.
    pub value: String,
}

/// Code or data, shown as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What it is written in: `json`.
    pub language: &'static str,
    /// The text.
    pub text: String,
    /// The name of a file that holds it, where it is too long to be shown.
    pub file: String,
}

/// Many things of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What they are.
    pub title: String,
    /// The columns' headings.
    pub columns: Vec<&'static str>,
    /// The things, a cell per column each.
    pub rows: Vec<Row>,
    /// What is said where there are none.
    pub empty: String,
    /// Small print.
    pub notes: Vec<String>,
    /// What can be done next.
    pub actions: Vec<Action>,
    /// The command that opens a row: the row's first cell is what it lacks.
    pub opens: Option<Box<Invocation>>,
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// How it is.
    pub tone: Tone,
    /// A cell per column.
    pub cells: Vec<String>,
}

/// Something that can be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it says.
    pub label: String,
    /// The one most people want.
    pub primary: bool,
    /// What it does.
    pub does: Does,
}

/// What an action does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Opens a page of the dashboard, by its path.
    Open(String),
    /// What typing this after `/micro` does.
    Type(String),
    /// Runs a command once somebody chose what it [lacks](Invocation::missing).
    Pick(Invocation),
    /// Opens the form of a method, filled with a request.
    Form {
        /// The service.
        service: String,
        /// The method's full name.
        method: String,
        /// The request as JSON.
        request: String,
    },
    /// Opens a form again that is kept under this id, with what was typed.
    Again(String),
    /// Makes a call that was shown before.
    Call {
        /// The service.
        service: String,
        /// The method's full name.
        method: String,
        /// The request as JSON.
        request: String,
    },
    /// Shows another page of the services.
    Page {
        /// What their names contain.
        query: String,
        /// How many come before it.
        from: usize,
    },
    /// Nothing, and takes the question away.
    Dismiss,
}

impl Action {
    pub(crate) fn new(label: impl Into<String>, does: Does) -> Self {
        Self { label: label.into(), primary: false, does }
    }

    pub(crate) fn primary(label: impl Into<String>, does: Does) -> Self {
        Self { label: label.into(), primary: true, does }
    }
}

impl Field {
    pub(crate) fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// A failure: what failed, and which fields were wrong.
#[must_use]
pub fn error(error: &Error) -> View {
    let fields = error.violations.iter().map(|wrong| Field::new(&wrong.field, &wrong.description));
    View::Card(Card {
        tone: Tone::Bad,
        title: title(error.code).to_owned(),
        text: vec![Text::Plain(redact(&error.message))],
        fields: fields.collect(),
        notes: vec![error.code.name().to_owned()],
        ..Card::default()
    })
}

/// A message of one sentence or two.
#[must_use]
pub fn message(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> View {
    View::Card(Card { tone, title: title.into(), text: vec![Text::Plain(text.into())], ..Card::default() })
}

const fn title(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument | Code::OutOfRange => "That does not work",
        Code::NotFound => "Not found",
        Code::PermissionDenied => "Not allowed",
        Code::Unauthenticated => "Not signed in",
        Code::Unavailable | Code::ResourceExhausted => "Not now",
        Code::DeadlineExceeded => "That took too long",
        _ => "That failed",
    }
}
