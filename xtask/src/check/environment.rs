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
    let in_tests = path.components().any(|part| part.as_os_str() == "tests") || name == "tests.rs";
    path.extension().is_some_and(|extension| extension == "rs") && name != "build.rs" && !in_tests
}

/// Numbers of the lines that read a variable, up to the file's tests.
fn reads(text: &str) -> Vec<usize> {
    let product = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let reading = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        ["env::var(", "env::vars(", "env::var_os(", "env::vars_os(", "env::{", "env::set_var("]
            .iter()
            .any(|call| code.contains(call))
    };
    product.enumerate().filter(|(_, line)| reading(line)).map(|(index, _)| index + 1).collect()
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
    fn build_scripts_and_tests_are_not_product_code() {
        assert!(is_product_code(Path::new("client/src/lib.rs")));
        assert!(!is_product_code(Path::new("proto/build.rs")));
        assert!(!is_product_code(Path::new("platform/database/tests/story.rs")));
        assert!(!is_product_code(Path::new("app/src/tests.rs")));
    }
}
