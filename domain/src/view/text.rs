//! Texts that are safe to show: without what controls a terminal or turns the writing direction, and without secrets.

/// What stands where a secret was.
const HIDDEN: &str = "[hidden]";
/// Prefixes of this program's own secrets.
const OWN: [&str; 5] = ["mu_pat_", "mu_bot_", "mu_svc_", "mu_inv_", "mu_boot_"];
/// Shortest piece that is taken for a JSON web token, in bytes.
const JWT_MIN_BYTES: usize = 30;

/// `text` without characters that control a terminal, turn the writing direction or cannot be seen. Line ends and tabs stay.
#[must_use]
pub fn plain(text: &str) -> String {
    // Nearly every text is.
    if !text.chars().any(hidden) {
        return text.to_owned();
    }
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

fn hidden(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\t';
    let turns =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    control || turns || ('\u{e0000}'..='\u{e007f}').contains(&c)
}

/// `text`, made plain, with what looks like a credential hidden: this program's tokens, bearer tokens, JSON web tokens and
/// private keys.
#[must_use]
pub fn redact(text: &str) -> String {
    let text = plain(text);
    let text = private_keys(&text);
    let (mut out, mut rest, mut after_bearer) = (String::with_capacity(text.len()), text.as_str(), false);
    while !rest.is_empty() {
        let word = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(word);
        out.push_str(if is_secret(piece) || (after_bearer && !piece.is_empty()) { HIDDEN } else { piece });
        let gap = after.find(is_token).unwrap_or(after.len());
        let (between, next) = after.split_at(gap);
        let scheme = piece.eq_ignore_ascii_case("bearer") || piece.eq_ignore_ascii_case("basic");
        // Only blanks and a colon may lie between the scheme and its token.
        after_bearer = scheme && !between.is_empty() && between.chars().all(|c| c == ' ' || c == ':');
        out.push_str(between);
        rest = next;
    }
    out
}

/// Whether the character may be part of a token; base64 in both alphabets, and the dots of a JSON web token.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '=' | '~')
}

fn is_secret(piece: &str) -> bool {
    let own = OWN.iter().any(|prefix| piece.find(prefix).is_some_and(|at| piece.len() > at + prefix.len()));
    let slack = ["xoxb-", "xoxp-", "xapp-"].iter().any(|prefix| piece.starts_with(prefix));
    let web_token = piece.len() >= JWT_MIN_BYTES && piece.starts_with("eyJ") && piece.split('.').count() == 3;
    own || slack || web_token
}

fn private_keys(text: &str) -> String {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "-----END ";
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(BEGIN) {
        let (before, block) = rest.split_at(at);
        out.push_str(before);
        let body = block.get(BEGIN.len()..).unwrap_or_default();
        let label = body.split("-----").next().unwrap_or_default();
        if !label.contains("PRIVATE KEY") {
            out.push_str(BEGIN);
            rest = body;
            continue;
        }
        out.push_str(HIDDEN);
        // A key that is cut off is hidden to its end.
        let end = block.find(END).map(|end| end + END.len());
        let end = end.and_then(|end| block.get(end..)?.find("-----").map(|more| end + more + "-----".len()));
        rest = end.and_then(|end| block.get(end..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_stays() {
        assert_eq!(plain("a\u{1b}[31m\u{202e}b\u{200b}\nc\td"), "a\u{fffd}[31m\u{fffd}b\u{fffd}\nc\td");
    }

    #[test]
    fn secrets_are_hidden_and_words_stay() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";
        for (text, shown) in [
            ("mu_pat_abc123 and mu_ x", "[hidden] and mu_ x"),
            ("Authorization: Bearer s3cr3t, ok", "Authorization: Bearer [hidden], ok"),
            ("the bearer of news", "the bearer [hidden] news"),
            ("\"token\":\"xoxb-1-2\"", "\"token\":\"[hidden]\""),
            (jwt, "[hidden]"),
            ("eyJ is short", "eyJ is short"),
            ("x -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- y", "x [hidden] y"),
            ("-----BEGIN PRIVATE KEY-----\nabc", "[hidden]"),
            ("-----BEGIN CERTIFICATE-----\nabc", "-----BEGIN CERTIFICATE-----\nabc"),
            ("plain words, a.b@c.de: 1/2", "plain words, a.b@c.de: 1/2"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }
}
