//! Time zones by name or by city, and what is to be said of one at a moment.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use tonic::Status;

use super::pb;
use crate::{clock, status};

/// Longer than any name in the database.
const NAME_LIMIT_BYTES: usize = 64;
/// How many zones a refusal suggests.
const SUGGESTIONS_LIMIT: usize = 3;
/// From 0 to 1: how like the wanted name a suggestion is at least.
const LIKENESS_FLOOR: f64 = 0.6;

/// The time zones that travel with the binary.
pub(super) struct Zones {
    database: TimeZoneDatabase,
}

impl Zones {
    /// All of the IANA time zone database.
    pub(super) fn bundled() -> Self {
        Self { database: TimeZoneDatabase::bundled() }
    }

    /// The zone with this IANA name, in any case.
    pub(super) fn named(&self, name: &str) -> Result<TimeZone, Status> {
        status::at_most("zone", name, NAME_LIMIT_BYTES)?;
        self.database.get(name).map_err(|_| {
            let problem = format!("\"{name}\" is no IANA name such as Europe/Berlin{}", self.suggest(name));
            status::invalid("zone", problem)
        })
    }

    /// The zone named after this city, in any case, with spaces or underscores.
    pub(super) fn located(&self, city: &str) -> Result<TimeZone, Status> {
        status::at_most("location", city, NAME_LIMIT_BYTES)?;
        let wanted = city.trim().replace(' ', "_");
        // A zone may have several names that end alike, such as America/Louisville and America/Kentucky/Louisville.
        let found: BTreeSet<String> = self
            .database
            .available()
            .filter(|name| city_of(name.as_str()).is_some_and(|city| city.eq_ignore_ascii_case(&wanted)))
            .filter_map(|name| self.database.get(name.as_str()).ok())
            .map(|zone| zone.primary_iana_name().map_or_else(|| self::name(&zone), str::to_owned))
            .collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(name), None) => self.named(&name),
            (Some(first), Some(second)) => Err(status::invalid(
                "location",
                format!("\"{city}\" may be {first} or {second}: give one of them as the zone"),
            )),
            (None, _) => Err(status::invalid(
                "location",
                format!(
                    "no time zone is named after \"{city}\"{}: give a larger city nearby, or a zone",
                    self.suggest(city)
                ),
            )),
        }
    }

    /// The names most like the wanted one, as the end of a sentence; nothing where none is alike.
    fn suggest(&self, wanted: &str) -> String {
        let wanted = city_of(wanted).unwrap_or(wanted).replace(' ', "_").to_ascii_lowercase();
        let likeness = |name: &str| {
            let city = city_of(name)?.to_ascii_lowercase();
            let likeness = strsim::normalized_damerau_levenshtein(&wanted, &city);
            let likeness = if city.contains(&wanted) { likeness.max(LIKENESS_FLOOR) } else { likeness };
            Some(likeness).filter(|likeness| *likeness >= LIKENESS_FLOOR)
        };
        let names = self.database.available();
        let mut alike: Vec<(f64, String)> = names
            .filter_map(|name| likeness(name.as_str()).map(|likeness| (likeness, name.as_str().to_owned())))
            .collect();
        alike.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        alike.truncate(SUGGESTIONS_LIMIT);
        let names: Vec<String> = alike.into_iter().map(|(_, name)| name).collect();
        match names.is_empty() {
            true => String::new(),
            false => format!("; perhaps {}", names.join(" or ")),
        }
    }
}

/// The city that ends the name of a zone; none in names without an area, such as `UTC`.
fn city_of(name: &str) -> Option<&str> {
    name.rsplit_once('/').map(|(_, city)| city)
}

/// The IANA name of a zone.
pub(super) fn name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// The clock on the wall, with milliseconds and offset.
pub(super) fn text(zone: &TimeZone, at: Timestamp) -> String {
    DateTimePrinter::new().precision(Some(3)).timestamp_with_offset_to_string(&at, zone.to_offset(at))
}

/// Everything that is said of a zone.
pub(super) fn explain(zone: &TimeZone, at: Timestamp) -> pb::ZoneResponse {
    let info = zone.to_offset_info(at);
    let next_transition = zone.following(at).next().map(|transition| pb::Transition {
        at: Some(clock::to_proto(transition.timestamp())),
        abbreviation: transition.abbreviation().to_owned(),
        offset: offset(transition.offset()),
        offset_seconds: transition.offset().seconds(),
        dst: transition.dst().is_dst(),
    });
    let place = zone.location().map(|place| pb::Place {
        country: place.country().to_owned(),
        latitude: place.latitude(),
        longitude: place.longitude(),
    });
    pb::ZoneResponse {
        zone: name(zone),
        abbreviation: info.abbreviation().to_owned(),
        offset: offset(info.offset()),
        offset_seconds: info.offset().seconds(),
        dst: info.dst().is_dst(),
        local: DateTimePrinter::new().timestamp_with_offset_to_string(&at, info.offset()),
        next_transition,
        place,
    }
}

/// An offset as RFC 3339 writes it; with seconds for the local mean times of old.
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match rest {
        0 => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn cities_are_found_whatever_their_case_and_spaces() {
        let zones = Zones::bundled();
        for (city, expected) in [
            ("Berlin", "Europe/Berlin"),
            ("los angeles", "America/Los_Angeles"),
            ("Ho_Chi_Minh", "Asia/Ho_Chi_Minh"),
            ("kolkata", "Asia/Kolkata"),
        ] {
            assert_eq!(name(&zones.located(city).expect(city)), expected);
        }
        // Two names of one zone are no ambiguity.
        assert!(zones.located("Louisville").is_ok());
    }

    #[test]
    fn a_refusal_suggests_what_is_alike() {
        let zones = Zones::bundled();
        let refused = zones.named("America/York").expect_err("refused");
        assert!(refused.message().contains("America/New_York"), "{}", refused.message());
        let refused = zones.named("Europe/Berln").expect_err("refused");
        assert!(refused.message().ends_with("; perhaps Europe/Berlin"), "{}", refused.message());
        let refused = zones.located("Qqq").expect_err("refused");
        assert!(refused.message().contains("larger city"), "{}", refused.message());
    }

    #[test]
    fn offsets_are_written_with_sign_and_minutes() {
        assert_eq!(offset(Offset::from_seconds(19_800).expect("valid")), "+05:30");
        assert_eq!(offset(Offset::from_seconds(-12_600).expect("valid")), "-03:30");
        assert_eq!(offset(Offset::from_seconds(3_208).expect("valid")), "+00:53:28");
        assert_eq!(offset(Offset::UTC), "+00:00");
    }
}
