//! Micro as a whole: the real program, real services in other languages, and callers of every kind.
//!
//! Most tests share one server and change nothing that another test sees; those that restart, kill or count have their
//! own. Names of tests that hold a promise of security or reliability begin with its number (`s05_`, `r01_`).

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

mod bad_input;
mod balance;
mod browser;
mod catalog;
mod chat;
mod commands;
mod credentials;
mod discord;
mod facts;
mod generated;
mod json;
mod languages;
mod liars;
mod links;
mod metadata;
mod opinions;
mod platform;
mod restart;
mod slack;
mod streams;
mod teams;
mod tools;
mod world;
