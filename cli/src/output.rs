//! Printing data: tables for people, JSON for scripts.

use crate::failure::Failure;
use comfy_table::{ContentArrangement, Table, presets};
use micro_domain::catalog::Status;
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};

/// One line on stdout.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// A value as JSON: indented on a terminal, otherwise one line.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = if std::io::stdout().is_terminal() {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    line(&for_terminal(text.map_err(|error| Failure::local(error.to_string()))?))
}

/// A message that is JSON already, on one line; indented only where a person reads it.
pub(crate) fn message(text: &str, indent: bool) -> Result<(), Failure> {
    if indent
        && std::io::stdout().is_terminal()
        && let Ok(value) = serde_json::from_str::<serde_json::Value>(text)
    {
        return json(&value);
    }
    line(&for_terminal(text.to_owned()))
}

/// JSON whose control and direction-changing characters are escaped, for a terminal; a script gets it as it is.
fn for_terminal(json: String) -> String {
    if !std::io::stdout().is_terminal() {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if unsafe_in_terminal(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Text without characters that would control the terminal or turn its direction.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if unsafe_in_terminal(c) && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}

fn unsafe_in_terminal(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A table with these headings.
pub(crate) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<(), Failure> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().map(|heading| style(heading, BOLD)));
    for row in rows {
        table.add_row(row.iter().map(|cell| plain_styled(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    line(&text.join("\n"))
}

/// A cell of ours may carry a style; anything else of it is made plain.
fn plain_styled(cell: &str) -> String {
    match cell.strip_prefix('\u{1b}').and_then(|rest| rest.split_once('m')) {
        Some((code, rest)) if code.len() < 5 => {
            let text = rest.trim_end_matches(RESET);
            format!("\u{1b}{code}m{}{RESET}", plain(text))
        }
        _ => plain(cell),
    }
}

const BOLD: &str = "1";
const RESET: &str = "\u{1b}[0m";

/// A status word, coloured on a terminal; the word alone says it all.
pub(crate) fn status(status: Status) -> String {
    let colour = match status {
        Status::Up => "32",
        Status::Failing => "31",
        Status::Unknown => "33",
    };
    style(status.word(), colour)
}

/// `text` in a style, where stdout is a terminal and NO_COLOR is unset.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub(crate) fn style(text: &str, code: &str) -> String {
    let colourful = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    if colourful { format!("\u{1b}[{code}m{text}{RESET}") } else { text.to_owned() }
}

/// A text that may be missing, which scripts read as null.
pub(crate) fn present(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A moment as RFC 3339 in UTC.
pub(crate) fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string())
}
