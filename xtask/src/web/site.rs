//! Writing the finished folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::compress::Packed;
use super::split::Pages;
use super::{Profile, prune, write_if_changed};

/// Writes every file that changed, deletes those of former builds, and writes `manifest.json` in between.
pub(super) fn write(folder: &Path, packed: &[Packed], pages: &Pages, profile: Profile) -> Result<()> {
    let mut used = BTreeMap::new();
    for file in packed {
        let name = &file.asset.file;
        let copies =
            [("", Some(&file.asset.bytes)), (".br", file.brotli.as_ref()), (".gz", file.gzip.as_ref())];
        for (suffix, bytes) in copies {
            if let Some(bytes) = bytes {
                put(folder.join(format!("{name}{suffix}")), bytes, &mut used)?;
            }
        }
    }
    let manifest = manifest(packed, pages, profile)?;
    put(folder.join("manifest.json"), manifest.as_bytes(), &mut used)?;
    prune(folder, &used)
}

fn put(path: PathBuf, bytes: &[u8], used: &mut BTreeMap<PathBuf, ()>) -> Result<()> {
    write_if_changed(&path, bytes)?;
    used.insert(path, ());
    Ok(())
}

/// What the server reads: the files of a page, what more each lazy one needs, and every logical name.
fn manifest(packed: &[Packed], pages: &Pages, profile: Profile) -> Result<String> {
    let files: BTreeMap<&str, &str> =
        packed.iter().map(|file| (file.asset.logical.as_str(), file.asset.file.as_str())).collect();
    let of =
        |logical: &str| files.get(logical).copied().with_context(|| format!("the build made no {logical}"));
    let value = json!({
        "profile": profile.name(),
        "js": of("micro.js")?,
        "wasm": of("micro.wasm")?,
        "css": of("micro.css")?,
        "pages_js": of("pages.js")?,
        "pages": pages,
        "files": files,
    });
    Ok(format!("{value:#}\n"))
}
