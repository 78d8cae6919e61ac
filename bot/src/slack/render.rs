//! Views as Block Kit. Everything that others wrote arrives as text: entities escaped, formatting broken, fences kept in.

mod text;

use super::blocks::{Block, Cell, Choice, Element, Message, Mrkdwn};
use crate::actions::{Buttons, Carried};
use micro_domain::command::chat::Invocation;
use micro_domain::view::{Action, Card, Does, Field, Listing, Picker, Row, Table, Text, Tone, View};
use text::{code, escape};
pub(super) use text::{cut, plain_text};

/// Characters of a whole message: about 13,200 are refused as too many.
const MESSAGE_MAX: usize = 12_000;
/// Characters of a header.
const HEADER_MAX: usize = 150;
/// Characters of a section.
const SECTION_MAX: usize = 3_000;
/// Fields of a section, and characters of one; Slack takes 2,000.
const FIELDS_MAX: usize = 10;
const FIELD_MAX: usize = 500;
/// Characters of code in a section, fences included.
const CODE_MAX: usize = 2_900;
/// Characters of small print.
const NOTES_MAX: usize = 1_000;
/// Buttons of a row, and characters of one.
const BUTTONS_MAX: usize = 25;
const BUTTON_MAX: usize = 75;
/// Longest address of a button, in characters.
const URL_MAX: usize = 3_000;
/// Options of a menu, and characters of what one stands for.
const OPTIONS_MAX: usize = 100;
const VALUE_MAX: usize = 150;
/// Characters of what stands in a menu until something is chosen.
const PLACEHOLDER_MAX: usize = 150;
/// Rows of a table without its head, and characters of a cell.
const ROWS_MAX: usize = 99;
const CELL_MAX: usize = 60;

/// A sentence as a message.
pub(super) fn sentence(text: &str) -> Message {
    Message { text: escape(text), ..Message::default() }
}

/// A view as a message's text and blocks.
pub(crate) fn message(view: &View, buttons: &Buttons<'_>) -> Message {
    let mut page = Page { blocks: Vec::new(), left: MESSAGE_MAX };
    let text = match view {
        View::Card(card) => {
            page.card(card, buttons);
            summary(&card.title, card.text.first())
        }
        View::Table(table) => {
            page.table(table, buttons);
            format!("{}: {}", table.title, table.rows.len())
        }
    };
    Message { text: cut(&escape(&text), SECTION_MAX), blocks: page.blocks, ..Message::default() }
}

fn summary(title: &str, first: Option<&Text>) -> String {
    match first {
        Some(Text::Plain(text)) => format!("{title}: {text}"),
        _ => title.to_owned(),
    }
}

/// Blocks, and how many characters may still come.
struct Page {
    blocks: Vec<Block>,
    left: usize,
}

impl Page {
    /// Adds a block that weighs so many characters, if there is room for it.
    fn add(&mut self, weight: usize, block: Block) -> bool {
        if weight > self.left {
            return false;
        }
        self.left -= weight;
        self.blocks.push(block);
        true
    }

    fn header(&mut self, tone: Tone, title: &str) {
        let title = format!("{} {title}", tone.glyph());
        let title = cut(title.trim(), HEADER_MAX);
        self.add(title.chars().count(), Block::Header { text: plain_text(&title) });
    }

    fn section(&mut self, text: &str) -> bool {
        let section = Block::Section { text: Some(Mrkdwn::verbatim(text.to_owned())), fields: Vec::new() };
        text.is_empty() || self.add(text.chars().count(), section)
    }

    fn card(&mut self, card: &Card, buttons: &Buttons<'_>) {
        self.header(card.tone, &card.title);
        self.section(&cut(&paragraphs(&card.text), SECTION_MAX));
        for fields in card.fields.chunks(FIELDS_MAX) {
            self.fields(fields);
        }
        let mut notes = card.notes.clone();
        if let Some(listing) = &card.code
            && !self.listing(listing)
        {
            let characters = listing.text.chars().count();
            notes.push(format!("{} has {characters} characters, too many to be shown here", listing.file));
        }
        if let Some(picker) = &card.picker {
            self.picker(picker, buttons);
        }
        self.notes(&notes);
        self.actions(&card.actions, buttons);
    }

    fn picker(&mut self, picker: &Picker, buttons: &Buttons<'_>) {
        let Carried::Id(id) = buttons.carry(&Does::Pick(picker.command.clone())) else { return };
        let menu = Element::ExternalSelect {
            action_id: "pick",
            placeholder: plain_text(&cut(&picker.placeholder, PLACEHOLDER_MAX)),
            // Slack asks only after three letters otherwise.
            min_query_length: 0,
        };
        self.add(PLACEHOLDER_MAX, Block::Actions { block_id: Some(id), elements: vec![menu] });
    }

    fn fields(&mut self, fields: &[Field]) {
        let text = |field: &Field| {
            let value = cut(&escape(&field.value), FIELD_MAX);
            format!("*{}*\n{}", escape(&field.label), if value.is_empty() { "–" } else { &value })
        };
        let texts: Vec<String> = fields.iter().map(text).collect();
        let weight = texts.iter().map(|text| text.chars().count()).sum();
        let fields = texts.into_iter().map(Mrkdwn::verbatim).collect();
        self.add(weight, Block::Section { text: None, fields });
    }

    /// Code as a whole, or not at all: half a JSON document says something else.
    fn listing(&mut self, listing: &Listing) -> bool {
        let text = code(&listing.text);
        text.chars().count() <= CODE_MAX && self.section(&text)
    }

    fn notes(&mut self, notes: &[String]) {
        let text = cut(&escape(&notes.join(" · ")), NOTES_MAX);
        if !text.is_empty() {
            let weight = text.chars().count();
            self.add(weight, Block::Context { elements: vec![Mrkdwn::verbatim(text)] });
        }
    }

    fn actions(&mut self, actions: &[Action], buttons: &Buttons<'_>) {
        let elements: Vec<Element> = actions
            .iter()
            .take(BUTTONS_MAX)
            .enumerate()
            .filter_map(|(at, action)| button(at, action, buttons))
            .collect();
        if !elements.is_empty() {
            self.add(BUTTON_MAX * elements.len(), Block::Actions { block_id: None, elements });
        }
    }

    fn table(&mut self, table: &Table, buttons: &Buttons<'_>) {
        self.header(Tone::Neutral, &table.title);
        if table.rows.is_empty() {
            self.section(&cut(&escape(&table.empty), SECTION_MAX));
        } else {
            self.rows(table);
            self.openers(table, buttons);
        }
        self.notes(&table.notes);
        self.actions(&table.actions, buttons);
    }

    fn rows(&mut self, table: &Table) {
        let cell = |text: &str| {
            let text = cut(&micro_domain::view::plain(text), CELL_MAX);
            Cell { text: if text.is_empty() { "–".to_owned() } else { text } }
        };
        let mut rows = vec![table.columns.iter().map(|column| cell(column)).collect::<Vec<_>>()];
        for row in table.rows.iter().take(ROWS_MAX) {
            let weight: usize = row.cells.iter().map(|cell| cell.chars().count().min(CELL_MAX)).sum();
            // Half of a message is left for what comes after the rows.
            if weight + MESSAGE_MAX / 2 > self.left {
                break;
            }
            self.left -= weight;
            rows.push(row.cells.iter().map(|text| cell(text)).collect());
        }
        self.blocks.push(Block::Table { rows });
    }

    /// A menu that opens a row.
    fn openers(&mut self, table: &Table, buttons: &Buttons<'_>) {
        let Some(command) = &table.opens else { return };
        let option = |row: &Row| {
            let name = row.cells.first().filter(|name| name.chars().count() <= VALUE_MAX)?;
            let label = format!("{} {name}", row.tone.glyph());
            Some(Choice { text: plain_text(&cut(label.trim(), BUTTON_MAX)), value: name.clone() })
        };
        let options: Vec<Choice> = table.rows.iter().take(OPTIONS_MAX).filter_map(option).collect();
        if options.is_empty() {
            return;
        }
        let Carried::Id(id) = buttons.carry(&Does::Pick(Invocation::clone(command))) else { return };
        let weight = options.iter().map(|option| option.value.chars().count() + 2).sum();
        let placeholder = plain_text("Open…");
        let menu = Element::StaticSelect { action_id: "open", placeholder, options };
        self.add(weight, Block::Actions { block_id: Some(id), elements: vec![menu] });
    }
}

fn button(at: usize, action: &Action, buttons: &Buttons<'_>) -> Option<Element> {
    let (url, value) = match buttons.carry(&action.does) {
        Carried::Url(url) if url.chars().count() <= URL_MAX => (Some(url), None),
        Carried::Url(_) => return None,
        Carried::Id(id) => (None, Some(id)),
    };
    let text = plain_text(&cut(&action.label, BUTTON_MAX));
    Some(Element::Button {
        action_id: at.to_string(),
        text,
        url,
        value,
        style: action.primary.then_some("primary"),
    })
}

/// Paragraphs, commands among them one to a line.
fn paragraphs(texts: &[Text]) -> String {
    let mut out = String::new();
    let mut after_command = false;
    for text in texts {
        let (line, is_command) = match text {
            Text::Plain(text) => (escape(text), false),
            Text::Command(line, about) if about.is_empty() => (format!("`{}`", escape_code(line)), true),
            Text::Command(line, about) => (format!("`{}`  {}", escape_code(line), escape(about)), true),
        };
        if !out.is_empty() {
            out.push_str(if is_command && after_command { "\n" } else { "\n\n" });
        }
        out.push_str(&line);
        after_command = is_command;
    }
    out
}

/// A command as typed, for between two backticks.
fn escape_code(line: &str) -> String {
    format!("/micro {}", text::entities(&line.replace('`', "'")))
}

#[cfg(test)]
mod tests;
