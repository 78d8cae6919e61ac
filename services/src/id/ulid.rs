//! ULIDs (github.com/ulid/spec): 48 bits of milliseconds since 1970 and 80 random bits, in Crockford's base 32.

use std::sync::{Mutex, PoisonError};

use tonic::Status;

/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_BITS: u32 = 80;
const CHARACTERS: u32 = 26;

/// Makes ULIDs that sort in the order in which they were made; may be shared by threads.
#[derive(Default)]
pub(super) struct Ulid {
    last: Mutex<u128>,
}

impl Ulid {
    /// The next one, `now_ms` milliseconds after 1970. Within a millisecond, and while the clock is behind, it is the
    /// last one plus 1, as the specification wants; otherwise its random part is `random`.
    ///
    /// # Errors
    ///
    /// OUT_OF_RANGE when the time no longer fits, in the year 10889.
    pub(super) fn next(&self, now_ms: u64, random: [u8; 10]) -> Result<String, Status> {
        let mut entropy = [0; 16];
        entropy[6..].copy_from_slice(&random);
        let fresh = (u128::from(now_ms) << RANDOM_BITS) | u128::from_be_bytes(entropy);
        // The number is whole at any moment, so a thread that panicked elsewhere leaves nothing half-done.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if now_ms > (*last >> RANDOM_BITS) as u64 { Some(fresh) } else { last.checked_add(1) };
        match next {
            Some(next) if now_ms >> 48 == 0 => {
                *last = next;
                Ok(text(next))
            }
            _ => {
                Err(Status::out_of_range("The clock is past the year 10889, which is as far as ULIDs reach."))
            }
        }
    }
}

fn text(number: u128) -> String {
    let digit = |place: u32| ALPHABET[(number >> (5 * place)) as usize & 31];
    (0..CHARACTERS).rev().map(|place| char::from(digit(place))).collect()
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        // 01ARZ3NDEK TSV4RRFFQ69G5FAV: the first ten characters are the time.
        assert!(Ulid::default().next(1_469_922_850_259, [0; 10]).expect("made").starts_with("01ARZ3NDEK"));
        assert_eq!(text(u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert_eq!(text(0), "0".repeat(26));
    }

    #[test]
    fn within_a_millisecond_the_number_goes_up_by_one() {
        let ulid = Ulid::default();
        let first = ulid.next(1_000, [7; 10]).expect("made");
        let second = ulid.next(1_000, [0; 10]).expect("made");
        let behind = ulid.next(999, [9; 10]).expect("made");
        assert!(first < second && second < behind);
        assert_eq!(first[..25], second[..25]);
    }
}
