//! JSON as people write it: where it is wrong, and how it looks well.

use serde_json::Value;

/// Messages read of one text.
pub const MESSAGES_MAX: usize = 1_000;
/// Spaces of one level.
const INDENT: usize = 2;

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in bytes.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Line {}, column {}: {}.", self.line, self.column, self.message)
    }
}

impl std::error::Error for JsonError {}

/// The messages in `text`: one after the other, usually one a line. No text is no message.
///
/// # Errors
/// Where the first one that is no JSON goes wrong, or past [`MESSAGES_MAX`].
pub fn messages(text: &str) -> Result<Vec<Value>, JsonError> {
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        found.push(value.map_err(|error| json_error(text, &error))?);
        if found.len() > MESSAGES_MAX {
            let line = text.lines().count();
            return Err(JsonError {
                line,
                column: 1,
                message: format!("at most {MESSAGES_MAX} messages at once"),
            });
        }
    }
    Ok(found)
}

/// The texts of the messages in `text`, as they are written, each on one line.
///
/// # Errors
/// As [`messages`].
pub fn split(text: &str) -> Result<Vec<String>, JsonError> {
    let mut found = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut start = 0;
    while let Some(value) = stream.next() {
        value.map_err(|error| json_error(text, &error))?;
        let end = stream.byte_offset();
        found.push(compact(text.get(start..end).unwrap_or_default()));
        start = end;
        if found.len() > MESSAGES_MAX {
            return Err(JsonError {
                line: 1,
                column: 1,
                message: format!("at most {MESSAGES_MAX} messages at once"),
            });
        }
    }
    Ok(found)
}

fn json_error(text: &str, error: &serde_json::Error) -> JsonError {
    let told = error.to_string();
    let message = told.rsplit_once(" at line ").map_or(told.as_str(), |(message, _)| message).to_owned();
    let (line, column) = position(text.as_bytes(), error);
    JsonError { line, column, message }
}

/// The line and column, each from 1, at which `text` goes wrong.
///
/// The parser counts a line as begun once it read the break that ends the line before it; the mistake, such as a string
/// that is not closed, is on the line before.
#[must_use]
pub fn position(text: &[u8], error: &serde_json::Error) -> (usize, usize) {
    match (error.line(), error.column()) {
        (line @ 2.., 0) => {
            let broken = text.split(|byte| *byte == b'\n').nth(line - 2);
            (line - 1, broken.map_or(0, <[u8]>::len) + 1)
        }
        (line, column) => (line.max(1), column.max(1)),
    }
}

/// A piece of JSON text as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A member's name, with its quotes.
    Key,
    /// A string, with its quotes.
    String,
    /// A number.
    Number,
    /// `true`, `false`, `null`.
    Word,
    /// Brackets, commas, colons and space.
    Mark,
}

/// `text` with line breaks and indentation; numbers, strings and the order of members stay as they are. What is no JSON
/// comes out unharmed, if oddly broken.
#[must_use]
pub fn pretty(text: &str) -> String {
    tokens(text).into_iter().map(|(_, text)| text).collect()
}

/// `text` without space outside of strings.
#[must_use]
pub fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' { string_end(rest) } else { first.len_utf8() };
        let (piece, below) = rest.split_at(end);
        if !first.is_ascii_whitespace() {
            out.push_str(piece);
        }
        rest = below;
    }
    out
}

/// The pieces of `text`, laid out for reading.
#[must_use]
pub fn tokens(text: &str) -> Vec<(Token, String)> {
    let mut out: Vec<(Token, String)> = Vec::new();
    let mut depth = 0_usize;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => string_end(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest
                .find(|c: char| "{}[],:\"".contains(c) || c.is_ascii_whitespace())
                .unwrap_or(rest.len())
                .max(1),
        };
        let (piece, below) = rest.split_at(end);
        rest = below.trim_start();
        match first {
            '{' | '[' => {
                if let Some(after) = rest.strip_prefix(if first == '{' { '}' } else { ']' }) {
                    rest = after.trim_start();
                    push(&mut out, Token::Mark, if first == '{' { "{}" } else { "[]" });
                } else {
                    depth += 1;
                    push(&mut out, Token::Mark, &format!("{piece}{}", break_line(depth)));
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                push(&mut out, Token::Mark, &format!("{}{piece}", break_line(depth)));
            }
            ',' => push(&mut out, Token::Mark, &format!(",{}", break_line(depth))),
            ':' => push(&mut out, Token::Mark, ": "),
            '"' if rest.starts_with(':') => push(&mut out, Token::Key, piece),
            '"' => push(&mut out, Token::String, piece),
            '-' | '0'..='9' => push(&mut out, Token::Number, piece),
            _ => push(&mut out, Token::Word, piece),
        }
    }
    out
}

fn push(out: &mut Vec<(Token, String)>, token: Token, text: &str) {
    match out.last_mut() {
        Some((last, so_far)) if *last == token && token == Token::Mark => so_far.push_str(text),
        _ => out.push((token, text.to_owned())),
    }
}

fn break_line(depth: usize) -> String {
    format!("\n{:1$}", "", depth * INDENT)
}

/// Where the string that `text` begins with ends.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}
