//! One module per page.

pub(crate) mod call;
pub(crate) mod chat;
pub(crate) mod home;
pub(crate) mod invite;
pub(crate) mod lazy;
pub(crate) mod link;
pub(crate) mod login;
pub(crate) mod not_found;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod settings;
pub(crate) mod team;
pub(crate) mod teams;
pub(crate) mod tokens;
