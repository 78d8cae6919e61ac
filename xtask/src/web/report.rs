//! What each file weighs, and the budget.

use anyhow::{Result, bail};

use super::compress::Packed;

/// Bytes of wasm and JavaScript, brotli, that the first view may load.
const FIRST_VIEW_MAX_BYTES: usize = 300_000;

/// Prints the table; a build that was made as small as it gets and is still over the budget is an error.
pub(super) fn print(packed: &[Packed], optimised: bool) -> Result<()> {
    println!("{:<44} {:>9} {:>9} {:>9}", "file", "raw", "gzip", "brotli");
    for file in packed {
        let raw = file.asset.bytes.len();
        let gzip = file.gzip.as_ref().map_or(raw, Vec::len);
        println!("{:<44} {raw:>9} {gzip:>9} {:>9}", file.asset.file, brotli(file));
    }
    let code: usize = sum(packed, |name| name == "micro.wasm" || name.ends_with(".js"));
    let style: usize = sum(packed, |name| name == "micro.css");
    println!("first view: {code} bytes of wasm and JavaScript, {style} of CSS (brotli)");
    if optimised && code > FIRST_VIEW_MAX_BYTES {
        bail!(
            "wasm and JavaScript of the first view are {code} bytes, over the budget of {FIRST_VIEW_MAX_BYTES}"
        );
    }
    Ok(())
}

fn sum(packed: &[Packed], wanted: impl Fn(&str) -> bool) -> usize {
    packed.iter().filter(|file| wanted(&file.asset.logical)).map(brotli).sum()
}

fn brotli(file: &Packed) -> usize {
    file.brotli.as_ref().map_or(file.asset.bytes.len(), Vec::len)
}
