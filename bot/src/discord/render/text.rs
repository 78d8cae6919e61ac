//! Texts that mean nothing to Discord but what they say.

use micro_domain::view::plain;

/// Zero-width space: between a mark and what it would make.
const BREAK: char = '\u{200b}';
/// Words that call people after an `@`.
const CALLS: [&str; 2] = ["everyone", "here"];

/// What a text counts: UTF-16 units, which are never fewer than what Discord's documentation calls characters.
pub(in crate::discord) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// At most `most`, as [`length`] counts; a cut is seen.
pub(in crate::discord) fn cut(text: &str, most: usize) -> String {
    join(text.chars().map(String::from), most)
}

/// Plain text for places where Discord formats nothing: labels, options and small print. Never empty.
pub(in crate::discord) fn label(text: &str, most: usize) -> String {
    let text = cut(&plain(start(text.trim(), most)), most);
    if text.is_empty() { "–".to_owned() } else { text }
}

/// Text on one line for between two backticks.
pub(super) fn inline_code(text: &str) -> String {
    format!("`{}`", plain(text).replace(['\n', '\t'], " ").replace('`', "'"))
}

/// Text as a block of code, which no fence inside can end.
pub(super) fn code(text: &str, language: &str) -> String {
    let text = plain(text);
    let text = if text.contains("```") { text.replace('`', &format!("`{BREAK}")) } else { text };
    format!("```{language}\n{text}\n```")
}

/// Text where Discord formats: every mark escaped, so that it formats, links and calls nothing. At most `most` long with the
/// marks, and never cut between an escape and what it escapes.
pub(super) fn escape(text: &str, most: usize) -> String {
    let text = plain(start(text, most));
    // Some marks mean something at the start of a line alone, after blanks or the digits of a list.
    let (mut at_start, mut after_digits) = (true, false);
    let pieces = text.char_indices().map(|(at, c)| {
        let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
        let piece = piece(c, rest, at_start, after_digits);
        after_digits = c.is_ascii_digit() && (at_start || after_digits);
        at_start = c == '\n' || (at_start && matches!(c, ' ' | '\t'));
        piece
    });
    join(pieces, most)
}

/// As much of a text as can matter where `most` of it is shown, so that a long one costs no more.
pub(super) fn start(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most.saturating_add(1)).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

fn piece(c: char, rest: &str, at_start: bool, after_digits: bool) -> String {
    let marks = match c {
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' | ']' => true,
        '#' | '>' => at_start,
        // Items of a list, and small print.
        '-' | '+' => at_start && rest.starts_with([' ', '#']),
        '.' | ')' => after_digits && rest.starts_with(' '),
        ':' => rest.starts_with("//"),
        _ => false,
    };
    if marks {
        return format!("\\{c}");
    }
    let calls = |word: &&str| rest.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word));
    if c == '@' && CALLS.iter().any(calls) { format!("@{BREAK}") } else { c.to_string() }
}

/// Whole pieces, as many as fit; what is missing is seen.
fn join(pieces: impl Iterator<Item = String>, most: usize) -> String {
    // Where to cut should there be more than fits: the last place with room for the sign.
    let (mut out, mut used, mut cut_at) = (String::new(), 0, 0);
    for piece in pieces {
        used += length(&piece);
        if used > most {
            out.truncate(cut_at);
            if most > 0 {
                out.push('…');
            }
            break;
        }
        out.push_str(&piece);
        if used < most {
            cut_at = out.len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 1_000;

    #[test]
    fn marks_mean_nothing() {
        for (text, shown) in [
            ("*a* _b_ ~~c~~ `d` ||e||", "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\` \\|\\|e\\|\\|"),
            ("<@123> <#1> <:a:1>", "\\<@123> \\<#1> \\<:a:1>"),
            ("@everyone and @HERE, a@b.c", "@\u{200b}everyone and @\u{200b}HERE, a@b.c"),
            ("[x](https://evil.example)", "\\[x\\](https\\://evil.example)"),
            ("# a\n> b\n  - c\n1. d\n12) e\n-# f", "\\# a\n\\> b\n  \\- c\n1\\. d\n12\\) e\n\\-# f"),
            ("a-b a>b 12:30 1.5", "a-b a>b 12:30 1.5"),
            ("0.1.0", "0.1.0"),
            ("-5", "-5"),
            ("\\*", "\\\\\\*"),
            ("\u{202e}x\u{1b}[0m", "\u{fffd}x\u{fffd}\\[0m"),
        ] {
            assert_eq!(escape(text, ROOM), shown, "{text}");
        }
    }

    #[test]
    fn nothing_ends_a_block_of_code() {
        for ticks in 1..12 {
            let block = code(&"`".repeat(ticks), "json");
            assert_eq!(block.matches("```").count(), 2, "{block}");
        }
        assert_eq!(code("a", ""), "```\na\n```");
        assert_eq!(inline_code("a`b\nc"), "`a'b c`");
    }

    #[test]
    fn a_cut_leaves_escapes_whole_and_fits() {
        assert_eq!(escape("ab*c", 4), "ab…");
        assert_eq!(escape("ab*c", 5), "ab\\*c");
        assert_eq!(cut("😀😀", 3), "😀…");
        assert_eq!(cut("abc", 0), "");
        for most in 0..40 {
            assert!(length(&escape("*😀_@everyone\n# x", most)) <= most);
        }
        assert_eq!(label("  \u{0}", 10), "\u{fffd}");
        assert_eq!(label(" ", 10), "–");
    }
}
