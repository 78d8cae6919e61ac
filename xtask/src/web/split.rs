//! Taking the wasm apart: what every page needs, and a module for each page that is loaded when it is opened.
//!
//! The parts name each other, so none can carry the hash of its content; all of them carry that of what they come from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::Options;

use super::{Asset, HASH_CHARS};

/// By lazy page, as Leptos calls it: the modules it needs, by their names without `.wasm`.
pub(super) type Pages = BTreeMap<String, Vec<String>>;

/// What was split off, and the loader.
const PARTS: &str = "parts";
/// Which page needs what.
const PAGES: &str = "pages.json";

/// The name of a file of the build with the key `key`.
pub(super) fn name(stem: &str, key: &str, extension: &str) -> String {
    format!("{stem}-{}.{extension}", &key[..HASH_CHARS])
}

/// Splits `raw`, writes the parts below `cache` and returns the main module.
pub(super) fn split(raw: &Path, key: &str, cache: &Path) -> Result<std::path::PathBuf> {
    let wasm = fs::read(raw).with_context(|| format!("cannot read {}", raw.display()))?;
    let (main, parts) = (cache.join("main.wasm"), cache.join(PARTS));
    let of = |stem: &str| format!("./{}", name(stem, key, "js"));
    let (loader, glue) = (of("pages"), of("micro"));
    let mut options = Options::new(&wasm);
    options.output_dir = &parts;
    options.main_out_path = &main;
    options.link_name = &loader;
    options.main_module = &glue;
    let done =
        wasm_split_cli_support::transform(options).map_err(|error| anyhow!("cannot split: {error:#}"))?;
    let pages: Pages = done.prefetch_map.into_iter().collect();
    fs::write(cache.join(PAGES), serde_json::to_vec(&pages)?)?;
    Ok(main)
}

/// The modules that were split off, wherever [`split`] wrote them.
pub(super) fn modules(cache: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut files = super::files_below(&cache.join(PARTS))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    Ok(files)
}

/// The loader and the modules under the names they are served by, and which page needs which.
pub(super) fn collect(key: &str, cache: &Path) -> Result<(Vec<Asset>, Pages)> {
    let loads = name("pages", key, "js");
    let mut loader =
        fs::read_to_string(cache.join(PARTS).join(&loads)).context("splitting made no loader")?;
    let mut assets = Vec::new();
    for file in modules(cache)? {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let served = name(&stem, key, "wasm");
        loader = loader.replace(&format!("./{stem}.wasm"), &format!("./{served}"));
        assets.push(Asset::named(served, &format!("{stem}.wasm"), fs::read(&file)?));
    }
    assets.push(Asset::named(loads, "pages.js", loader.into_bytes()));
    let mut pages: Pages = serde_json::from_slice(&fs::read(cache.join(PAGES))?)?;
    for modules in pages.values_mut() {
        for module in modules {
            *module = format!("{module}-{}", &key[..HASH_CHARS]);
        }
    }
    Ok((assets, pages))
}
