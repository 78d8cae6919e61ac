//! From cargo's wasm to what a browser loads: the JavaScript glue, and the smaller wasm beside it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::split::{self, Pages};
use super::{Asset, Profile, digest, hashed_name};
use crate::{install, process, workspace};

/// The oldest `wasm-opt` that understands what rustc emits today; Debian's 108 breaks it.
const WASM_OPT_MIN: u32 = 117;

/// What rustc 1.95 emits for wasm32 without being asked.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// `micro.js`, `micro.wasm`, the snippets the glue imports and the pages' modules, and which page needs which of these. A
/// build whose wasm did not change is taken from the cache.
pub(super) fn assets(
    raw: &Path,
    profile: Profile,
    optimiser: Option<&Optimiser>,
) -> Result<(Vec<Asset>, Pages)> {
    let wasm = fs::read(raw).with_context(|| format!("cannot read {}", raw.display()))?;
    let version = optimiser.map_or("", |(_, version)| version.as_str());
    let key =
        digest([&wasm[..], env!("CARGO_PKG_VERSION").as_bytes(), version.as_bytes(), BINDGEN.as_bytes()]);
    let cache = workspace::web_target().join("bindgen").join(profile.name());
    let stamp = cache.join("key");
    if !fs::read_to_string(&stamp).is_ok_and(|old| old == key) {
        let _ = fs::remove_dir_all(&cache);
        fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
        generate(&split::split(raw, &key, &cache)?, &cache)?;
        if let Some((program, _)) = optimiser {
            optimise(program, &cache.join("micro_bg.wasm"))?;
            split::modules(&cache)?.iter().try_for_each(|module| optimise(program, module))?;
        }
        fs::write(&stamp, &key).with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    let (mut assets, pages) = split::collect(&key, &cache)?;
    assets.extend(collect(&key, &cache)?);
    Ok((assets, pages))
}

/// Part of the cache's key: changes with the options below.
const BINDGEN: &str = "wasm-bindgen 0.2.130, web, no default path, split";

fn generate(main: &Path, out: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(main).out_name("micro").typescript(false);
    // The pages' modules reach into the main one through what the linker exports.
    bindgen.keep_lld_exports(true).demangle(false);
    // The page names the wasm by its hashed address, so the glue must not guess one.
    bindgen.omit_default_module_path(true).remove_name_section(true).remove_producers_section(true);
    bindgen.web(true)?;
    bindgen.generate(out).context("wasm-bindgen refused the wasm that cargo built")
}

/// Reads the generated files, and points the glue's imports at hashed names.
fn collect(key: &str, cache: &Path) -> Result<Vec<Asset>> {
    let mut glue = fs::read_to_string(cache.join("micro.js")).context("wasm-bindgen wrote no micro.js")?;
    let wasm = fs::read(cache.join("micro_bg.wasm"))?;
    let mut assets = vec![Asset::named(split::name("micro", key, "wasm"), "micro.wasm", wasm)];
    for file in super::files_below(&cache.join("snippets"))? {
        let logical = file.strip_prefix(cache).unwrap_or(&file).to_string_lossy().into_owned();
        let bytes = fs::read(&file)?;
        let import = format!("./{logical}");
        if !glue.contains(&import) {
            bail!("{logical} is imported by another snippet, whose hashed name it cannot know");
        }
        glue = glue.replace(&import, &format!("./{}", hashed_name(&logical, &bytes)));
        assets.push(Asset::new(&logical, bytes));
    }
    assets.push(Asset::named(split::name("micro", key, "js"), "micro.js", glue.into_bytes()));
    Ok(assets)
}

fn optimise(program: &Path, wasm: &Path) -> Result<()> {
    let small = wasm.with_extension("small");
    let mut command = process::command(program);
    command.arg("-Oz").args(FEATURES).arg(wasm).arg("-o").arg(&small);
    process::run(&mut command)?;
    fs::rename(&small, wasm).context("cannot replace the wasm by the optimised one")
}

/// A `wasm-opt`, and what it calls its version.
pub(super) type Optimiser = (PathBuf, String);

/// A `wasm-opt` new enough for a release, fetched where npm can; says when there is none.
pub(super) fn optimiser(profile: Profile) -> Option<Optimiser> {
    if profile == Profile::Dev {
        return None;
    }
    if let Err(error) = install::wasm_opt() {
        eprintln!("wasm-opt could not be fetched: {error:#}");
    }
    wasm_opt()
}

fn wasm_opt() -> Option<Optimiser> {
    let local = ["node_modules/.bin", "target/tools/node_modules/.bin", "tests/e2e/node_modules/.bin"];
    let candidates = local.iter().map(|folder| workspace::root().join(folder).join("wasm-opt"));
    let found =
        candidates.filter(|file| workspace::is_executable(file)).chain(workspace::program("wasm-opt"));
    let mut old = None;
    for program in found {
        let Ok(printed) = process::output(process::command(&program).arg("--version")) else { continue };
        match version(&printed) {
            Some(number) if number >= WASM_OPT_MIN => return Some((program, printed.trim().to_owned())),
            _ => old = Some(printed.trim().to_owned()),
        }
    }
    let why = old.map_or_else(|| "it is not installed".to_owned(), |old| format!("{old} is too old"));
    eprintln!(
        "wasm-opt skipped: {why}. The wasm will be larger than it need be. Version {WASM_OPT_MIN} or newer comes with:\n  \
         npm install --prefix target/tools binaryen@132"
    );
    None
}

/// The number in `wasm-opt version 132 (version_132)`.
fn version(printed: &str) -> Option<u32> {
    printed.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_number() {
        assert_eq!(version("wasm-opt version 132 (version_132)"), Some(132));
        assert_eq!(version("wasm-opt version 108\n"), Some(108));
        assert_eq!(version("wasm-opt"), None);
    }
}
