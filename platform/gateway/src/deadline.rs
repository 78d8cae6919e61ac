//! How long a call may take, and whose wish that is.

use micro_domain::call::{DEADLINE_DEFAULT_MS, DEADLINE_MAX_MS};
use micro_domain::{Code, Error};
use std::time::Duration;
use tokio::time::Instant;

/// The deadline of unary calls that name none.
pub(crate) const DEADLINE_DEFAULT: Duration = Duration::from_millis(DEADLINE_DEFAULT_MS);
/// The longest deadline of a unary call.
pub(crate) const DEADLINE_MAX: Duration = Duration::from_millis(DEADLINE_MAX_MS);

/// How far an upstream's timer may be ahead of Micro's.
const AHEAD_MAX: Duration = Duration::from_millis(10);

/// Whose deadline it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Caller,
    Default,
    Longest,
}

/// When a call ends at the latest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// None: for as long as the caller stays.
    limit: Option<(Instant, Duration, Whose)>,
}

impl Deadline {
    /// The deadline of a call that starts now: `asked` by the caller; unary calls have one in any case.
    pub(crate) fn starting_now(unary: bool, asked: Option<Duration>) -> Self {
        let (length, whose) = match (unary, asked) {
            (false, None) => return Self { limit: None },
            (false, Some(asked)) => (asked, Whose::Caller),
            (true, None) => (DEADLINE_DEFAULT, Whose::Default),
            (true, Some(asked)) if asked > DEADLINE_MAX => (DEADLINE_MAX, Whose::Longest),
            (true, Some(asked)) => (asked, Whose::Caller),
        };
        // A deadline past the end of time is none.
        Self { limit: Instant::now().checked_add(length).map(|at| (at, length, whose)) }
    }

    /// When it passes; none for never.
    pub(crate) fn at(&self) -> Option<Instant> {
        self.limit.map(|limit| limit.0)
    }

    /// How long it is in all; none for endless.
    pub(crate) fn length(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.1)
    }

    /// What is left of it; none for endless.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.0.saturating_duration_since(Instant::now()))
    }

    /// Whether it passed, as far as two clocks can agree: an upstream may see the end a little before Micro does.
    pub(crate) fn has_passed(&self) -> bool {
        self.remaining().is_some_and(|left| left <= AHEAD_MAX)
    }

    /// What a caller is told once it passed, `service` being what they waited for.
    pub(crate) fn passed(&self, service: &str) -> Error {
        let Some((_, length, whose)) = self.limit else {
            return Error::new(Code::DeadlineExceeded, format!("{service} did not answer in time"));
        };
        let length = spoken(length);
        let message = match whose {
            Whose::Caller => {
                format!("the caller's deadline of {length} passed before {service} finished its answer")
            }
            Whose::Default => format!(
                "Micro's default deadline of {length} for unary calls passed before {service} finished its answer; \
                 a call may ask for up to {}",
                spoken(DEADLINE_MAX)
            ),
            Whose::Longest => format!(
                "Micro's longest deadline of {length} for unary calls passed before {service} finished its answer"
            ),
        };
        Error::new(Code::DeadlineExceeded, message)
    }
}

/// `1.5 s`, `250 ms`, `5 min`.
fn spoken(length: Duration) -> String {
    let ms = length.as_millis();
    if ms < 1000 {
        return if ms == 0 { format!("{} µs", length.as_micros()) } else { format!("{ms} ms") };
    }
    if ms.is_multiple_of(60_000) {
        return format!("{} min", ms / 60_000);
    }
    format!("{} s", length.as_secs_f64())
}

/// Reads a `grpc-timeout` value: at most 8 digits and a unit.
pub(crate) fn from_grpc_timeout(value: &str) -> Option<Duration> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Writes a `grpc-timeout` value, in the finest unit that fits 8 digits.
pub(crate) fn to_grpc_timeout(left: Duration) -> String {
    const MOST: u128 = 99_999_999;
    let candidates = [
        (left.as_nanos(), 'n'),
        (left.as_micros(), 'u'),
        (left.as_millis(), 'm'),
        (u128::from(left.as_secs()), 'S'),
        (u128::from(left.as_secs() / 60), 'M'),
    ];
    let fitting = candidates.into_iter().find(|(amount, _)| *amount <= MOST);
    let (amount, unit) = fitting.unwrap_or((u128::from(left.as_secs() / 3600).min(MOST), 'H'));
    format!("{amount}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_and_written() {
        assert_eq!(from_grpc_timeout("5S"), Some(Duration::from_secs(5)));
        assert_eq!(from_grpc_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(from_grpc_timeout("1H"), Some(Duration::from_secs(3600)));
        for wrong in ["", "S", "5", "-5S", "123456789S", "5x", "5é"] {
            assert_eq!(from_grpc_timeout(wrong), None, "{wrong}");
        }
        assert_eq!(to_grpc_timeout(Duration::from_millis(50)), "50000000n");
        assert_eq!(to_grpc_timeout(Duration::from_secs(30)), "30000000u");
        assert_eq!(to_grpc_timeout(Duration::from_secs(300)), "300000m");
    }

    #[tokio::test]
    async fn unary_calls_always_have_a_deadline_and_streams_only_their_own() {
        assert_eq!(Deadline::starting_now(true, None).length(), Some(DEADLINE_DEFAULT));
        let hour = Duration::from_secs(3600);
        assert_eq!(Deadline::starting_now(true, Some(hour)).length(), Some(DEADLINE_MAX));
        assert_eq!(Deadline::starting_now(false, Some(hour)).length(), Some(hour));
        assert!(Deadline::starting_now(false, None).at().is_none());
        assert!(Deadline::starting_now(true, Some(Duration::from_millis(2))).has_passed());
        assert!(!Deadline::starting_now(true, Some(hour)).has_passed());
        assert!(!Deadline::starting_now(false, None).has_passed());
        let own = Deadline::starting_now(true, Some(Duration::from_millis(1500))).passed("greeter");
        assert_eq!(own.message, "the caller's deadline of 1.5 s passed before greeter finished its answer");
    }
}
