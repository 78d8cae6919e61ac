//! Describes and calls any registered service: routing by name, load balancing, frames forwarded undecoded, JSON to
//! protobuf and back.
//!
//! A [`Gateway`] follows the registry's catalog, keeps a description (descriptors and schema) of every version of every
//! service, and forwards gRPC streams to healthy instances. `http` puts the wire protocols on top: Connect, gRPC-Web,
//! `/v1`, reflection, OpenAPI. `grpc` is Micro's own API to it, with history and drafts.

mod balance;
mod body;
mod core;
mod deadline;
mod describe;
mod encoding;
mod forward;
mod grpc;
mod headers;
mod http;
mod options;
mod pool;
mod random;
mod reflection;
mod revocation;
mod route;
mod status;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod transcode;
mod upstream;

pub use crate::core::Gateway;
pub use crate::options::{Descriptors, Embedded, Failure, Options, OwnTokens};

/// The body every request and answer of the gateway carries.
pub type Body = tonic::body::Body;
