//! Texts that mean nothing to Slack but what they say.

use crate::slack::blocks::Plain;
use micro_domain::view::plain;

/// Zero-width space: between a mark and what it would format.
const BREAK: char = '\u{200b}';

/// Text for `mrkdwn`: entities escaped, and marks that would format it broken. Marks inside words format nothing and stay.
pub(super) fn escape(text: &str) -> String {
    let text = plain(text);
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, c) in chars.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| chars.get(at)).copied();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '`' => {
                out.push(*c);
                out.push(BREAK);
            }
            '*' | '_' | '~' => {
                let inside = beside(at.checked_sub(1)).is_some_and(char::is_alphanumeric)
                    && beside(Some(at + 1)).is_some_and(char::is_alphanumeric);
                out.push(*c);
                if !inside {
                    out.push(BREAK);
                }
            }
            _ => out.push(*c),
        }
    }
    out
}

/// Text with Slack's three entities escaped.
pub(super) fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text as a block of code, which no fence inside can end.
pub(super) fn code(text: &str) -> String {
    let text = entities(&plain(text));
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        // No two of them side by side, however many come.
        if c == '`' && out.ends_with('`') {
            out.push(BREAK);
        }
        out.push(c);
    }
    format!("```\n{out}\n```")
}

/// Text that Slack shows as it is.
pub(in crate::slack) fn plain_text(text: &str) -> Plain {
    let text = plain(text);
    // Slack refuses an empty text.
    Plain { text: if text.trim().is_empty() { "–".to_owned() } else { text }, emoji: false }
}

/// At most `most` characters; a cut is seen, and cuts no entity apart.
pub(in crate::slack) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    let kept = match kept.rfind('&') {
        Some(at) if kept.len() - at < 6 && !kept.get(at..).unwrap_or_default().contains(';') => {
            kept.get(..at).unwrap_or_default()
        }
        _ => kept.as_str(),
    };
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_mean_nothing() {
        assert_eq!(escape("<!channel> & *bold* a_b"), "&lt;!channel&gt; &amp; *\u{200b}bold*\u{200b} a_b");
        assert_eq!(escape("\u{202e}x\u{1b}[0m"), "\u{fffd}x\u{fffd}[0m");
        assert_eq!(code("a```b<c>"), "```\na`\u{200b}`\u{200b}`b&lt;c&gt;\n```");
        for run in 1..9 {
            assert_eq!(code(&"`".repeat(run)).matches("```").count(), 2, "{run}");
        }
    }

    #[test]
    fn a_cut_leaves_entities_whole() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("ab&amp;cd", 6), "ab…");
    }
}
