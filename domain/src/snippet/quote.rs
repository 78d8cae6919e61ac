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
