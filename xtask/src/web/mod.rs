//! `cargo xtask web`: the browser's half, from `app/`, `style/` and `public/` to `target/site/`.
//!
//! Every file there carries its content's hash in its name, so it may be cached for ever, and lies beside its brotli and
//! gzip copies. `manifest.json` maps logical names to hashed ones; it is written last, so a reader never sees a name
//! whose file is missing.

mod bindgen;
mod compress;
mod css;
mod report;
mod site;
mod split;
mod toolchain;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

pub(crate) use toolchain::{RUSTFLAGS, clippy};

use crate::workspace;

/// Options of `cargo xtask web`.
#[derive(clap::Args, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Optimise for size, compress as well as possible and hold the byte budget
    #[arg(long)]
    pub(crate) release: bool,
    /// Compile the standard library from its source even where the target is installed
    #[arg(long, hide = true)]
    pub(crate) build_std: bool,
}

/// Which of the two builds this is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// The name in paths and in the manifest.
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// Cargo's profile for the wasm build.
    fn cargo(self) -> &'static str {
        match self {
            Self::Dev => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }

    /// Brotli's quality: the best for what is shipped, a quick one for what changes every minute.
    fn brotli_quality(self) -> i32 {
        match self {
            Self::Dev => 5,
            Self::Release => 11,
        }
    }
}

/// A finished file, before compression.
pub(crate) struct Asset {
    /// The name the code uses, such as `micro.js` or `icons.svg`.
    pub(crate) logical: String,
    /// The name it is served under.
    pub(crate) file: String,
    pub(crate) bytes: Vec<u8>,
}

/// Files whose address is fixed by convention.
const UNHASHED: [&str; 2] = ["favicon.ico", "robots.txt"];

impl Asset {
    fn new(logical: &str, bytes: Vec<u8>) -> Self {
        let file =
            if UNHASHED.contains(&logical) { logical.to_owned() } else { hashed_name(logical, &bytes) };
        Self { logical: logical.to_owned(), file, bytes }
    }

    /// A file that others know by a name they were given before it was made.
    fn named(file: String, logical: &str, bytes: Vec<u8>) -> Self {
        Self { logical: logical.to_owned(), file, bytes }
    }
}

/// Builds the site and prints what each file weighs.
pub(crate) fn run(options: &Options) -> Result<()> {
    let profile = if options.release { Profile::Release } else { Profile::Dev };
    let raw = toolchain::build_wasm(profile, options.build_std)?;
    let mut assets = public_files()?;
    let names = assets.iter().map(|asset| (asset.logical.clone(), asset.file.clone())).collect();
    assets.push(Asset::new("micro.css", css::bundle(&workspace::root().join("style/main.css"), &names)?));
    let optimiser = bindgen::optimiser(profile);
    let (code, pages) = bindgen::assets(&raw, profile, optimiser.as_ref())?;
    assets.extend(code);
    let packed = compress::all(assets, profile)?;
    site::write(&workspace::site(), &packed, &pages, profile)?;
    report::print(&packed, optimiser.is_some())
}

/// Everything under `public/`, by its path there.
fn public_files() -> Result<Vec<Asset>> {
    let folder = workspace::root().join("public");
    let mut assets = Vec::new();
    for file in files_below(&folder)? {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let logical = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        assets.push(Asset::new(&logical, bytes));
    }
    Ok(assets)
}

/// All regular files below a folder, sorted; none where the folder is missing. Names starting with a dot are skipped.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", next.display()))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `micro.js` becomes `micro-0123456789abcdef.js`; a folder in front stays.
pub(crate) fn hashed_name(logical: &str, bytes: &[u8]) -> String {
    let hash = &digest([bytes])[..HASH_CHARS];
    let (folder, name) = logical.rsplit_once('/').map_or(("", logical), |(folder, name)| (folder, name));
    let name = match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
        None => format!("{name}-{hash}"),
    };
    if folder.is_empty() { name } else { format!("{folder}/{name}") }
}

/// Characters of the digest in a file name: 64 bits, ample for telling versions of one file apart.
const HASH_CHARS: usize = 16;

/// SHA-256 over the parts, in hex.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Deletes the files directly in `folder` that `used` does not name.
pub(crate) fn prune(folder: &Path, used: &BTreeMap<PathBuf, ()>) -> Result<()> {
    for file in files_below(folder)? {
        if !used.contains_key(&file) {
            fs::remove_file(&file).with_context(|| format!("cannot delete {}", file.display()))?;
        }
    }
    Ok(())
}

/// Writes a file whose content differs, so that an unchanged one keeps its time and nothing downstream is rebuilt.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let Some(folder) = path.parent() else { bail!("{} has no folder", path.display()) };
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Renamed into place: a server reading the folder sees the old file or the new one.
    let partial = path.with_extension("partial");
    fs::write(&partial, bytes).with_context(|| format!("cannot write {}", partial.display()))?;
    fs::rename(&partial, path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_stands_before_the_extension() {
        let name = hashed_name("fonts/sans.woff2", b"abc");
        assert!(name.starts_with("fonts/sans-") && name.ends_with(".woff2"), "{name}");
        assert_eq!(name.len(), "fonts/sans-.woff2".len() + HASH_CHARS);
        assert_ne!(name, hashed_name("fonts/sans.woff2", b"abd"));
    }

    #[test]
    fn fixed_addresses_keep_their_name() {
        assert_eq!(Asset::new("robots.txt", vec![]).file, "robots.txt");
        assert_ne!(Asset::new("icons.svg", vec![]).file, "icons.svg");
    }

    #[test]
    fn moving_a_byte_between_parts_changes_the_digest() {
        assert_ne!(digest([&b"ab"[..], b"c"]), digest([&b"a"[..], b"bc"]));
    }
}
