//! What the gateway is built from.

use bytes::Bytes;
use futures::future::BoxFuture;
use micro_database::Database;
use micro_domain::Error;
use micro_domain::catalog::Catalog;
use micro_domain::identity::Principal;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};
use tonic::service::Routes;

/// Finds uploaded descriptors (a serialized `FileDescriptorSet`) by their digest.
pub type Descriptors = Arc<dyn Fn(&str) -> Option<Arc<[u8]>> + Send + Sync>;

/// Finds the principal of one of the account's own live tokens, by the token's id.
pub type OwnTokens =
    Arc<dyn Fn(Principal, String) -> BoxFuture<'static, Result<Principal, Error>> + Send + Sync>;

/// A service that lives in the Micro process.
#[derive(Clone)]
pub struct Embedded {
    /// Its name in the catalog.
    pub name: String,
    /// The version of its one in-process instance, as in the catalog.
    pub version: String,
    /// What answers its calls.
    pub routes: Routes,
    /// A serialized `FileDescriptorSet` that describes it.
    pub descriptors: Bytes,
}

/// An instance that did not answer a call: the registry checks it at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The instance's id in the catalog.
    pub instance_id: String,
    /// What happened, one sentence.
    pub reason: String,
}

/// What a [`crate::Gateway`] needs.
pub struct Options {
    /// Which services and instances there are.
    pub catalog: watch::Receiver<Arc<Catalog>>,
    /// Descriptors uploaded with a registration.
    pub descriptors: Descriptors,
    /// Where instances that did not answer are reported; a full queue drops reports.
    pub failures: mpsc::Sender<Failure>,
    /// The services inside this process.
    pub embedded: Vec<Embedded>,
    /// Micro's own API and the descriptors of it: answered on the wire protocols, never in the catalog.
    pub platform: Option<(Routes, Bytes)>,
    /// Who calls, where one calls as one of one's own tokens.
    pub own_tokens: OwnTokens,
    /// Ids of credentials, as they are revoked.
    pub revocations: broadcast::Sender<String>,
    /// Keeps history and drafts.
    pub database: Database,
    /// Whether registered instances may be on this machine's loopback interface.
    pub allow_loopback: bool,
    /// Largest message in either direction, in bytes.
    pub message_max_bytes: usize,
}
