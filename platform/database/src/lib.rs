//! micro-database.
