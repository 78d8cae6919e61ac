//! What a page knows before it asks anybody: who reads it and how it should look.

mod facts;
#[cfg(feature = "ssr")]
mod request;

pub(crate) use facts::RAIL_NARROW;
pub use facts::{Facts, Theme};
#[cfg(feature = "ssr")]
pub use request::{Assets, RequestContext};
#[cfg(feature = "ssr")]
pub(crate) use request::{ONBOARDING_COOKIE, ONBOARDING_HIDDEN, RAIL_COOKIE, THEME_COOKIE};
