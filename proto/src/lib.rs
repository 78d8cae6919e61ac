//! micro-proto.
