//! The data directory and the owner's credential in it, both readable by the user who runs the server alone.

use crate::{Error, private_file};
use micro_domain::identity::Secret;
use micro_identity::Identity;
use std::{
    fs, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

/// Holds the owner's token between starts.
const TOKEN_FILE: &str = "owner-token";

/// Makes the data directory.
pub(crate) fn prepare(data: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(data).map_err(|source| unusable(data, source))
}

/// The owner's token: the one written down, while it is good for some time yet, otherwise a fresh one.
pub(crate) async fn token(data: &Path, identity: &Identity) -> Result<Secret, Error> {
    let path = data.join(TOKEN_FILE);
    let existing = match fs::read_to_string(&path) {
        Ok(text) => Some(Secret::new(text.trim())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(unusable(&path, source)),
    };
    match identity.ensure_local_token(existing.as_ref()).await.map_err(Error::Identity)? {
        Some(fresh) => {
            private_file::write(&path, fresh.secret.reveal()).map_err(|source| unusable(&path, source))?;
            Ok(fresh.secret)
        }
        None => {
            existing.ok_or_else(|| Error::Identity(micro_domain::Error::internal("the owner has no token")))
        }
    }
}

fn unusable(path: &Path, source: io::Error) -> Error {
    Error::Data { path: path.display().to_string(), source }
}

/// An address this machine can connect to: one that listens everywhere is reached through loopback.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
