//! The fake's time: the real one, moved on by tests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 of Discord's own epoch, 2015.
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;
/// Bits of an id that are not time.
const ID_LOW_BITS: u32 = 22;

/// Milliseconds since 1970, as the outside world has them. Signatures carry this one: who checks them has no other.
#[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
pub(crate) fn real_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A clock that can be moved on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    moved_ms: i64,
    last_id: u64,
}

impl Clock {
    /// Milliseconds since 1970, and what tests added.
    pub(crate) fn now_ms(&self) -> i64 {
        real_ms().saturating_add(self.moved_ms)
    }

    /// Moves it on.
    pub(crate) fn advance(&mut self, seconds: f64) {
        let moved = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO).as_millis();
        self.moved_ms = self.moved_ms.saturating_add(i64::try_from(moved).unwrap_or(i64::MAX));
    }

    /// A new id: time above, a counter below, and never the same or a smaller one.
    pub(crate) fn next_id(&mut self) -> String {
        let since = u64::try_from(self.now_ms() - DISCORD_EPOCH_MS).unwrap_or(0);
        self.last_id = (since << ID_LOW_BITS).max(self.last_id + 1);
        self.last_id.to_string()
    }
}

/// A time as Discord writes it.
pub(crate) fn iso(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
