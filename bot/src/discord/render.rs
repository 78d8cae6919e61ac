//! Views as embeds and components. Everything that others wrote arrives as text: marks escaped, fences kept in, nobody called.

mod parts;
mod table;
mod text;

use crate::actions::Buttons;
use micro_domain::view::{Card, Field, Listing, Text, Tone, View};
use parts::{Components, footer};
use serde_json::{Value, json};
use text::{code, escape, inline_code};
pub(super) use text::{cut, label, length};

/// The flag of a message that one person alone sees.
pub(super) const EPHEMERAL: u64 = 1 << 6;

/// Characters of everything an embed says.
const EMBED_MAX: usize = 6_000;
/// Characters of a title.
const TITLE_MAX: usize = 256;
/// Characters of a description.
const DESCRIPTION_MAX: usize = 4_096;
/// Fields, and characters of a field's name and value.
const FIELDS_MAX: usize = 25;
const FIELD_NAME_MAX: usize = 256;
const FIELD_VALUE_MAX: usize = 1_024;
/// Values up to this many characters stand side by side.
const FIELD_INLINE_MAX: usize = 40;
/// Characters of small print; Discord takes 2,048, which would leave little for the rest.
const FOOTER_MAX: usize = 1_000;
/// Characters of code, fences included; longer code is a file.
const CODE_MAX: usize = 1_900;
/// Bytes of a file; Discord takes 10 MiB with everything around it.
const FILE_MAX_BYTES: usize = 8 * 1024 * 1024;

/// A message, ready to be sent.
pub(super) struct Rendered {
    /// Its JSON: the same for a first answer and for a change of one.
    pub(super) body: Value,
    /// What was too long to be shown.
    pub(super) file: Option<File>,
}

/// A file of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Letters, digits, dots, hyphens and underscores.
    pub(super) name: String,
    /// What it holds.
    pub(super) content: String,
}

/// A view as a message.
pub(super) fn message(view: &View, buttons: &Buttons<'_>) -> Rendered {
    let mut components = Components::default();
    let (embed, file) = match view {
        View::Card(card) => {
            let made = self::card(card);
            if let Some(picker) = &card.picker {
                components.picker(picker, buttons);
            }
            components.actions(&card.actions, buttons);
            made
        }
        View::Table(table) => {
            let (embed, shown) = table::embed(table);
            if let Some(command) = &table.opens {
                components.openers(command, shown, buttons);
            }
            components.actions(&table.actions, buttons);
            (embed, None)
        }
    };
    let named = |file: &File| json!({"id": "0", "filename": file.name});
    let body = json!({
        "content": "",
        "embeds": [embed],
        "components": components.rows,
        "allowed_mentions": {"parse": []},
        // Files of the message that this one takes the place of go.
        "attachments": file.iter().map(named).collect::<Vec<_>>(),
    });
    Rendered { body, file }
}

/// A sentence as a message.
pub(super) fn sentence(text: &str) -> Value {
    json!({
        "content": "",
        "embeds": [{"description": escape(text, DESCRIPTION_MAX), "color": colour(Tone::Neutral)}],
        "components": [],
        "allowed_mentions": {"parse": []},
        "attachments": [],
    })
}

const fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Neutral => 0x607d8b,
        Tone::Good => 0x2e7d32,
        Tone::Bad => 0xc62828,
        Tone::Warning => 0xf9a825,
    }
}

/// A title with its tone's sign; never empty.
fn title(tone: Tone, text: &str) -> String {
    let text = format!("{} {text}", tone.glyph());
    match text.trim() {
        "" => "Micro".to_owned(),
        text => escape(text, TITLE_MAX),
    }
}

/// What a card's code became.
enum Code {
    /// A block of the description; empty for none.
    Shown(String),
    /// A file, and what is said of it.
    Attached(File, String),
    /// Nothing but what is said of it.
    TooLong(String),
}

fn card(card: &Card) -> (Value, Option<File>) {
    let title = title(card.tone, &card.title);
    let mut notes = card.notes.clone();
    let (block, file) = match card.code.as_ref().map_or(Code::Shown(String::new()), listing) {
        Code::Shown(block) => (block, None),
        Code::Attached(file, said) => {
            notes.push(said);
            (String::new(), Some(file))
        }
        Code::TooLong(said) => {
            notes.push(said);
            (String::new(), None)
        }
    };
    let mut left = EMBED_MAX.saturating_sub(length(&title) + FOOTER_MAX + length(&block));
    let text = paragraphs(&card.text, left.min(DESCRIPTION_MAX.saturating_sub(length(&block) + 1)));
    left = left.saturating_sub(length(&text) + 1);
    let fields = fields(&card.fields, left);
    let missing = card.fields.len() - fields.len();
    if missing > 0 {
        notes.push(format!("{missing} more facts are not shown"));
    }
    let description: Vec<String> = [text, block].into_iter().filter(|part| !part.is_empty()).collect();
    let mut embed = json!({"title": title, "color": colour(card.tone), "fields": fields});
    if let (false, Some(embed)) = (description.is_empty(), embed.as_object_mut()) {
        embed.insert("description".to_owned(), json!(description.join("\n")));
    }
    footer(&mut embed, &notes);
    (embed, file)
}

/// Code as a whole, here or in a file: half a JSON document says something else.
fn listing(listing: &Listing) -> Code {
    let block = code(&listing.text, listing.language);
    if length(&block) <= CODE_MAX {
        return Code::Shown(block);
    }
    let name = file_name(&listing.file);
    if listing.text.len() > FILE_MAX_BYTES {
        let megabytes = listing.text.len() / (1024 * 1024);
        return Code::TooLong(format!("the answer has {megabytes} MiB, too much for a file here"));
    }
    let said = format!("the whole of it is in {name}");
    Code::Attached(File { name, content: listing.text.clone() }, said)
}

/// A name that is safe in a header and on every disk.
fn file_name(name: &str) -> String {
    /// Characters kept.
    const MAX: usize = 100;
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let chars: Vec<char> = name.chars().map(safe).collect();
    // Its end says what it is.
    let from = chars.len().saturating_sub(MAX);
    let name: String = chars.into_iter().skip(from).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "answer.txt".to_owned() } else { name.to_owned() }
}

/// Paragraphs, commands among them one to a line; as many as fit.
fn paragraphs(texts: &[Text], most: usize) -> String {
    let (mut out, mut after_command) = (String::new(), false);
    for text in texts {
        let is_command = matches!(text, Text::Command(..));
        let between = match (out.is_empty(), is_command && after_command) {
            (true, _) => "",
            (false, true) => "\n",
            (false, false) => "\n\n",
        };
        let left = most.saturating_sub(length(&out) + length(between));
        let Some(line) = paragraph(text, left) else { break };
        out.push_str(between);
        out.push_str(&line);
        after_command = is_command;
    }
    out
}

fn paragraph(text: &Text, left: usize) -> Option<String> {
    /// Less than this of a paragraph tells nothing.
    const LEAST: usize = 20;
    let whole = |line: String| (length(&line) <= left).then_some(line);
    match text {
        Text::Plain(text) if left >= LEAST.min(text.len()) => Some(escape(text, left)),
        Text::Plain(_) => None,
        Text::Command(line, about) if about.is_empty() => whole(inline_code(&format!("/micro {line}"))),
        Text::Command(line, about) => {
            let line = inline_code(&format!("/micro {line}"));
            let left = left.checked_sub(length(&line) + 2).filter(|left| *left >= LEAST.min(about.len()))?;
            Some(format!("{line}  {}", escape(about, left)))
        }
    }
}

/// Facts, as many as fit.
fn fields(fields: &[Field], mut left: usize) -> Vec<Value> {
    let mut shown = Vec::new();
    for field in fields.iter().take(FIELDS_MAX) {
        let or_dash = |text: String| if text.trim().is_empty() { "–".to_owned() } else { text };
        let name = or_dash(escape(&field.label, FIELD_NAME_MAX));
        let value = or_dash(escape(&field.value, FIELD_VALUE_MAX));
        let Some(rest) = left.checked_sub(length(&name) + length(&value)) else { break };
        left = rest;
        let inline = length(&value) <= FIELD_INLINE_MAX && !value.contains('\n');
        shown.push(json!({"name": name, "value": value, "inline": inline}));
    }
    shown
}

#[cfg(test)]
mod tests;
