//! Which instance answers the next call: power of two choices on the calls in flight.

use crate::random;
use crate::table::InstanceEntry;
use micro_domain::Error;
use micro_domain::catalog::Status;
use std::sync::Arc;

/// An instance for the next call, none of `tried`: of two random ones that are up, the less busy. Instances not
/// checked yet stand in where none is up; failing ones are never chosen.
pub(crate) fn choose<'a>(
    candidates: &'a [Arc<InstanceEntry>],
    tried: &[&str],
) -> Option<&'a Arc<InstanceEntry>> {
    [Status::Up, Status::Unknown].into_iter().find_map(|status| {
        let fits = |entry: &&Arc<InstanceEntry>| {
            entry.instance.status == status && !tried.contains(&entry.instance.id.as_str())
        };
        let count = candidates.iter().filter(fits).count();
        let nth = |index: usize| candidates.iter().filter(fits).nth(index);
        if count < 2 {
            return nth(0);
        }
        let one = random::below(count);
        // Drawn from the others, so that the two always differ.
        let other = (one + 1 + random::below(count - 1)) % count;
        let (one, other) = (nth(one)?, nth(other)?);
        Some(if other.upstream.in_flight() < one.upstream.in_flight() { other } else { one })
    })
}

/// UNAVAILABLE: which instances there are, how each is and since when.
pub(crate) fn unavailable(
    service: &str,
    candidates: &[Arc<InstanceEntry>],
    failures: &[(String, String)],
) -> Error {
    let told: Vec<String> = candidates.iter().take(TOLD_MAX).map(|entry| told(entry, failures)).collect();
    let more = candidates.len().saturating_sub(TOLD_MAX);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    Error::unavailable(format!("`{service}` cannot be reached; tried {}{more}", told.join("; ")))
}

/// Instances an error message names at most.
const TOLD_MAX: usize = 10;

fn told(entry: &InstanceEntry, failures: &[(String, String)]) -> String {
    let instance = &entry.instance;
    if let Some((_, reason)) = failures.iter().find(|(id, _)| *id == instance.id) {
        return format!("{} ({reason})", instance.address);
    }
    let word = match instance.status {
        Status::Failing => "failing",
        Status::Up => "up",
        Status::Unknown => "not checked yet",
    };
    let reason = if instance.reason.is_empty() { String::new() } else { format!(": {}", instance.reason) };
    format!("{} ({word} since {}{reason})", instance.address, rfc3339(instance.since_ms))
}

/// Milliseconds since the Unix epoch as `2026-01-31T12:00:00.000Z`.
fn rfc3339(ms: i64) -> String {
    let nanos = i32::try_from(ms.rem_euclid(1000) * 1_000_000).unwrap_or(0);
    prost_types::Timestamp { seconds: ms.div_euclid(1000), nanos }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::Upstream;
    use micro_domain::address::Policy;
    use micro_domain::catalog::{Address, Instance};

    fn entry(id: &str, status: Status) -> Arc<InstanceEntry> {
        let instance = Instance {
            id: id.to_owned(),
            address: Address::Network(format!("{id}:1")),
            version: String::new(),
            status,
            since_ms: 1_500,
            reason: String::new(),
            lease_expires_ms: None,
            descriptors: None,
        };
        let upstream = Upstream::network("h:1", Policy { allow_loopback: false });
        Arc::new(InstanceEntry { instance, upstream, description: None })
    }

    fn chosen(candidates: &[Arc<InstanceEntry>], tried: &[&str]) -> Option<String> {
        choose(candidates, tried).map(|entry| entry.instance.id.clone())
    }

    #[test]
    fn the_less_busy_of_two_is_chosen() {
        let candidates = [entry("busy", Status::Up), entry("idle", Status::Up)];
        let _call = candidates[0].upstream.enter();
        // With two candidates both are always drawn.
        assert!((0..50).all(|_| chosen(&candidates, &[]).as_deref() == Some("idle")));
        assert_eq!(chosen(&candidates, &["idle"]).as_deref(), Some("busy"));
        assert_eq!(chosen(&candidates, &["idle", "busy"]), None);
    }

    #[test]
    fn load_spreads_over_all_that_are_up() {
        let candidates: Vec<_> = ["a", "b", "c", "d"].map(|id| entry(id, Status::Up)).into();
        let mut calls = Vec::new();
        for _ in 0..400 {
            calls.extend(choose(&candidates, &[]).map(|entry| entry.upstream.enter()));
        }
        let counts: Vec<usize> = candidates.iter().map(|entry| entry.upstream.in_flight()).collect();
        assert!(counts.iter().all(|count| (80..=120).contains(count)), "{counts:?}");
    }

    #[test]
    fn unchecked_instances_stand_in_and_failing_ones_never_do() {
        let mixed =
            [entry("failing", Status::Failing), entry("new", Status::Unknown), entry("up", Status::Up)];
        assert_eq!(chosen(&mixed, &[]).as_deref(), Some("up"));
        assert_eq!(chosen(&mixed[..2], &[]).as_deref(), Some("new"));
        assert_eq!(chosen(&mixed[..1], &[]), None);
    }

    #[test]
    fn the_error_names_instances_and_since_when() {
        let failed = [("one".to_owned(), "the connection failed: connection refused".to_owned())];
        let error =
            unavailable("greeter", &[entry("one", Status::Up), entry("two", Status::Failing)], &failed);
        assert_eq!(
            error.message,
            "`greeter` cannot be reached; tried one:1 (the connection failed: connection refused); \
             two:1 (failing since 1970-01-01T00:00:01.500Z)"
        );
    }
}
