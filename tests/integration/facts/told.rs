//! An answer in chat, taken apart again: from Slack's blocks and from Discord's embeds, as their readers see them.

use micro_support::{fake_discord, fake_slack};
use serde_json::Value;
use std::collections::BTreeMap;

/// Zero-width space, with which marks are broken.
const BREAK: char = '\u{200b}';
/// What is shown where there is nothing.
const NOTHING: &str = "–";
/// What a block of code begins and ends with.
const FENCE: &str = "```";
/// Between two columns of an aligned table there are at least this many blanks.
const GAP: &str = "  ";

/// What an answer says.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// With the sign of its tone.
    pub(super) title: String,
    /// Facts by name.
    pub(super) fields: BTreeMap<String, String>,
    /// Paragraphs.
    pub(super) text: Vec<String>,
    /// Commands, as they are typed after `/micro`, and what each does.
    pub(super) commands: Vec<(String, String)>,
    /// A block of code.
    pub(super) code: Option<String>,
    /// Rows of a table, by column.
    pub(super) rows: Vec<BTreeMap<String, String>>,
    /// Small print.
    pub(super) notes: Vec<String>,
}

impl Told {
    /// What a message of Slack says.
    pub(super) fn in_slack(message: &fake_slack::Message) -> Self {
        let mut told = Self::default();
        for block in message.blocks().as_array().unwrap() {
            let text = || block["text"]["text"].as_str().unwrap();
            match block["type"].as_str().unwrap() {
                "header" => text().clone_into(&mut told.title),
                "section" if block["fields"].is_array() => told.slack_fields(&block["fields"]),
                "section" => match text().strip_prefix(FENCE).and_then(|rest| rest.strip_suffix(FENCE)) {
                    Some(code) => told.code = Some(slack_text(code)),
                    None => told.paragraphs(text(), slack_text),
                },
                "table" => told.slack_rows(&block["rows"]),
                "context" => told.notes(&slack_text(block["elements"][0]["text"].as_str().unwrap())),
                "actions" => {}
                other => panic!("{other} is not read yet: {block}"),
            }
        }
        told
    }

    /// What a message of Discord says.
    pub(super) fn in_discord(message: &fake_discord::Message) -> Self {
        let [embed] = message.said.embeds.as_slice() else { panic!("not one embed: {message:#?}") };
        let mut told = Self { title: discord_text(embed["title"].as_str().unwrap()), ..Self::default() };
        for field in embed["fields"].as_array().into_iter().flatten() {
            let part = |name: &str| discord_text(field[name].as_str().unwrap());
            told.fields.insert(part("name"), part("value"));
        }
        let mut parts = embed["description"].as_str().unwrap_or_default().split(FENCE);
        told.paragraphs(parts.next().unwrap_or_default(), discord_text);
        match parts.next().and_then(|block| block.split_once('\n')) {
            Some(("", table)) => told.rows = aligned(table),
            Some((_language, code)) => told.code = Some(without_breaks(code)),
            None => {}
        }
        told.notes(embed["footer"]["text"].as_str().unwrap_or_default());
        told
    }

    /// The value of a fact that must be there.
    #[track_caller]
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_else(|| panic!("no {name} in {self:#?}"))
    }

    fn slack_fields(&mut self, fields: &Value) {
        for field in fields.as_array().unwrap() {
            let (name, value) = field["text"].as_str().unwrap().split_once('\n').unwrap();
            let name = name.strip_prefix('*').and_then(|name| name.strip_suffix('*')).unwrap();
            self.fields.insert(slack_text(name), slack_text(value));
        }
    }

    fn slack_rows(&mut self, rows: &Value) {
        let mut rows = rows.as_array().unwrap().iter().map(|row| {
            let cells = row.as_array().unwrap().iter();
            cells.map(|cell| something(cell["text"].as_str().unwrap())).collect::<Vec<String>>()
        });
        let head = rows.next().unwrap();
        self.rows = rows.map(|row| head.iter().cloned().zip(row).collect()).collect();
    }

    /// Paragraphs are told apart by empty lines; commands stand one to a line, each between backticks.
    fn paragraphs(&mut self, text: &str, read: fn(&str) -> String) {
        for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            if !paragraph.starts_with("`/micro ") {
                self.text.push(read(paragraph));
                continue;
            }
            for line in paragraph.lines() {
                let (typed, about) = line.strip_prefix("`/micro ").unwrap().split_once('`').unwrap();
                self.commands.push((read(typed), read(about.trim())));
            }
        }
    }

    fn notes(&mut self, text: &str) {
        self.notes.extend(text.split(" · ").filter(|note| !note.is_empty()).map(str::to_owned));
    }
}

/// Text without what keeps Slack from formatting it.
fn slack_text(text: &str) -> String {
    without_breaks(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Text without what keeps Discord from formatting it.
fn discord_text(text: &str) -> String {
    let (mut out, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    without_breaks(&out)
}

fn without_breaks(text: &str) -> String {
    text.replace(BREAK, "")
}

fn something(text: &str) -> String {
    if text == NOTHING { String::new() } else { text.to_owned() }
}

/// The rows of a table whose columns stand below each other; each begins where its heading does.
fn aligned(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines();
    let head = lines.next().unwrap();
    let names = head.split(GAP).map(str::trim).filter(|name| !name.is_empty());
    let starts: Vec<(&str, usize)> = names.map(|name| (name, head.find(name).unwrap())).collect();
    let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([usize::MAX]);
    let columns: Vec<(&str, usize, usize)> =
        starts.iter().zip(ends).map(|((name, start), end)| (*name, *start, end)).collect();
    let row = |line: &str| {
        let cell = |(name, start, end): &(&str, usize, usize)| {
            let cell: String = line.chars().skip(*start).take(end - start).collect();
            ((*name).to_owned(), cell.trim().to_owned())
        };
        columns.iter().map(cell).collect()
    };
    lines.map(row).collect()
}
