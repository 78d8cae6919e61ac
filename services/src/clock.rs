//! The clocks, as the services need them. Logic takes the time as a parameter, so that tests choose it.

use std::time::Instant;

use jiff::Timestamp;

/// The present moment, by the wall clock: for what people read. It may jump.
pub(crate) fn now() -> Timestamp {
    // Only a clock beyond the year 9999 does not fit.
    Timestamp::from_millisecond(micro_domain::clock::now_ms()).unwrap_or(Timestamp::MAX)
}

/// The present moment, by the clock that never goes back: for how long something has been going on.
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}

/// A moment as it goes over the wire.
pub(crate) fn to_proto(moment: Timestamp) -> prost_types::Timestamp {
    // Protobuf counts nanoseconds forward from the second, jiff towards it: before 1970 they differ.
    let nanos = moment.subsec_nanosecond();
    match nanos < 0 {
        true => prost_types::Timestamp { seconds: moment.as_second() - 1, nanos: nanos + 1_000_000_000 },
        false => prost_types::Timestamp { seconds: moment.as_second(), nanos },
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_moment_before_1970_counts_its_nanoseconds_forward() {
        let moment = Timestamp::new(-1, -250_000_000).expect("in range");
        assert_eq!(to_proto(moment), prost_types::Timestamp { seconds: -2, nanos: 750_000_000 });
        let moment = Timestamp::new(5, 1).expect("in range");
        assert_eq!(to_proto(moment), prost_types::Timestamp { seconds: 5, nanos: 1 });
    }
}
