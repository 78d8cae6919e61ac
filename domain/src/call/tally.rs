//! What a call made several times came to.

use crate::error::Code;
use serde::{Deserialize, Serialize};

/// Times a call is made in one go at most.
pub const REPEAT_MAX: u32 = 50;

/// The ends of a call made several times, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many were asked for.
    pub wanted: u32,
    /// How the calls ended and how often, in the order they first did.
    pub codes: Vec<(Code, u32)>,
    /// How long the answered calls took, in microseconds, shortest first.
    durations_us: Vec<u64>,
}

impl Tally {
    /// None of `wanted` calls has been made.
    #[must_use]
    pub fn new(wanted: u32) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Counts a call; `duration_us` is none where the service did not answer.
    pub fn add(&mut self, code: Code, duration_us: Option<u64>) {
        match self.codes.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += 1,
            None => self.codes.push((code, 1)),
        }
        if let Some(duration_us) = duration_us {
            let place = self.durations_us.partition_point(|known| *known <= duration_us);
            self.durations_us.insert(place, duration_us);
        }
    }

    /// Calls made.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.codes.iter().map(|(_, count)| count).sum()
    }

    /// The time that `percent` of the answered calls did not exceed (nearest rank); none when none was answered.
    #[must_use]
    pub fn percentile_us(&self, percent: u32) -> Option<u64> {
        let count = self.durations_us.len();
        let rank = (count * percent as usize).div_ceil(100).max(1);
        self.durations_us.get(rank - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_counted_and_times_ranked() {
        let mut tally = Tally::new(20);
        assert_eq!((tally.made(), tally.percentile_us(50)), (0, None));
        for duration_us in (1..=19).rev() {
            tally.add(Code::Ok, Some(duration_us * 10));
        }
        tally.add(Code::Unavailable, None);
        assert_eq!(tally.codes, [(Code::Ok, 19), (Code::Unavailable, 1)]);
        assert_eq!(tally.made(), 20);
        let ranked = [0, 50, 95, 100].map(|percent| tally.percentile_us(percent));
        assert_eq!(ranked, [Some(10), Some(100), Some(190), Some(190)]);
    }
}
