//! What `deny.toml` accepts for a while is looked at again in time.

use std::fs;

use anyhow::{Context, Result};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::workspace;

const FILE: &str = "deny.toml";
/// What stands before the date in a reason.
const BY: &str = "review by ";
/// Characters of a date, as in `2027-02-28`.
const DATE_CHARACTERS: usize = 10;

/// Something accepted until a date.
#[derive(Debug, PartialEq, Eq)]
struct Review<'t> {
    what: &'t str,
    by: Date,
}

/// Warns of each date that has passed. That is no failure: the code is as it was the day before.
pub(super) fn check() -> Result<()> {
    let text =
        fs::read_to_string(workspace::root().join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    for Review { what, by } in reviews(&text)?.iter().filter(|review| review.is_overdue(today)) {
        eprintln!("WARNING: {FILE}: {what} was to be reviewed by {by}; is it still acceptable?");
    }
    Ok(())
}

impl Review<'_> {
    /// Whether the date has passed; the day itself is still in time.
    fn is_overdue(&self, today: Date) -> bool {
        self.by < today
    }
}

/// What a reason gives a date for. A date that cannot be read is a mistake, since it would never pass.
fn reviews(text: &str) -> Result<Vec<Review<'_>>> {
    let dated = text.lines().filter_map(|line| {
        let reason = value(line, "reason")?;
        let (_, date) = reason.split_once(BY)?;
        Some((value(line, "id").unwrap_or(reason), date))
    });
    let read = dated.map(|(what, date)| {
        let by = date.get(..DATE_CHARACTERS).unwrap_or(date);
        let by = by.parse().with_context(|| format!("{FILE}: no date follows `{BY}` of {what}"))?;
        Ok(Review { what, by })
    });
    read.collect()
}

/// The text of a key in an entry that is written on one line.
fn value<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let (_, rest) = line.split_once(&format!("{key} = \""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_come_from_reasons() {
        let text = "# reason = none, review by 2020-01-01\nignore = [\n\
                    { id = \"RUSTSEC-1\", reason = \"harmless; review by 2027-02-28 or at serenity 0.13\" },\n\
                    { id = \"RUSTSEC-2\", reason = \"harmless for good\" },\n]\n\
                    deny = [{ crate = \"a\", reason = \"review by 2030-12-31\" }]\n";
        let found = reviews(text).unwrap();
        let expected = [("RUSTSEC-1", date(2027, 2, 28)), ("review by 2030-12-31", date(2030, 12, 31))];
        assert_eq!(found, expected.map(|(what, by)| Review { what, by }));
    }

    #[test]
    fn a_date_that_cannot_be_read_is_a_mistake() {
        for date in ["", "soon", "2027-02-30", "2027-2-28", "28.02.2027"] {
            assert!(reviews(&format!("reason = \"review by {date}\"")).is_err(), "{date}");
        }
    }

    #[test]
    fn only_the_past_is_overdue() {
        let review = Review { what: "a", by: date(2027, 2, 28) };
        for (today, overdue) in [
            (date(2026, 12, 31), false),
            (date(2027, 2, 27), false),
            (date(2027, 2, 28), false),
            (date(2027, 3, 1), true),
            (date(2028, 1, 1), true),
        ] {
            assert_eq!(review.is_overdue(today), overdue, "{today}");
        }
    }

    #[test]
    fn every_advisory_that_is_accepted_has_a_date() {
        let text = include_str!("../../../deny.toml");
        let accepted: Vec<&str> = text.lines().filter_map(|line| value(line, "id")).collect();
        let dated: Vec<&str> = reviews(text).unwrap().iter().map(|review| review.what).collect();
        assert!(!accepted.is_empty());
        assert_eq!(dated, accepted);
    }
}
