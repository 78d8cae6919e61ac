//! Cheap randomness for spreading load and naming traces; nothing secret depends on it.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};

thread_local! {
    static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(std::thread::current().id()));
}

/// 64 random bits (SplitMix64, seeded per thread by the standard library's random hasher).
pub(crate) fn bits() -> u64 {
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

/// A random number below `bound`; 0 for a bound of 0.
pub(crate) fn below(bound: usize) -> usize {
    // The high half of the product is uniform enough for any bound that fits in memory.
    let product = u128::from(bits()) * (bound as u128);
    usize::try_from(product >> 64).unwrap_or(0)
}
