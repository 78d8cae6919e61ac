//! micro-gateway.
