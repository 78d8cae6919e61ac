//! What tests of the whole program need: Micro and services in other languages as real processes, the command line,
//! and an HTTP client that hides nothing of the wire.
//!
//! Everything here panics at the first surprise: that is how a test says what is wrong. Whoever starts a process holds
//! it; dropping it kills it, and while a test is failing its log is printed.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

pub mod fake_discord;
pub mod fake_slack;
mod guard;
pub mod http;
mod micro;
pub mod process;
pub mod services;
pub mod wire;

pub use http::{Answer, Http};
pub use micro::Micro;
pub use process::{Output, Process};
pub use services::{Toolbox, Zoo};

use std::time::{Duration, Instant};

/// Between two looks at a condition.
const POLL: Duration = Duration::from_millis(20);

/// Looks until `look` finds something, at most for `longest`; then fails saying what it waited for.
///
/// # Panics
/// When the time is over.
pub async fn until<T>(what: &str, longest: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < longest, "waited {longest:?} for this in vain: {what}");
        tokio::time::sleep(POLL).await;
    }
}
