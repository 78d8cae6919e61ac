//! A line's words, pairs and pieces of JSON.

use crate::Error;
use serde_json::value::RawValue;

/// One piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A bare or quoted word.
    Word(String),
    /// `key:value`, `--key=value` or `--key`.
    Pair(String, Option<String>),
    /// An object or a list.
    Json(String),
}

/// The parts of `line`, in order.
///
/// # Errors
/// INVALID_ARGUMENT where JSON or a quotation does not end.
pub(super) fn parts(line: &str) -> Result<Vec<Part>, Error> {
    let (mut parts, mut rest) = (Vec::new(), line.trim_start());
    while !rest.is_empty() {
        let (part, after) = part(rest)?;
        parts.push(part);
        rest = after.trim_start();
    }
    Ok(parts)
}

fn part(text: &str) -> Result<(Part, &str), Error> {
    if text.starts_with(['{', '[']) {
        let (json, rest) = json(text)?;
        return Ok((Part::Json(json), rest));
    }
    if is_quote(text) {
        let (word, rest) = quoted(text)?;
        return Ok((Part::Word(word), rest));
    }
    if let Some(flag) = dashes(text) {
        let end = flag.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(flag.len());
        let (key, rest) = flag.split_at(end);
        return Ok(match rest.strip_prefix('=') {
            Some(rest) => {
                let (value, rest) = value(rest)?;
                (Part::Pair(key.to_owned(), Some(value)), rest)
            }
            None => (Part::Pair(key.to_owned(), None), rest),
        });
    }
    if let Some((key, rest)) = key(text) {
        let (value, rest) = value(rest)?;
        return Ok((Part::Pair(key.to_owned(), Some(value)), rest));
    }
    let (word, rest) = bare(text);
    Ok((Part::Word(word.to_owned()), rest))
}

/// The key before a colon. An address such as `https://…` has none.
fn key(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.split_once(':')?;
    let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let good = key.starts_with(|c: char| c.is_alphabetic() || c == '_') && key.chars().all(letter);
    (good && !rest.starts_with("//")).then_some((key, rest))
}

/// What follows two dashes, or the one long dash they were turned into.
fn dashes(text: &str) -> Option<&str> {
    let flag =
        text.strip_prefix("--").or_else(|| text.strip_prefix('—')).or_else(|| text.strip_prefix('–'))?;
    flag.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(flag)
}

fn value(text: &str) -> Result<(String, &str), Error> {
    if is_quote(text) {
        return quoted(text);
    }
    if text.starts_with(['{', '[']) {
        return json(text);
    }
    let (word, rest) = bare(text);
    Ok((word.to_owned(), rest))
}

fn bare(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// Double quotes, straight and typographic.
const DOUBLE: [char; 4] = ['"', '“', '”', '„'];
/// Single quotes, straight and typographic.
const SINGLE: [char; 3] = ['\'', '‘', '’'];

fn is_quote(text: &str) -> bool {
    text.starts_with(DOUBLE) || text.starts_with(SINGLE)
}

/// The text between quotes; a backslash keeps the next character as it is.
fn quoted(text: &str) -> Result<(String, &str), Error> {
    let ends: &[char] = if text.starts_with(DOUBLE) { &DOUBLE } else { &SINGLE };
    let (mut out, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            out.push(c);
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if ends.contains(&c) {
            return Ok((out, text.get(at + c.len_utf8()..).unwrap_or_default()));
        } else {
            out.push(c);
        }
    }
    Err(Error::invalid("a quote is not closed"))
}

/// One JSON value. Where it is none, it is tried once more with its typographic quotes as straight ones.
fn json(text: &str) -> Result<(String, &str), Error> {
    let wrong = match first_json(text) {
        Ok(length) => {
            let (json, rest) = text.split_at(length);
            return Ok((json.to_owned(), rest));
        }
        Err(wrong) => wrong,
    };
    let straight: String = text.chars().map(|c| if DOUBLE.contains(&c) { '"' } else { c }).collect();
    let Ok(length) = first_json(&straight) else {
        return Err(Error::invalid(format!("the JSON is wrong: {wrong}")));
    };
    let json: String = straight.get(..length).unwrap_or_default().to_owned();
    // Quotes differ in length, so the end is found by characters.
    let end = text.char_indices().nth(json.chars().count()).map_or(text.len(), |(at, _)| at);
    Ok((json, text.get(end..).unwrap_or_default()))
}

/// The length of the JSON value at the beginning.
fn first_json(text: &str) -> Result<usize, serde_json::Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Box<RawValue>>();
    match values.next() {
        Some(Err(error)) => Err(error),
        Some(Ok(_)) | None => Ok(values.byte_offset()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn word(text: &str) -> Part {
        Part::Word(text.to_owned())
    }

    fn pair(key: &str, value: Option<&str>) -> Part {
        Part::Pair(key.to_owned(), value.map(str::to_owned))
    }

    #[test]
    fn every_kind_of_part_is_read() {
        assert_eq!(parts(" a  'b c' \"d\\\"e\"").unwrap(), [word("a"), word("b c"), word("d\"e")]);
        assert_eq!(
            parts("k:v --f --g=h a.b_c:").unwrap(),
            [pair("k", Some("v")), pair("f", None), pair("g", Some("h")), pair("a.b_c", Some("")),]
        );
        assert_eq!(parts("url:https://x.org/a?b=c").unwrap(), [pair("url", Some("https://x.org/a?b=c"))]);
        assert_eq!(parts("https://x.org").unwrap(), [word("https://x.org")]);
        assert_eq!(parts("-5 --").unwrap(), [word("-5"), word("--")]);
        assert_eq!(parts("{\"a\":1}x").unwrap(), [Part::Json("{\"a\":1}".to_owned()), word("x")]);
        assert_eq!(
            parts("k:“it’s” j:[“a”] w").unwrap(),
            [pair("k", Some("it’s")), pair("j", Some("[\"a\"]")), word("w"),]
        );
    }

    #[test]
    fn a_typographic_quote_inside_good_json_stays() {
        assert_eq!(
            parts("{\"a\":\"he said “hi”\"}").unwrap(),
            [Part::Json("{\"a\":\"he said “hi”\"}".to_owned())]
        );
    }
}
