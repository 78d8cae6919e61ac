//! Only `server` and `cli` read the environment: a setting that anything may read is a setting nobody can list.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{web, workspace};

/// Folders that read no variable.
const FOLDERS: [&str; 8] =
    ["domain", "proto", "client", "platform", "services", "app", "bot", "tests/support"];

/// Fails on every line of product code in [`FOLDERS`] that reads a variable.
pub(super) fn check() -> Result<()> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for file in web::files_below(&workspace::root().join(folder))? {
            let shown = file.strip_prefix(workspace::root()).unwrap_or(&file).to_owned();
            if is_product_code(&shown) {
                let text =
                    fs::read_to_string(&file).with_context(|| format!("cannot read {}", shown.display()))?;
                found.extend(reads(&text).into_iter().map(|line| format!("{}:{line}", shown.display())));
            }
        }
    }
    if !found.is_empty() {
        bail!(
            "only server and cli read the environment; pass the value in instead:\n  {}",
            found.join("\n  ")
        );
    }
    Ok(())
}

fn is_product_code(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let for_tests = ["tests.rs", "testing.rs"].iter().any(|other| name == *other)
        || path.components().any(|part| part.as_os_str() == "tests");
    path.extension().is_some_and(|extension| extension == "rs") && name != "build.rs" && !for_tests
}

/// Numbers of the lines that read a variable, up to the file's tests.
fn reads(text: &str) -> Vec<usize> {
    let calls =
        ["env::var(", "env::vars(", "env::var_os(", "env::vars_os(", "env::set_var(", "env::remove_var("];
    let code = code(text);
    let product = code.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let reading = product.enumerate().filter(|(_, line)| calls.iter().any(|call| line.contains(call)));
    reading.map(|(index, _)| index + 1).collect()
}

/// The text without its line comments and what stands in its strings, on the same lines.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (kept, skipped) = match next {
            '/' if rest.starts_with("//") => (0, rest.find('\n').unwrap_or(rest.len())),
            '\'' if rest.starts_with("'\"'") => (0, 3),
            'r' if rest.starts_with("r\"") => (0, quoted(rest, 2, "\"", false)),
            'r' if rest.starts_with("r#\"") => (0, quoted(rest, 3, "\"#", false)),
            '"' => (0, quoted(rest, 1, "\"", true)),
            _ => (next.len_utf8(), next.len_utf8()),
        };
        code.push_str(&rest[..kept]);
        code.extend(rest[kept..skipped].chars().filter(|character| *character == '\n'));
        rest = &rest[skipped..];
    }
    code
}

/// Length of the string literal that `text` begins with: its opening is `open` bytes long and `close` ends it.
fn quoted(text: &str, open: usize, close: &str, escapes: bool) -> usize {
    let mut at = open;
    while let Some(next) = text[at..].chars().next() {
        if text[at..].starts_with(close) {
            return at + close.len();
        }
        at += next.len_utf8();
        if escapes && next == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_found_outside_comments_and_tests() {
        let text = "// std::env::var(\"A\")\nlet a = std::env::var(\"A\");\nlet b = env!(\"B\");\n#[cfg(test)]\nstd::env::var(\"C\")";
        assert_eq!(reads(text), vec![2]);
    }

    #[test]
    fn what_stands_in_a_string_is_not_read() {
        let text = "let a = \"x \\\" env::var(1)\n env::var(2)\";\nlet b = r#\"\" env::var(3)\"#; let c = '\"';\nenv::var(4)";
        assert_eq!(reads(text), vec![4]);
    }

    #[test]
    fn build_scripts_and_tests_are_not_product_code() {
        assert!(is_product_code(Path::new("client/src/lib.rs")));
        assert!(!is_product_code(Path::new("proto/build.rs")));
        assert!(!is_product_code(Path::new("platform/database/tests/story.rs")));
        assert!(!is_product_code(Path::new("app/src/tests.rs")));
    }
}
