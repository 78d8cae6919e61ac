//! Credentials that were checked, in memory.

use super::{USED_STEP_MS, lock};
use crate::{secret::Hash, session::IDLE_MAX_MS};
use micro_domain::identity::{CredentialKind, Principal};
use std::{
    array,
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

/// Parts of the memory, each behind a lock of its own.
const SHARDS: usize = 64;
/// Credentials of one part at most: 16,384 in all.
const SHARD_MAX: usize = 256;

/// A credential that was good when it was checked.
pub(super) struct Known {
    pub(super) principal: Principal,
    /// When it ends at the latest, milliseconds since the Unix epoch.
    pub(super) expires_ms: i64,
    /// When the database was asked, milliseconds since the Unix epoch.
    pub(super) checked_ms: AtomicI64,
    /// When it was last used, milliseconds since the Unix epoch.
    pub(super) used_ms: AtomicI64,
}

impl Known {
    /// Whether its time is over, by age or, for a session, because it was not used for long.
    pub(super) fn has_ended(&self, now_ms: i64) -> bool {
        let idle_ms = now_ms - self.used_ms.load(Ordering::Relaxed);
        let idle = self.principal.credential.kind == CredentialKind::Session && idle_ms >= IDLE_MAX_MS;
        idle || now_ms >= self.expires_ms
    }
}

/// What is known, by hash.
pub(super) struct Memory {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    known: HashMap<Hash, Arc<Known>>,
    /// Counts what was forgotten: a look-up that began before adds nothing.
    removals: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self { shards: array::from_fn(|_| Mutex::default()) }
    }
}

impl Memory {
    pub(super) fn get(&self, key: &Hash) -> Option<Arc<Known>> {
        lock(self.shard(key)).known.get(key).map(Arc::clone)
    }

    /// To be asked before a look-up, for [`Memory::remember`].
    pub(super) fn removals(&self, key: &Hash) -> u64 {
        lock(self.shard(key)).removals
    }

    /// Keeps what a look-up found, unless something was forgotten since it began.
    pub(super) fn remember(&self, key: Hash, known: Arc<Known>, removals: u64) {
        let mut shard = lock(self.shard(&key));
        if shard.removals != removals {
            return;
        }
        if shard.known.len() >= SHARD_MAX {
            let now_ms = known.used_ms.load(Ordering::Relaxed);
            shard.known.retain(|_, other| now_ms - other.used_ms.load(Ordering::Relaxed) < USED_STEP_MS);
        }
        // All of them are in use: looking some up again costs less than keeping any number.
        if shard.known.len() >= SHARD_MAX {
            shard.known.clear();
        }
        shard.known.insert(key, known);
    }

    pub(super) fn forget(&self, key: &Hash) {
        let mut shard = lock(self.shard(key));
        shard.removals += 1;
        shard.known.remove(key);
    }

    fn shard(&self, key: &Hash) -> &Mutex<Shard> {
        // Hashes are even, so any byte of one spreads them.
        let [first, ..] = *key;
        let [only, ..] = &self.shards;
        self.shards.get(usize::from(first) % SHARDS).unwrap_or(only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use micro_domain::{access::Access, identity::CredentialRef};

    fn known(kind: CredentialKind, used_ms: i64, expires_ms: i64) -> Arc<Known> {
        let credential = CredentialRef { kind, id: String::new(), name: String::new() };
        let (account_id, account) = (String::new(), String::new());
        let principal = Principal { account_id, account, credential, access: Access::default() };
        let (checked_ms, used_ms) = (AtomicI64::new(0), AtomicI64::new(used_ms));
        Arc::new(Known { principal, expires_ms, checked_ms, used_ms })
    }

    #[test]
    fn what_was_looked_up_before_a_removal_is_not_remembered() {
        let (memory, key) = (Memory::default(), [7; 32]);
        let before = memory.removals(&key);
        memory.remember(key, known(CredentialKind::Token, 0, 1), before);
        assert!(memory.get(&key).is_some());
        memory.forget(&key);
        assert!(memory.get(&key).is_none());
        memory.remember(key, known(CredentialKind::Token, 0, 1), before);
        assert!(memory.get(&key).is_none());
    }

    #[test]
    fn a_full_part_keeps_what_is_in_use_and_never_grows() {
        let memory = Memory::default();
        let key = |number: usize| {
            let mut key = [0; 32];
            key[8..16].copy_from_slice(&number.to_le_bytes());
            key
        };
        memory.remember(key(0), known(CredentialKind::Token, USED_STEP_MS, 0), 0);
        for number in 1..SHARD_MAX {
            memory.remember(key(number), known(CredentialKind::Token, 0, 0), 0);
        }
        memory.remember(key(SHARD_MAX), known(CredentialKind::Token, USED_STEP_MS, 0), 0);
        assert!(memory.get(&key(0)).is_some() && memory.get(&key(SHARD_MAX)).is_some());
        assert!(memory.get(&key(1)).is_none());
        for number in 1..10 * SHARD_MAX {
            memory.remember(key(number), known(CredentialKind::Token, USED_STEP_MS, 0), 0);
            assert!(lock(memory.shard(&key(0))).known.len() <= SHARD_MAX);
        }
    }

    #[test]
    fn a_session_ends_by_idleness_and_everything_by_age() {
        let session = known(CredentialKind::Session, 0, 2 * IDLE_MAX_MS);
        assert!(!session.has_ended(IDLE_MAX_MS - 1) && session.has_ended(IDLE_MAX_MS));
        let token = known(CredentialKind::Token, 0, 2 * IDLE_MAX_MS);
        assert!(!token.has_ended(2 * IDLE_MAX_MS - 1) && token.has_ended(2 * IDLE_MAX_MS));
    }
}
