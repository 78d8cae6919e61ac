//! The one place that reads the wall clock; everything else takes the time as a parameter or calls this.

/// Milliseconds since the Unix epoch. A clock set before 1970 reads as 0.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
pub fn now_ms() -> i64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}
