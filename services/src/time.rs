//! time: the present moment, and what time zones make of it. `zones` finds and explains them.

mod zones;

use jiff::Timestamp;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use self::pb::time_server::{Time, TimeServer};
use self::pb::zone_request::Place;
use self::zones::Zones;
use crate::{Base, clock, status};

crate::generated!("time");

/// How many there are in a second.
const NANOSECONDS: i32 = 1_000_000_000;

/// The service, for the catalog.
pub(crate) fn base() -> Base {
    Base::new("time", DESCRIPTORS, Routes::new(TimeServer::new(Clockmaker { zones: Zones::bundled() })))
}

struct Clockmaker {
    zones: Zones,
}

impl Clockmaker {
    fn tell(&self, zone: &str, now: Timestamp) -> Result<pb::NowResponse, Status> {
        let zone = self.zones.named(if zone.is_empty() { "UTC" } else { zone })?;
        Ok(pb::NowResponse {
            time: Some(clock::to_proto(now)),
            text: zones::text(&zone, now),
            unix_seconds: now.as_second(),
            unix_milliseconds: now.as_millisecond(),
            zone: zones::name(&zone),
        })
    }

    fn explain(&self, request: pb::ZoneRequest, now: Timestamp) -> Result<pb::ZoneResponse, Status> {
        let zone = match request.place {
            Some(Place::Zone(name)) => self.zones.named(&name)?,
            Some(Place::Location(city)) => self.zones.located(&city)?,
            None => return Err(status::invalid("zone", "is missing; name a zone, or a location instead")),
        };
        let at = match request.at {
            Some(at) => Some(at.nanos)
                .filter(|nanos| (0..NANOSECONDS).contains(nanos))
                .and_then(|nanos| Timestamp::new(at.seconds, nanos).ok())
                .ok_or_else(|| status::invalid("at", "is not a moment of the years 1 to 9999"))?,
            None => now,
        };
        Ok(zones::explain(&zone, at))
    }
}

#[tonic::async_trait]
impl Time for Clockmaker {
    async fn now(&self, request: Request<pb::NowRequest>) -> Result<Response<pb::NowResponse>, Status> {
        Ok(Response::new(self.tell(&request.get_ref().zone, clock::now())?))
    }

    async fn zone(&self, request: Request<pb::ZoneRequest>) -> Result<Response<pb::ZoneResponse>, Status> {
        Ok(Response::new(self.explain(request.into_inner(), clock::now())?))
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use tonic::Code;

    fn clockmaker() -> Clockmaker {
        Clockmaker { zones: Zones::bundled() }
    }

    #[test]
    fn the_same_moment_reads_differently_elsewhere() {
        let moment: Timestamp = "2026-03-01T08:30:00.123456Z".parse().expect("a moment");
        let utc = clockmaker().tell("", moment).expect("told");
        assert_eq!((utc.text.as_str(), utc.zone.as_str()), ("2026-03-01T08:30:00.123+00:00", "UTC"));
        assert_eq!((utc.unix_seconds, utc.unix_milliseconds), (1_772_353_800, 1_772_353_800_123));
        let berlin = clockmaker().tell("europe/BERLIN", moment).expect("told");
        assert_eq!(
            (berlin.text.as_str(), berlin.zone.as_str()),
            ("2026-03-01T09:30:00.123+01:00", "Europe/Berlin")
        );
        assert_eq!(berlin.time, utc.time);
        assert_eq!(
            clockmaker().tell("Mars/Base", moment).expect_err("refused").code(),
            Code::InvalidArgument
        );
    }

    #[test]
    fn a_zone_is_explained_at_any_moment() {
        let at = |text: &str| {
            let moment: Timestamp = text.parse().expect("a moment");
            Some(prost_types::Timestamp { seconds: moment.as_second(), nanos: 0 })
        };
        let ask = |place, at| {
            clockmaker().explain(pb::ZoneRequest { place: Some(place), at }, Timestamp::UNIX_EPOCH)
        };
        let winter =
            ask(Place::Location("new york".to_owned()), at("2026-01-15T12:00:00Z")).expect("explained");
        assert_eq!(winter.zone, "America/New_York");
        assert_eq!((winter.abbreviation.as_str(), winter.offset.as_str()), ("EST", "-05:00"));
        assert_eq!((winter.offset_seconds, winter.dst), (-18_000, false));
        assert_eq!(winter.place.expect("a place").country, "US");
        let next = winter.next_transition.expect("a transition");
        assert_eq!(next.at, at("2026-03-08T07:00:00Z"));
        assert_eq!((next.abbreviation.as_str(), next.offset_seconds, next.dst), ("EDT", -14_400, true));
        let steady = ask(Place::Zone("UTC".to_owned()), None).expect("explained");
        assert_eq!((steady.next_transition, steady.local.as_str()), (None, "1970-01-01T00:00:00+00:00"));
    }

    #[test]
    fn what_cannot_be_explained_names_its_field() {
        let refused = |place, at| {
            clockmaker().explain(pb::ZoneRequest { place, at }, Timestamp::UNIX_EPOCH).expect_err("refused")
        };
        assert!(refused(None, None).message().starts_with("zone: is missing"));
        let nowhere = refused(Some(Place::Location("Atlantis".to_owned())), None);
        assert!(nowhere.message().starts_with("location: "), "{}", nowhere.message());
        for bad in [(i64::MAX, 0), (0, -1), (0, 1_000_000_000)] {
            let at = Some(prost_types::Timestamp { seconds: bad.0, nanos: bad.1 });
            assert!(refused(Some(Place::Zone("UTC".to_owned())), at).message().starts_with("at: "));
        }
    }
}
