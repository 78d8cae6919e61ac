//! Which leases end when, by the monotonic clock: setting the wall clock neither revives nor ends one.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

/// Shortest lease, in milliseconds.
pub const TTL_MIN_MS: u64 = 1_000;
/// Longest lease, in milliseconds.
pub const TTL_MAX_MS: u64 = 3_600_000;

/// Every running lease, by instance id.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    by_id: HashMap<String, (Instant, Duration)>,
    by_end: BTreeSet<(Instant, String)>,
}

impl Leases {
    /// Begins the lease of `id`, or begins it anew with another length.
    pub(crate) fn grant(&mut self, id: &str, ttl: Duration, now: Instant) {
        self.end(id);
        self.by_id.insert(id.to_owned(), (now + ttl, ttl));
        self.by_end.insert((now + ttl, id.to_owned()));
    }

    /// Lets the lease of `id` run its whole length from now; none when it has no lease or that one is over.
    pub(crate) fn renew(&mut self, id: &str, now: Instant) -> Option<Duration> {
        let (end, ttl) = *self.by_id.get(id)?;
        if end <= now {
            return None;
        }
        self.grant(id, ttl, now);
        Some(ttl)
    }

    /// Whether `id` has a lease, one that is over but not yet taken out included.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Ends the lease of `id`, if it has one.
    pub(crate) fn end(&mut self, id: &str) {
        if let Some((end, _)) = self.by_id.remove(id) {
            self.by_end.remove(&(end, id.to_owned()));
        }
    }

    /// When the next lease runs out.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.by_end.first().map(|(end, _)| *end)
    }

    /// Takes out the leases that ran out, soonest first.
    pub(crate) fn take_ended(&mut self, now: Instant) -> Vec<String> {
        let mut ended = Vec::new();
        while self.next_end().is_some_and(|end| end <= now) {
            if let Some((_, id)) = self.by_end.pop_first() {
                self.by_id.remove(&id);
                ended.push(id);
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn leases_end_in_their_order_unless_renewed() {
        let start = Instant::now();
        let mut leases = Leases::default();
        leases.grant("slow", 3 * SECOND, start);
        leases.grant("quick", SECOND, start);
        assert_eq!(leases.next_end(), Some(start + SECOND));
        assert_eq!(leases.renew("slow", start + 2 * SECOND), Some(3 * SECOND));
        assert_eq!(leases.take_ended(start + SECOND / 2), Vec::<String>::new());
        assert_eq!(leases.take_ended(start + 3 * SECOND), ["quick"]);
        assert_eq!(leases.next_end(), Some(start + 5 * SECOND));
        assert_eq!(leases.take_ended(start + 5 * SECOND), ["slow"]);
        assert_eq!(leases.next_end(), None);
    }

    #[test]
    fn a_lease_that_is_over_cannot_be_renewed() {
        let start = Instant::now();
        let mut leases = Leases::default();
        leases.grant("a", SECOND, start);
        assert_eq!(leases.renew("a", start + SECOND), None, "over, though not yet taken out");
        assert!(leases.has("a"));
        leases.end("a");
        assert_eq!(leases.renew("a", start), None);
        assert_eq!(leases.next_end(), None);
    }
}
