//! id: identifiers of the usual kinds. `snowflake` and `ulid` say how those two are made.

mod snowflake;
mod ulid;

use tonic::service::Routes;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use self::pb::Kind;
use self::pb::id_server::{Id, IdServer};
use crate::{Base, clock, random, status};

crate::generated!("id");

/// How many identifiers one call makes at most.
const COUNT_LIMIT: u32 = 1_000;
/// The characters of a nanoid, each safe in a URL.
const NANOID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
/// The length of a nanoid, which makes it about as unlikely to repeat as a random UUID.
const NANOID_CHARACTERS: usize = 21;

/// The service, for the catalog.
pub(crate) fn base() -> Base {
    Base::new("id", DESCRIPTORS, Routes::new(IdServer::new(Generator::default())))
}

/// Makes identifiers, and remembers the last of those that must sort after one another.
#[derive(Default)]
struct Generator {
    snowflake: snowflake::Snowflake,
    ulid: ulid::Ulid,
}

impl Generator {
    fn generate(&self, kind: Kind, count: u32) -> Result<pb::GenerateResponse, Status> {
        let mut numbers = Vec::new();
        let make = |_| match kind {
            Kind::UuidV4 => Ok(uuid::Builder::from_random_bytes(random::bytes()?).into_uuid().to_string()),
            Kind::Unspecified | Kind::UuidV7 => Ok(Uuid::now_v7().to_string()),
            Kind::Ulid => self.ulid.next(millis(), random::bytes()?),
            Kind::Nanoid => random::text(NANOID_ALPHABET, NANOID_CHARACTERS),
            Kind::Snowflake => {
                let number = self.snowflake.next(millis())?;
                numbers.push(number);
                Ok(number.to_string())
            }
        };
        let ids = (0..count).map(make).collect::<Result<_, Status>>()?;
        let kind = if kind == Kind::Unspecified { Kind::UuidV7 } else { kind };
        Ok(pb::GenerateResponse { ids, numbers, kind: kind.into() })
    }

    fn describe(&self, kind: Kind) -> Result<pb::Type, Status> {
        let (sortable, description) = match kind {
            Kind::UuidV4 => {
                (false, "A UUID of 122 random bits that tells nothing about when or where it was made.")
            }
            Kind::Unspecified | Kind::UuidV7 => {
                (true, "A UUID that begins with its time: the best choice for the keys of a database.")
            }
            Kind::Ulid => {
                (true, "Time and 80 random bits in 26 characters that are easy to select and to read.")
            }
            Kind::Nanoid => {
                (false, "21 random characters that are safe in a URL: as unique as a UUID, and shorter.")
            }
            Kind::Snowflake => {
                (true, "A 63-bit number of time, machine and sequence, for keys that must be numbers.")
            }
        };
        let example = self.generate(kind, 1)?.ids.pop().unwrap_or_default();
        Ok(pb::Type { kind: kind.into(), description: description.to_owned(), example, sortable })
    }
}

#[tonic::async_trait]
impl Id for Generator {
    async fn generate(
        &self,
        request: Request<pb::GenerateRequest>,
    ) -> Result<Response<pb::GenerateResponse>, Status> {
        let pb::GenerateRequest { kind, count } = request.into_inner();
        let kind = Kind::try_from(kind)
            .map_err(|_| status::invalid("kind", format!("{kind} is no kind; Types lists them")))?;
        if count > COUNT_LIMIT {
            return Err(status::invalid("count", format!("is {count}, at most {COUNT_LIMIT} are made")));
        }
        Ok(Response::new(self.generate(kind, count.max(1))?))
    }

    async fn types(&self, _: Request<pb::TypesRequest>) -> Result<Response<pb::TypesResponse>, Status> {
        let kinds = [Kind::UuidV4, Kind::UuidV7, Kind::Ulid, Kind::Nanoid, Kind::Snowflake];
        let types = kinds.into_iter().map(|kind| self.describe(kind)).collect::<Result<_, _>>()?;
        Ok(Response::new(pb::TypesResponse { types }))
    }
}

/// Milliseconds since 1970; 0 before.
fn millis() -> u64 {
    u64::try_from(clock::now().as_millisecond()).unwrap_or(0)
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_shape() {
        let generator = Generator::default();
        let one = |kind| generator.generate(kind, 1).expect("made").ids.remove(0);
        assert_eq!(Uuid::parse_str(&one(Kind::UuidV4)).expect("a UUID").get_version_num(), 4);
        assert_eq!(Uuid::parse_str(&one(Kind::UuidV7)).expect("a UUID").get_version_num(), 7);
        assert_eq!(Uuid::parse_str(&one(Kind::Unspecified)).expect("a UUID").get_version_num(), 7);
        assert_eq!(one(Kind::Ulid).len(), 26);
        assert_eq!(one(Kind::Nanoid).len(), NANOID_CHARACTERS);
        assert!(one(Kind::Snowflake).parse::<i64>().is_ok());
    }

    #[test]
    fn sortable_kinds_sort_and_none_repeats() {
        let generator = Generator::default();
        for kind in [Kind::UuidV4, Kind::UuidV7, Kind::Ulid, Kind::Nanoid, Kind::Snowflake] {
            let response = generator.generate(kind, COUNT_LIMIT).expect("made");
            let mut sorted = response.ids.clone();
            sorted.sort();
            if generator.describe(kind).expect("described").sortable {
                assert_eq!(sorted, response.ids, "{kind:?}");
            }
            sorted.dedup();
            assert_eq!(sorted.len(), COUNT_LIMIT as usize, "{kind:?}");
            let numbers: Vec<String> = response.numbers.iter().map(u64::to_string).collect();
            assert!(if kind == Kind::Snowflake { numbers == response.ids } else { numbers.is_empty() });
        }
    }
}
