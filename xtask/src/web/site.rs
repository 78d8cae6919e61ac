//! Writing the finished folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::compress::Packed;
use super::{Profile, prune, write_if_changed};

/// Writes every file that changed, deletes those of former builds, and writes `manifest.json` in between.
pub(super) fn write(folder: &Path, packed: &[Packed], profile: Profile) -> Result<()> {
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
    let manifest = manifest(packed, profile)?;
    put(folder.join("manifest.json"), manifest.as_bytes(), &mut used)?;
    prune(folder, &used)
}

fn put(path: PathBuf, bytes: &[u8], used: &mut BTreeMap<PathBuf, ()>) -> Result<()> {
    write_if_changed(&path, bytes)?;
    used.insert(path, ());
    Ok(())
}

/// What the server reads: the three files of a page, and every logical name.
fn manifest(packed: &[Packed], profile: Profile) -> Result<String> {
    let files: BTreeMap<&str, &str> =
        packed.iter().map(|file| (file.asset.logical.as_str(), file.asset.file.as_str())).collect();
    let of =
        |logical: &str| files.get(logical).copied().with_context(|| format!("the build made no {logical}"));
    let value = json!({
        "profile": profile.name(),
        "js": of("micro.js")?,
        "wasm": of("micro.wasm")?,
        "css": of("micro.css")?,
        "files": files,
    });
    Ok(format!("{value:#}\n"))
}
