//! Files that only the user who runs this may read: credentials.

use std::{fs, io, path::Path};

/// Writes beside `path` and renames over it, so that a reader or a crash meets the old file or the new one.
///
/// # Errors
/// The system's, where the folder does not exist or cannot be written to.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
