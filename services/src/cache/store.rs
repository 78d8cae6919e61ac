//! The values, in no more memory than allowed: first those whose time is over go, then those least recently used.
//!
//! Our own and not a cache crate: the order of use and the order of expiry are a map each, the bound is exact and not
//! "soon", and time is a parameter.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an entry costs beyond the bytes of its key and its value: its place in three maps, rounded up.
const ENTRY_BYTES: usize = 256;

/// Why a number was not incremented.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum IncrementError {
    /// The value is no whole number of 64 bits.
    #[error("the value is not a whole number")]
    NotANumber,
    /// The sum does not fit into 64 bits.
    #[error("the sum does not fit")]
    Overflow,
}

/// Values by key.
pub(super) struct Store {
    entries: HashMap<Arc<str>, Entry>,
    /// Keys by when they were last used, the oldest first.
    by_use: BTreeMap<u64, Arc<str>>,
    /// Keys by when their time is over, the first to go first.
    by_expiry: BTreeSet<(Instant, Arc<str>)>,
    /// Counts uses; the number of the last one.
    uses: u64,
    used_bytes: usize,
    limit_bytes: usize,
}

struct Entry {
    value: String,
    expires: Option<Instant>,
    used: u64,
}

impl Store {
    /// An empty store that never holds more than `limit_bytes`.
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            entries: HashMap::new(),
            by_use: BTreeMap::new(),
            by_expiry: BTreeSet::new(),
            uses: 0,
            used_bytes: 0,
            limit_bytes,
        }
    }

    /// The value of `key` and how much longer it lives.
    pub(super) fn get(&mut self, key: &str, now: Instant) -> Option<(String, Option<Duration>)> {
        self.drop_expired(now);
        self.touch(key);
        let entry = self.entries.get(key)?;
        Some((entry.value.clone(), entry.expires.map(|expires| expires - now)))
    }

    /// Writes a value; whether there was one before.
    pub(super) fn set(&mut self, key: &str, value: String, ttl: Option<Duration>, now: Instant) -> bool {
        self.drop_expired(now);
        let replaced = self.remove(key);
        self.insert(key, value, ttl.map(|ttl| now + ttl));
        replaced
    }

    /// Forgets a value; whether there was one.
    pub(super) fn delete(&mut self, key: &str, now: Instant) -> bool {
        self.drop_expired(now);
        self.remove(key)
    }

    /// Adds `by` to a number and tells the sum; `ttl` counts only where the number is new.
    pub(super) fn increment(
        &mut self,
        key: &str,
        by: i64,
        ttl: Option<Duration>,
        now: Instant,
    ) -> Result<i64, IncrementError> {
        self.drop_expired(now);
        let (before, expires) = match self.entries.get(key) {
            Some(entry) => {
                let number = entry.value.parse::<i64>().map_err(|_| IncrementError::NotANumber)?;
                (number, entry.expires)
            }
            None => (0, ttl.map(|ttl| now + ttl)),
        };
        let sum = before.checked_add(by).ok_or(IncrementError::Overflow)?;
        self.remove(key);
        self.insert(key, sum.to_string(), expires);
        Ok(sum)
    }

    fn insert(&mut self, key: &str, value: String, expires: Option<Instant>) {
        let bytes = cost(key, &value);
        while self.used_bytes + bytes > self.limit_bytes {
            let Some((_, oldest)) = self.by_use.first_key_value() else { return };
            let oldest = Arc::clone(oldest);
            self.remove(&oldest);
        }
        let key: Arc<str> = key.into();
        self.uses += 1;
        self.used_bytes += bytes;
        self.by_use.insert(self.uses, Arc::clone(&key));
        if let Some(expires) = expires {
            self.by_expiry.insert((expires, Arc::clone(&key)));
        }
        self.entries.insert(key, Entry { value, expires, used: self.uses });
    }

    fn remove(&mut self, key: &str) -> bool {
        let Some((key, entry)) = self.entries.remove_entry(key) else { return false };
        self.used_bytes -= cost(&key, &entry.value);
        self.by_use.remove(&entry.used);
        if let Some(expires) = entry.expires {
            self.by_expiry.remove(&(expires, key));
        }
        true
    }

    fn touch(&mut self, key: &str) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        let Some(key) = self.by_use.remove(&entry.used) else { return };
        self.uses += 1;
        entry.used = self.uses;
        self.by_use.insert(self.uses, key);
    }

    fn drop_expired(&mut self, now: Instant) {
        while let Some((expires, key)) = self.by_expiry.first() {
            if *expires > now {
                return;
            }
            let key = Arc::clone(key);
            self.remove(&key);
        }
    }
}

fn cost(key: &str, value: &str) -> usize {
    key.len() + value.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn text(store: &mut Store, key: &str, now: Instant) -> Option<String> {
        store.get(key, now).map(|(value, _)| value)
    }

    #[test]
    fn a_value_lives_as_long_as_it_was_told_to() {
        let (mut store, start) = (Store::new(10_000), Instant::now());
        assert!(!store.set("short", "a".to_owned(), Some(SECOND), start));
        assert!(!store.set("long", "b".to_owned(), None, start));
        assert_eq!(store.get("short", start), Some(("a".to_owned(), Some(SECOND))));
        assert_eq!(store.get("short", start + SECOND), None);
        assert_eq!(store.get("long", start + SECOND * 1_000), Some(("b".to_owned(), None)));
        assert!(!store.delete("short", start + SECOND), "what is over is not there to be deleted");
        assert!(store.delete("long", start + SECOND));
        assert_eq!((store.used_bytes, store.by_use.len(), store.by_expiry.len()), (0, 0, 0));
    }

    #[test]
    fn writing_again_replaces_value_and_time_to_live() {
        let (mut store, start) = (Store::new(10_000), Instant::now());
        store.set("key", "a".to_owned(), Some(SECOND), start);
        assert!(store.set("key", "b".to_owned(), None, start));
        assert_eq!(store.get("key", start + SECOND * 2), Some(("b".to_owned(), None)));
        assert_eq!(store.used_bytes, cost("key", "b"));
    }

    #[test]
    fn what_was_used_least_recently_makes_room() {
        let start = Instant::now();
        let mut store = Store::new(3 * cost("a", "1"));
        for key in ["a", "b", "c"] {
            store.set(key, "1".to_owned(), None, start);
        }
        assert!(text(&mut store, "a", start).is_some());
        store.set("d", "1".to_owned(), None, start);
        assert_eq!(text(&mut store, "b", start), None);
        for key in ["a", "c", "d"] {
            assert!(text(&mut store, key, start).is_some(), "{key}");
        }
        assert!(store.used_bytes <= store.limit_bytes);
        store.set("huge", "x".repeat(store.limit_bytes), None, start);
        assert_eq!(text(&mut store, "huge", start), None, "the bound holds even for one value");
    }

    #[test]
    fn a_counter_keeps_its_time_to_live() {
        let (mut store, start) = (Store::new(10_000), Instant::now());
        assert_eq!(store.increment("n", 5, Some(SECOND), start), Ok(5));
        assert_eq!(store.increment("n", -7, Some(SECOND * 9), start), Ok(-2));
        assert_eq!(store.get("n", start), Some(("-2".to_owned(), Some(SECOND))));
        assert_eq!(store.increment("n", 1, None, start + SECOND), Ok(1), "after its time it starts over");
    }

    #[test]
    fn what_cannot_be_added_to_stays_as_it_is() {
        let (mut store, start) = (Store::new(10_000), Instant::now());
        store.set("word", "seven".to_owned(), None, start);
        assert_eq!(store.increment("word", 1, None, start), Err(IncrementError::NotANumber));
        store.set("max", i64::MAX.to_string(), None, start);
        assert_eq!(store.increment("max", 1, None, start), Err(IncrementError::Overflow));
        assert_eq!(text(&mut store, "max", start), Some(i64::MAX.to_string()));
    }
}
