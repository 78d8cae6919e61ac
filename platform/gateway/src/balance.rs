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
