//! Where things are.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Where cargo puts native builds.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// The finished browser half; the server embeds this folder.
pub(crate) fn site() -> PathBuf {
    target().join("site")
}

/// Cargo's folder for wasm. Apart from the native one, whose lock and feature set would otherwise alternate.
pub(crate) fn web_target() -> PathBuf {
    target().join("web")
}

/// The first program of this name on `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// Whether `file` is a regular file that may be executed.
pub(crate) fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
