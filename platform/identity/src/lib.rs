//! micro-identity.
