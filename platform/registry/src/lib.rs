//! micro-registry.
