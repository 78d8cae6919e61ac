//! Deadlines as people type them.

/// Milliseconds of each unit, longest name first.
pub(crate) const UNITS_MS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// The milliseconds of `5s`, `500ms`, `1.5m`, or of a bare number of seconds; none when nothing was typed.
///
/// # Errors
/// What was expected.
pub(crate) fn parse(text: &str) -> Result<Option<u64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let unit = UNITS_MS.iter().find_map(|(unit, ms)| Some((text.strip_suffix(unit)?, *ms)));
    let (number, unit_ms) = unit.unwrap_or((text, 1_000));
    milliseconds(number.trim(), unit_ms)
        .filter(|ms| *ms > 0)
        .map(Some)
        .ok_or_else(|| "Expected a time such as 5s, 500ms or 1m.".to_owned())
}

/// `1.5` of a unit, exactly.
fn milliseconds(number: &str, unit_ms: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole_ms = whole.parse::<u64>().ok()?.checked_mul(unit_ms)?;
    if fraction.is_empty() {
        return Some(whole_ms);
    }
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part_ms = fraction.parse::<u64>().ok()?.checked_mul(unit_ms)? / scale;
    whole_ms.checked_add(part_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_read() {
        for (typed, ms) in [
            ("5s", 5_000),
            (" 500ms ", 500),
            ("1.5m", 90_000),
            ("2", 2_000),
            ("0.25s", 250),
            ("1h", 3_600_000),
        ] {
            assert_eq!(parse(typed), Ok(Some(ms)), "{typed}");
        }
        assert_eq!(parse(" "), Ok(None));
        for wrong in ["x", "-1s", "0", "5 parsecs", "99999999999999999999s", "."] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
