//! What Discord's answers say of waiting.

use http::HeaderMap;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Paths whose use is known to be up; more are forgotten, and Discord says so itself.
const KNOWN_MAX: usize = 4_096;
/// What is waited where Discord does not say.
const UNSAID: Duration = Duration::from_secs(1);
/// What no answer is believed beyond.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Paths that may not be called before a time.
#[derive(Default)]
pub(super) struct Waits(Mutex<HashMap<String, Instant>>);

impl Waits {
    /// How long a path may not be called.
    pub(super) fn left(&self, path: &str, now: Instant) -> Duration {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(path).map(|until| until.saturating_duration_since(now)).unwrap_or_default()
    }

    /// Learns from an answer.
    pub(super) fn note(&self, path: &str, headers: &HeaderMap, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used_up = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
        match seconds(headers, "x-ratelimit-reset-after") {
            Some(wait) if used_up => {
                if known.len() >= KNOWN_MAX {
                    known.retain(|_, until| *until > now);
                }
                if known.len() < KNOWN_MAX {
                    known.insert(path.to_owned(), now + wait);
                }
            }
            _ => drop(known.remove(path)),
        }
    }
}

/// How long to wait after a 429: the body has the exact time, the header whole seconds.
pub(super) fn retry_after(headers: &HeaderMap, answer: &Value) -> Duration {
    let exact = answer["retry_after"].as_f64().and_then(duration);
    exact.or_else(|| seconds(headers, "retry-after")).unwrap_or(UNSAID)
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    duration(headers.get(name)?.to_str().ok()?.parse().ok()?)
}

fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(LONGEST))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use serde_json::json;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_bucket_that_is_used_up_is_waited_for() {
        let (waits, now) = (Waits::default(), Instant::now());
        let used_up = headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "1.5")]);
        waits.note("webhooks/1/a", &used_up, now);
        assert_eq!(waits.left("webhooks/1/a", now), Duration::from_millis(1_500));
        assert_eq!(waits.left("webhooks/1/a", now + Duration::from_secs(2)), Duration::ZERO);
        assert_eq!(waits.left("webhooks/1/b", now), Duration::ZERO);
        waits.note("webhooks/1/a", &headers(&[("x-ratelimit-remaining", "4")]), now);
        assert_eq!(waits.left("webhooks/1/a", now), Duration::ZERO);
    }

    #[test]
    fn the_body_is_more_exact_than_the_header() {
        let header = headers(&[("retry-after", "2")]);
        assert_eq!(retry_after(&header, &json!({"retry_after": 1.25})), Duration::from_millis(1_250));
        assert_eq!(retry_after(&header, &Value::Null), Duration::from_secs(2));
        assert_eq!(retry_after(&HeaderMap::new(), &json!({"retry_after": -1})), UNSAID);
        assert_eq!(retry_after(&HeaderMap::new(), &json!({"retry_after": 1e300})), UNSAID);
    }
}
