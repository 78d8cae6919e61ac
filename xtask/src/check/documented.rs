//! Every dependency of the workspace has its line in `docs/dependencies.md`.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace;

const PAGE: &str = "docs/dependencies.md";

/// Fails naming what is declared and not explained.
pub(super) fn check() -> Result<()> {
    let read = |name: &str| {
        fs::read_to_string(workspace::root().join(name)).with_context(|| format!("cannot read {name}"))
    };
    let (manifest, page) = (read("Cargo.toml")?, read(PAGE)?);
    let missing: Vec<&str> =
        declared(&manifest).into_iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    if !missing.is_empty() {
        bail!("say in {PAGE} what these replace: {}", missing.join(", "));
    }
    Ok(())
}

/// Names under `[workspace.dependencies]`, our own packages left out.
fn declared(manifest: &str) -> Vec<&str> {
    let table = manifest.lines().skip_while(|line| line.trim() != "[workspace.dependencies]").skip(1);
    let lines = table.take_while(|line| !line.starts_with('['));
    let names =
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.split_once('=')?.0.trim()));
    names.filter(|name| !name.starts_with("micro-")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_their_table_alone() {
        let manifest = "[workspace]\nresolver = \"3\"\n[workspace.dependencies]\nmicro-app = { path = \"app\" }\n\n\
                        # why\nanyhow = \"1\"\nserde = { version = \"1\" }\n[profile.dev]\ndebug = false\n";
        assert_eq!(declared(manifest), vec!["anyhow", "serde"]);
    }
}
