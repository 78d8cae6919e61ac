//! Compiling `app/` for the browser, and getting the target where it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::Profile;
use crate::{process, workspace};

const TARGET: &str = "wasm32-unknown-unknown";

/// How the standard library for wasm is come by.
enum Toolchain {
    /// The target is installed beside the active compiler.
    Target,
    /// The library is compiled from its source by the active compiler.
    BuildStd,
    /// As `BuildStd`, by the distribution's own cargo and rustc.
    Distribution { cargo: PathBuf, rustc: PathBuf, linker: PathBuf },
}

/// Compiles the `app` crate's `hydrate` half and returns the path of the raw wasm.
pub(super) fn build_wasm(profile: Profile, build_std: bool) -> Result<PathBuf> {
    let toolchain = if build_std { Toolchain::BuildStd } else { find()? };
    let mut cargo = cargo(&toolchain, "rustc", profile);
    // The crate type is asked for here alone: in the manifest it would cost every native build a link.
    cargo.args(["--lib", "--crate-type", "cdylib"]);
    process::run(&mut cargo)?;
    Ok(workspace::web_target().join(TARGET).join(profile.cargo()).join("micro_app.wasm"))
}

/// Lints the `hydrate` half alone, as the browser's build sees it.
pub(crate) fn clippy() -> Result<()> {
    let toolchain = find()?;
    if matches!(toolchain, Toolchain::Distribution { .. }) {
        // rustup's clippy cannot read what another compiler wrote.
        eprintln!("Checked without clippy, which does not fit Debian's compiler.");
        return process::run(cargo(&toolchain, "check", Profile::Dev).arg("--lib"));
    }
    process::run(cargo(&toolchain, "clippy", Profile::Dev).args(["--lib", "--", "-D", "warnings"]))
}

/// `cargo SUBCOMMAND` for the browser's half.
fn cargo(toolchain: &Toolchain, subcommand: &str, profile: Profile) -> Command {
    let mut cargo = match toolchain {
        Toolchain::Distribution { cargo, rustc, linker } => {
            let mut command = process::command(cargo);
            command.env("RUSTC", rustc).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            command
        }
        Toolchain::Target | Toolchain::BuildStd => process::cargo(),
    };
    // By name, and alone: `ssr` and `hydrate` unified would make a program that is neither.
    cargo.args([subcommand, "-p", "micro-app", "--no-default-features", "--features", "hydrate"]);
    cargo.args(["--target", TARGET, "--profile", profile.cargo()]);
    cargo.arg("--target-dir").arg(workspace::web_target());
    if !matches!(toolchain, Toolchain::Target) {
        cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
    }
    // Splitting moves functions between modules, for which it must know where each is mentioned.
    let flags = format!("{RUSTFLAGS}\u{1f}-Clink-args=--emit-relocs");
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags);
    cargo
}

/// Type-erased views compile several times faster, and on the whole weigh less. Browser and server must be built alike:
/// the two kinds place different markers in the page, and one cannot hydrate the other's. As in `.cargo/config.toml`,
/// said again because a variable of the caller's would win over that.
pub(crate) const RUSTFLAGS: &str = "--cfg\u{1f}erase_components";

fn find() -> Result<Toolchain> {
    let sysroot = sysroot(&rustc());
    if sysroot.as_deref().is_some_and(has_target) {
        return Ok(Toolchain::Target);
    }
    eprintln!("The {TARGET} target is not installed; asking rustup for it.");
    let added = process::succeeds(process::command("rustup").args(["target", "add", TARGET]));
    if added && sysroot.as_deref().is_some_and(has_target) {
        return Ok(Toolchain::Target);
    }
    if sysroot.as_deref().is_some_and(has_source) {
        eprintln!("rustup cannot add it; compiling the standard library from its source instead.");
        return Ok(Toolchain::BuildStd);
    }
    if let Some(found) = distribution() {
        eprintln!("rustup cannot add it; using Debian's compiler and the standard library's source instead.");
        return Ok(found);
    }
    bail!(
        "the browser's half needs the standard library for {TARGET}, by one of two ways:\n  \
         1. rustup target add {TARGET}\n  \
         2. apt-get install rustc-web cargo-web rust-web-src, and lld of the same LLVM\n     \
         (Debian's compiler with the library's source, which is then compiled here)"
    )
}

/// Debian's compiler, installed first where this user may. Its rustc comes without a linker for wasm.
fn distribution() -> Option<Toolchain> {
    let (cargo, rustc) = (PathBuf::from("/usr/bin/cargo"), PathBuf::from("/usr/bin/rustc"));
    if !(workspace::is_executable(&cargo) && sysroot(&rustc).as_deref().is_some_and(has_source)) {
        crate::install::apt(&["rustc-web", "cargo-web", "rust-web-src"]).ok()?;
    }
    sysroot(&rustc).as_deref().is_some_and(has_source).then_some(())?;
    // Of the version of rustc's own LLVM, because an older linker may not know what a newer compiler writes.
    let version = process::output(process::command(&rustc).arg("-vV")).ok()?;
    let llvm = llvm_major(&version)?;
    let (package, program) = (format!("lld-{llvm}"), format!("wasm-ld-{llvm}"));
    let find = || workspace::program(&program);
    let linker = find().or_else(|| {
        crate::install::apt(&[&package]).ok()?;
        find()
    })?;
    Some(Toolchain::Distribution { cargo, rustc, linker })
}

/// The major version in `LLVM version: 22.1.8`.
fn llvm_major(printed: &str) -> Option<&str> {
    printed.lines().find_map(|line| line.strip_prefix("LLVM version: "))?.split('.').next()
}

fn rustc() -> PathBuf {
    std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from)
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    let printed = process::output(process::command(rustc).args(["--print", "sysroot"])).ok()?;
    Some(PathBuf::from(printed.trim()))
}

fn has_target(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

fn has_source(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_follows_the_compiler() {
        assert_eq!(llvm_major("release: 1.96.0\nLLVM version: 22.1.8\n"), Some("22"));
    }
}
