//! Text as a literal of each language. The text may be hostile: it comes from descriptors and from forms.

/// One word of a POSIX shell.
pub(super) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A Rust string literal; raw where that reads better.
pub(super) fn rust(text: &str) -> String {
    let printable = text.chars().all(|c| !c.is_control());
    if printable && text.contains(['"', '\\']) {
        let mut hashes = "#".to_owned();
        while text.contains(&format!("\"{hashes}")) {
            hashes.push('#');
        }
        return format!("r{hashes}\"{text}\"{hashes}");
    }
    format!("{text:?}")
}

/// A Java string literal. Java reads `\\u` before anything else, so only its own short escapes and digits are used.
pub(super) fn java(text: &str) -> String {
    let mut literal = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            // Three octal digits, so that a digit that follows is not read as one of them.
            c if c.is_ascii_control() => literal.push_str(&format!("\\{:03o}", u32::from(c))),
            c => literal.push(c),
        }
    }
    literal + "\""
}

/// A Go string literal; raw where that reads better.
pub(super) fn go(text: &str) -> String {
    let printable = text.chars().all(|c| c != '`' && c != '\r' && (c == '\n' || !c.is_control()));
    if printable && text.contains(['"', '\\', '\n']) {
        return format!("`{text}`");
    }
    json(text)
}

/// A Python string literal.
pub(super) fn python(text: &str) -> String {
    let printable = text.chars().all(|c| !c.is_control() && c != '\\' && c != '\'');
    if printable && text.contains('"') {
        return format!("'{text}'");
    }
    // JSON's escapes are Python's, but a pair of surrogates would not be one character: JSON here never makes one.
    json(text)
}

/// A JavaScript string literal.
pub(super) fn javascript(text: &str) -> String {
    let printable = text.chars().all(|c| !c.is_control() && c != '\\' && c != '\'');
    if printable && text.contains('"') {
        return format!("'{text}'");
    }
    json(text)
}

/// A JSON string, which Go, Python and JavaScript read alike.
fn json(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_words_survive_any_quote() {
        assert_eq!(shell("http://localhost:8080/v1"), "http://localhost:8080/v1");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("it's $HOME `id`"), r"'it'\''s $HOME `id`'");
    }

    #[test]
    fn literals_of_other_languages() {
        assert_eq!(rust("plain"), r#""plain""#);
        assert_eq!(rust(r#"{"a":"b"}"#), r###"r#"{"a":"b"}"#"###);
        assert_eq!(rust("a\"#b"), "r##\"a\"#b\"##");
        assert_eq!(rust("a\n\"b"), r#""a\n\"b""#);
        assert_eq!(go(r#"{"a":1}"#), r#"`{"a":1}`"#);
        assert_eq!(go("`\""), r#""`\"""#);
        assert_eq!(python(r#"{"a":1}"#), r#"'{"a":1}'"#);
        assert_eq!(python("it's \"x\""), r#""it's \"x\"""#);
        assert_eq!(javascript("a\nb"), r#""a\nb""#);
    }
}
