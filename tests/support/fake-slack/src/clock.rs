//! Time as the fake sees it: the real one, moved ahead by tests.
//!
//! Only expiry (triggers, response URLs) and due retries read the moved clock. Timestamps that the app compares with
//! its own clock, such as a signature's, stay real.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// A clock that can be moved ahead.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicU64,
}

impl Clock {
    /// Now, in milliseconds since 1970, as moved.
    pub(crate) fn now_ms(&self) -> u64 {
        real_ms() + self.ahead_ms.load(Ordering::SeqCst)
    }

    /// Moves the clock ahead.
    pub(crate) fn advance(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

/// Now, in milliseconds since 1970.
pub(crate) fn real_ms() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "this is the fake's only clock")]
    let now = SystemTime::now();
    u64::try_from(now.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
