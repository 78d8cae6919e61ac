//! micro-client.
