//! Brotli and gzip copies, made once per content.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;

use super::{Asset, Profile, digest, prune, write_if_changed};
use crate::workspace;

/// A file with its compressed copies; none where they would save less than a twentieth.
pub(super) struct Packed {
    pub(super) asset: Asset,
    pub(super) brotli: Option<Vec<u8>>,
    pub(super) gzip: Option<Vec<u8>>,
}

/// Compresses every asset, taking from the cache what was compressed before.
pub(super) fn all(assets: Vec<Asset>, profile: Profile) -> Result<Vec<Packed>> {
    let cache = workspace::web_target().join("compressed").join(profile.name());
    let mut used = BTreeMap::new();
    let mut packed = Vec::with_capacity(assets.len());
    for asset in assets {
        let key = digest([&asset.bytes[..]]);
        let brotli = cached(&cache.join(format!("{key}.br")), &mut used, || brotli(&asset.bytes, profile))?;
        let gzip = cached(&cache.join(format!("{key}.gz")), &mut used, || gzip(&asset.bytes))?;
        let worth = |copy: Vec<u8>| (copy.len() * 20 < asset.bytes.len() * 19).then_some(copy);
        packed.push(Packed { brotli: worth(brotli), gzip: worth(gzip), asset });
    }
    prune(&cache, &used)?;
    Ok(packed)
}

fn cached(
    path: &Path,
    used: &mut BTreeMap<PathBuf, ()>,
    make: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    used.insert(path.to_owned(), ());
    if let Ok(bytes) = fs::read(path) {
        return Ok(bytes);
    }
    let bytes = make()?;
    write_if_changed(path, &bytes)?;
    Ok(bytes)
}

fn brotli(bytes: &[u8], profile: Profile) -> Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: profile.brotli_quality(),
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params).context("brotli failed")?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).context("gzip failed")?;
    encoder.finish().context("gzip failed")
}
