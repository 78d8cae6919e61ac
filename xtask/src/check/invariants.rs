//! Who may depend on whom, and what may be in the build at all.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{process, workspace};

/// Crates that meet in one type somewhere; a second version would compile and then not fit.
const SINGLE: [&str; 5] = ["axum", "tonic", "prost", "http", "hyper"];

/// Native TLS and the crypto provider that is not ours: two providers in one process panic at first use.
const BANNED: [&str; 5] = ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls"];

/// What has no place in a browser.
const NOT_IN_BROWSER: [&str; 4] = ["tokio", "tonic", "prost", "sqlx"];

/// Packages that reach the platform only through `client`.
const ABOVE_CLIENT: [&str; 6] =
    ["micro-app", "micro-bot", "micro-services", "micro-client", "micro-proto", "micro-domain"];

/// One package of the workspace.
#[derive(Default)]
struct Member {
    /// Its folder, relative to the root.
    folder: String,
    /// Members it names under dependencies or build-dependencies.
    uses: BTreeSet<String>,
}

impl Member {
    fn is_platform(&self) -> bool {
        self.folder.starts_with("platform/")
    }
}

/// Checks all rules and reports every violation at once.
pub(super) fn check() -> Result<()> {
    let printed = process::output(process::cargo().args(["metadata", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&printed).context("cargo metadata printed no JSON")?;
    let members = members(&metadata)?;
    let mut wrong = layering(&members);
    wrong.extend(packages(&resolved(&metadata)));
    wrong.extend(browser(&hydrate_packages()?));
    if !wrong.is_empty() {
        bail!("the dependency rules of docs/architecture.md are broken:\n  {}", wrong.join("\n  "));
    }
    Ok(())
}

fn members(metadata: &Value) -> Result<BTreeMap<String, Member>> {
    let root = format!("{}/", workspace::root().display());
    let mut members = BTreeMap::new();
    for package in metadata["packages"].as_array().context("no packages in cargo metadata")? {
        let path = package["manifest_path"].as_str().unwrap_or_default();
        let Some(folder) = path.strip_prefix(&root).and_then(|path| path.strip_suffix("/Cargo.toml")) else {
            continue;
        };
        let uses = package["dependencies"].as_array().into_iter().flatten();
        let uses = uses
            .filter(|dependency| dependency["kind"] != "dev" && dependency["path"].is_string())
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect();
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        members.insert(name, Member { folder: folder.to_owned(), uses });
    }
    Ok(members)
}

/// Invariants 1 and 2: what points the wrong way.
fn layering(members: &BTreeMap<String, Member>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, member) in members {
        if member.is_platform() {
            let siblings =
                member.uses.iter().filter(|used| members.get(*used).is_some_and(Member::is_platform));
            let other = siblings.filter(|used| *used != "micro-database");
            wrong.extend(other.map(|used| format!("{name} uses its sibling {used}; server joins them")));
        }
        // The cli starts the server, and what the server is made of is none of its business.
        let through = if name == "micro-cli" { "micro-server" } else { "" };
        if ABOVE_CLIENT.contains(&name.as_str()) || name == "micro-cli" {
            let platform = reach(members, name, through).into_iter();
            let platform = platform.filter(|used| members.get(used).is_some_and(Member::is_platform));
            wrong.extend(
                platform.map(|used| format!("{name} reaches {used}; only client leads to the platform")),
            );
        }
    }
    wrong
}

/// Everything `from` uses, directly or not, without looking into `closed`.
fn reach(members: &BTreeMap<String, Member>, from: &str, closed: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next = vec![from.to_owned()];
    while let Some(name) = next.pop() {
        if name == closed {
            continue;
        }
        for used in members.get(&name).into_iter().flat_map(|member| &member.uses) {
            if found.insert(used.clone()) {
                next.push(used.clone());
            }
        }
    }
    found
}

/// Name and version of every package in the build, on any platform, with the features that are on.
fn resolved(metadata: &Value) -> BTreeSet<(String, String)> {
    let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
    let ids: BTreeSet<&str> = nodes.filter_map(|node| node["id"].as_str()).collect();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let built = packages.filter(|package| package["id"].as_str().is_some_and(|id| ids.contains(id)));
    built
        .filter_map(|package| {
            Some((package["name"].as_str()?.to_owned(), package["version"].as_str()?.to_owned()))
        })
        .collect()
}

fn packages(built: &BTreeSet<(String, String)>) -> Vec<String> {
    let versions = |name: &str| -> Vec<&str> {
        built.iter().filter(|(other, _)| other == name).map(|(_, version)| version.as_str()).collect()
    };
    let twice = SINGLE.iter().filter_map(|name| {
        let found = versions(name);
        (found.len() > 1).then(|| format!("{name} is built in versions {}", found.join(" and ")))
    });
    let banned = BANNED.iter().filter(|name| !versions(name).is_empty());
    twice.chain(banned.map(|name| format!("{name} is in the build; TLS is rustls with ring"))).collect()
}

/// Names of the packages of the browser's half.
fn hydrate_packages() -> Result<BTreeSet<String>> {
    let arguments = ["tree", "-p", "micro-app", "--no-default-features", "--features", "hydrate"];
    let target = ["--target", "wasm32-unknown-unknown", "-e", "normal", "--prefix", "none", "-f", "{p}"];
    let printed = process::output(process::cargo().args(arguments).args(target))?;
    Ok(printed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Invariant 3. A family counts with its head: `sqlx-core` is sqlx.
fn browser(names: &BTreeSet<String>) -> Vec<String> {
    let of = |name: &str, family: &str| {
        name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let unwanted = names.iter().filter(|name| NOT_IN_BROWSER.iter().any(|family| of(name, family)));
    unwanted.map(|name| format!("the browser's half contains {name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(members: &[(&str, &str, &[&str])]) -> BTreeMap<String, Member> {
        let member = |folder: &str, uses: &[&str]| Member {
            folder: folder.to_owned(),
            uses: uses.iter().map(|used| (*used).to_owned()).collect(),
        };
        members.iter().map(|(name, folder, uses)| ((*name).to_owned(), member(folder, uses))).collect()
    }

    const PLATFORM: [(&str, &str, &[&str]); 3] = [
        ("micro-database", "platform/database", &[]),
        ("micro-registry", "platform/registry", &["micro-database"]),
        ("micro-server", "server", &["micro-registry"]),
    ];

    fn broken(extra: &[(&str, &str, &[&str])]) -> Vec<String> {
        layering(&workspace(&[&PLATFORM[..], extra].concat()))
    }

    #[test]
    fn the_cli_reaches_the_platform_through_the_server_only() {
        assert!(broken(&[("micro-cli", "cli", &["micro-server"])]).is_empty());
        assert_eq!(broken(&[("micro-cli", "cli", &["micro-server", "micro-registry"])]).len(), 2);
    }

    #[test]
    fn the_app_reaches_no_platform_at_all() {
        assert_eq!(broken(&[("micro-app", "app", &["micro-server"])]).len(), 2);
        assert_eq!(broken(&[("micro-app", "app", &["micro-database"])]).len(), 1);
    }

    #[test]
    fn siblings_share_the_database_and_nothing_else() {
        assert_eq!(broken(&[("micro-gateway", "platform/gateway", &["micro-registry"])]).len(), 1);
        assert!(broken(&[("micro-gateway", "platform/gateway", &["micro-database"])]).is_empty());
    }

    #[test]
    fn second_versions_and_banned_crates_are_named() {
        let set =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert!(packages(&set(&[("http", "1.4.0"), ("axum", "0.8.9")])).is_empty());
        assert_eq!(packages(&set(&[("http", "0.2.12"), ("http", "1.4.0"), ("openssl", "0.10.0")])).len(), 2);
    }

    #[test]
    fn a_family_counts_with_its_head() {
        let names = ["sqlx-core", "tokio", "prost-types", "tokio_thing", "leptos"];
        assert_eq!(browser(&names.iter().map(|name| (*name).to_owned()).collect()).len(), 3);
    }
}
