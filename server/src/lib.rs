//! micro-server.
