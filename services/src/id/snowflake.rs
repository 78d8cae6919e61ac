//! Snowflakes: 63-bit numbers that sort by the time they were made.
//!
//! The layout is the one Twitter published in 2010 (`twitter-archive/snowflake`, tag `snowflake-2010`): from the top an
//! unused sign bit, 41 bits of milliseconds since an epoch, 10 bits of machine, 12 bits of sequence. The epoch is
//! 2024-01-01T00:00:00Z, so the time lasts until 2093.
//!
//! The machine is drawn at random when the process starts: nobody has to hand out numbers, and two processes share one
//! with a chance of 1 in 1,024. Within a process no number repeats, whatever the clock does.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tonic::Status;

use crate::random;

/// 2024-01-01T00:00:00Z, in milliseconds since 1970.
const EPOCH_MS: u64 = 1_704_067_200_000;
const SEQUENCE_BITS: u32 = 12;
const MACHINE_BITS: u32 = 10;
const TIME_BITS: u32 = 41;

/// Makes snowflakes; may be shared by threads.
#[derive(Default)]
pub(super) struct Snowflake {
    machine: OnceLock<u64>,
    /// Time and sequence of the last number, as one counter: when the sequence is used up within a millisecond, the
    /// carry borrows the next one, and when the clock goes back, counting simply goes on.
    last: AtomicU64,
}

impl Snowflake {
    /// The next number, `now_ms` milliseconds after 1970.
    ///
    /// # Errors
    ///
    /// INTERNAL without randomness for the machine; OUT_OF_RANGE when the time no longer fits, in 2093.
    pub(super) fn next(&self, now_ms: u64) -> Result<u64, Status> {
        let machine = self.machine()?;
        let now = now_ms.saturating_sub(EPOCH_MS) << SEQUENCE_BITS;
        let mut last = self.last.load(Ordering::Relaxed);
        let next = loop {
            let next = now.max(last + 1);
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break next,
                Err(actual) => last = actual,
            }
        };
        let time = next >> SEQUENCE_BITS;
        if time >> TIME_BITS != 0 {
            return Err(Status::out_of_range("The clock is past 2093, which is as far as snowflakes reach."));
        }
        let sequence = next & ((1 << SEQUENCE_BITS) - 1);
        Ok(time << (MACHINE_BITS + SEQUENCE_BITS) | machine << SEQUENCE_BITS | sequence)
    }

    fn machine(&self) -> Result<u64, Status> {
        if let Some(machine) = self.machine.get() {
            return Ok(*machine);
        }
        let drawn = u64::from(u16::from_le_bytes(random::bytes()?)) & ((1 << MACHINE_BITS) - 1);
        Ok(*self.machine.get_or_init(|| drawn))
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_time_machine_sequence() {
        let snowflake = Snowflake::default();
        let number = snowflake.next(EPOCH_MS + 5).expect("made");
        assert_eq!(number >> 22, 5);
        assert_eq!((number >> 12) & 1_023, snowflake.machine().expect("drawn"));
        assert_eq!(number & 4_095, 0);
        assert_eq!(snowflake.next(EPOCH_MS + 5).expect("made"), number + 1);
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_repeats_nothing() {
        let snowflake = Snowflake::default();
        let mut last = snowflake.next(EPOCH_MS + 1_000).expect("made");
        for step in 0..10_000 {
            let now = EPOCH_MS + if step % 2 == 0 { 1_000 } else { 3 };
            let number = snowflake.next(now).expect("made");
            assert!(number > last);
            last = number;
        }
        assert_eq!(last >> 22, 1_002, "10,001 numbers borrow two milliseconds beyond their own");
    }

    #[test]
    fn threads_never_share_a_number() {
        let snowflake = Snowflake::default();
        let mut numbers: Vec<u64> = std::thread::scope(|scope| {
            let make = || (0..5_000).map(|_| snowflake.next(EPOCH_MS + 7).expect("made")).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("joined")).collect()
        });
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 20_000);
    }

    #[test]
    fn the_end_of_time_is_said() {
        assert!(Snowflake::default().next(EPOCH_MS + (1 << TIME_BITS)).is_err());
        assert!(Snowflake::default().next(EPOCH_MS + (1 << TIME_BITS) - 1).is_ok());
    }
}
