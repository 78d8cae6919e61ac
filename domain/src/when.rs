//! Moments as text. The server prints them absolute, in UTC; the browser, which knows the time, prints them relative.

/// Milliseconds of a second, a minute, an hour and a day.
const SECOND_MS: i64 = 1_000;
/// How far a moment may lie ahead and still be "just now": the page's clock ticks, and two clocks differ.
const AHEAD_MS: i64 = 10 * SECOND_MS;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// `2026-03-01T09:05:07Z`, for `<time datetime>`.
pub fn iso(at_ms: i64) -> String {
    let (date, clock) = parts(at_ms);
    format!("{date}T{clock}Z")
}

/// `2026-03-01 09:05:07 UTC`, for people.
pub fn absolute(at_ms: i64) -> String {
    let (date, clock) = parts(at_ms);
    format!("{date} {clock} UTC")
}

/// `3 min ago`, `in 2 h`, `just now`: how far `at_ms` is from `now_ms`, in its largest unit.
pub fn relative(at_ms: i64, now_ms: i64) -> String {
    let distance = at_ms.saturating_sub(now_ms);
    if (1 - SECOND_MS..AHEAD_MS).contains(&distance) {
        return "just now".to_owned();
    }
    let size = distance.saturating_abs();
    let amount = match size {
        0..MINUTE_MS => format!("{} s", size / SECOND_MS),
        MINUTE_MS..HOUR_MS => format!("{} min", size / MINUTE_MS),
        HOUR_MS..DAY_MS => format!("{} h", size / HOUR_MS),
        _ => format!("{} d", size / DAY_MS),
    };
    if distance < 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

/// `850 µs`, `12.4 ms`, `3.20 s`: a duration with three figures.
pub fn duration(us: u64) -> String {
    // A double holds three figures of any duration.
    let value = us as f64;
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{:.2} ms", value / 1_000.0),
        10_000..100_000 => format!("{:.1} ms", value / 1_000.0),
        100_000..1_000_000 => format!("{:.0} ms", value / 1_000.0),
        1_000_000..10_000_000 => format!("{:.2} s", value / 1_000_000.0),
        _ => format!("{:.1} s", value / 1_000_000.0),
    }
}

fn parts(at_ms: i64) -> (String, String) {
    let (year, month, day) = civil(at_ms.div_euclid(DAY_MS));
    let rest = at_ms.rem_euclid(DAY_MS);
    let clock = format!(
        "{:02}:{:02}:{:02}",
        rest / HOUR_MS,
        rest % HOUR_MS / MINUTE_MS,
        rest % MINUTE_MS / SECOND_MS
    );
    (format!("{year:04}-{month:02}-{day:02}"), clock)
}

/// The Gregorian date `days` after 1970-01-01: the days-to-civil algorithm over 400-year eras that begin on 1 March,
/// so that the leap day is an era's last.
const fn civil(days: i64) -> (i64, i64, i64) {
    const ERA_DAYS: i64 = 146_097;
    let days = days + 719_468;
    let era = days.div_euclid(ERA_DAYS);
    let day_of_era = days.rem_euclid(ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_printed_in_utc() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(iso(1_772_355_907_999), "2026-03-01T09:05:07Z");
        assert_eq!(iso(-1_000), "1969-12-31T23:59:59Z");
        assert_eq!(absolute(1_709_251_199_000), "2024-02-29 23:59:59 UTC");
    }

    #[test]
    fn distances_use_their_largest_unit() {
        let now = 1_772_355_907_000;
        assert_eq!(relative(now - 400, now), "just now");
        assert_eq!(relative(now - 59_999, now), "59 s ago");
        assert_eq!(relative(now - 3 * MINUTE_MS, now), "3 min ago");
        assert_eq!(relative(now - 25 * HOUR_MS, now), "1 d ago");
        assert_eq!(relative(now + 2 * HOUR_MS + 5, now), "in 2 h");
        assert_eq!(relative(i64::MIN, now), format!("{} d ago", i64::MAX / DAY_MS));
    }

    #[test]
    fn durations_have_three_figures() {
        assert_eq!(duration(850), "850 µs");
        assert_eq!(duration(1_234), "1.23 ms");
        assert_eq!(duration(12_440), "12.4 ms");
        assert_eq!(duration(310_000), "310 ms");
        assert_eq!(duration(3_204_000), "3.20 s");
    }
}
