//! The base services: small, useful things that every installation of Micro has from the first minute.
//!
//! Each is one module and one documented proto, and is registered, described and called like any other service; the
//! server only saves it the socket. [`all`] makes them, as gRPC routes with the descriptors that explain them.
//!
//! Left out on purpose: who may call what. The gateway in front decides that before a call arrives here, so a base
//! service must never be reachable another way. What a caller stores is shared by all callers of that service.
//!
//! To add one: write `proto/<name>/v1/<name>.proto` with a comment on everything, add the name to `build.rs`, write
//! `src/<name>.rs` with a `base` function, and list it in [`all`].

mod cache;
mod clock;
mod helloworld;
mod id;
mod otp;
mod password;
mod qr;
mod random;
mod status;
mod storage;
mod time;
mod url;

use bytes::Bytes;
use tonic::service::Routes;

pub use self::storage::{Storage, StorageError};
pub use self::url::{ResolveError, resolve as resolve_link};

/// What the base services need from the process that embeds them.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where short links are kept, in the table `url_links`, which whoever owns the database creates.
    pub storage: Storage,
    /// The base of every link that is handed out, such as `https://micro.example.com`; a final `/` does not matter.
    pub public_url: String,
}

/// One embedded service.
#[derive(Debug, Clone)]
pub struct Base {
    /// Its name in the catalog, such as `url`.
    pub name: &'static str,
    /// Its version, which is that of this crate.
    pub version: &'static str,
    /// What answers its calls: a tower service for gRPC requests, ready to use.
    pub routes: Routes,
    /// Its `google.protobuf.FileDescriptorSet`, with every import and with comments.
    pub descriptors: Bytes,
}

impl Base {
    /// The service `name`, answered by `routes` and described by `descriptors`.
    pub(crate) fn new(name: &'static str, descriptors: &'static [u8], routes: Routes) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self { name, version, routes: routes.prepare(), descriptors: Bytes::from_static(descriptors) }
    }
}

/// Every base service, in the order of the names.
#[must_use]
pub fn all(options: Options) -> Vec<Base> {
    vec![
        cache::base(),
        helloworld::base(),
        id::base(),
        otp::base(),
        password::base(),
        qr::base(),
        time::base(),
        url::base(options.storage, &options.public_url),
    ]
}

/// Brings in what the build made of `proto/<name>/v1/<name>.proto`: the module `pb` with its messages and its gRPC
/// server, and the constant `DESCRIPTORS`.
macro_rules! generated {
    ($name:literal) => {
        #[expect(unreachable_pub, clippy::allow_attributes, reason = "generated from the proto")]
        pub(crate) mod pb {
            include!(concat!(env!("OUT_DIR"), "/", $name, ".v1.rs"));
        }
        const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".binpb"));
    };
}
use generated;

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests;
