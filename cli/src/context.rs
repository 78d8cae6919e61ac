//! The contexts file: which servers the user knows and the credential for each, readable by nobody else.

use crate::failure::Failure;
use micro_domain::identity::Secret;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The context `micro server` writes.
pub(crate) const LOCAL: &str = "local";
const FILE: &str = "contexts.toml";

/// A server and the credential for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Context {
    /// Its URL.
    pub(crate) server: String,
    /// An API token.
    pub(crate) token: Secret,
    /// The base of links for other people, where it is another than the server's URL.
    #[serde(default)]
    pub(crate) public_url: Option<String>,
}

/// Every context and which one is current.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Contexts {
    #[serde(default)]
    pub(crate) current: Option<String>,
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, Context>,
}

impl Contexts {
    /// Reads the file; a missing one is empty.
    pub(crate) fn load() -> Result<Self, Failure> {
        let path = path()?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::local(format!("cannot read {}: {error}", path.display()))),
        };
        toml::from_str(&text).map_err(|error| {
            // The parser's own message would quote the line, and with it a token.
            Failure::local(format!(
                "{} is damaged: {}. Mend it or delete it.",
                path.display(),
                error.message()
            ))
        })
    }

    /// Replaces the file in one step, readable by its owner only.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        let path = path()?;
        let text = toml::to_string(self).map_err(|error| Failure::local(error.to_string()))?;
        write(&path, &text)
            .map_err(|error| Failure::local(format!("cannot write {}: {error}", path.display())))
    }

    /// The current context.
    pub(crate) fn current(&self) -> Option<&Context> {
        self.contexts.get(self.current.as_deref()?)
    }
}

fn path() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy as _;
    let directories = etcetera::choose_base_strategy()
        .map_err(|_| Failure::local("there is no home directory: set HOME or XDG_CONFIG_HOME"))?;
    Ok(directories.config_dir().join("micro").join(FILE))
}

/// Writes the file, in a folder that may not be there yet.
fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    micro_server::private_file::write(path, text)
}
