//! The words every surface of Micro shares: services and instances, schemas, calls, principals, errors.
//!
//! Everything here is plain data and pure functions, with no I/O, and compiles natively and to wasm. Transport types
//! (protobuf, SQL rows, HTTP) are converted to and from these at the edges and never appear here.

pub mod access;
pub mod address;
pub mod arguments;
pub mod call;
pub mod catalog;
pub mod chat;
#[cfg(not(target_family = "wasm"))]
pub mod clock;
pub mod command;
pub mod error;
pub mod form;
pub mod identity;
pub mod schema;
pub mod snippet;
pub mod suggest;
pub mod team;
pub mod view;
pub mod when;

pub use error::{Code, Error, Violation};
