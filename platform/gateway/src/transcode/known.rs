//! Well-known types, whose JSON is not an object of their fields.

use super::decode::{Message, Name};
use super::error::Place;
use super::scalar::{self, Float, Text};
use super::wire;
use prost::encoding::WireType;
use prost_reflect::MessageDescriptor;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Seconds of `0001-01-01T00:00:00Z`.
pub(super) const TIMESTAMP_MIN_S: i64 = -62_135_596_800;
/// Seconds of `9999-12-31T23:59:59Z`.
pub(super) const TIMESTAMP_MAX_S: i64 = 253_402_300_799;
/// About 10,000 years, in seconds.
pub(super) const DURATION_MAX_S: i64 = 315_576_000_000;
/// Nanoseconds of a second.
pub(super) const NANOS: i64 = 1_000_000_000;

/// The well-known types with a JSON of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Any,
    Timestamp,
    Duration,
    FieldMask,
    Struct,
    Value,
    ListValue,
    Empty,
    Wrapper,
}

impl Known {
    /// By full name.
    pub(super) fn of(full_name: &str) -> Option<Self> {
        Some(match full_name.strip_prefix("google.protobuf.")? {
            "Any" => Self::Any,
            "Timestamp" => Self::Timestamp,
            "Duration" => Self::Duration,
            "FieldMask" => Self::FieldMask,
            "Struct" => Self::Struct,
            "Value" => Self::Value,
            "ListValue" => Self::ListValue,
            "Empty" => Self::Empty,
            "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value" | "UInt32Value"
            | "BoolValue" | "StringValue" | "BytesValue" => Self::Wrapper,
            _ => return None,
        })
    }
}

/// Reads a well-known type.
pub(super) fn read<'de, D: Deserializer<'de>>(
    known: Known,
    message: Message<'_>,
    json: D,
) -> Result<(), D::Error> {
    let Message { descriptor, place, out } = message;
    match known {
        Known::Any => json.deserialize_any(Any { descriptor, place, out }),
        Known::Timestamp => {
            seconds_and_nanos(timestamp(&json.deserialize_any(Text)?).map_err(Error::custom)?, out)
        }
        Known::Duration => {
            seconds_and_nanos(duration(&json.deserialize_any(Text)?).map_err(Error::custom)?, out)
        }
        Known::FieldMask => field_mask(&json.deserialize_any(Text)?, out).map_err(Error::custom),
        Known::Struct => json.deserialize_any(Struct { place, out }),
        Known::Value => json.deserialize_any(Value { place, out }),
        Known::ListValue => json.deserialize_any(ListValue { place, out }),
        Known::Empty => json.deserialize_any(Message { descriptor, place, out }),
        Known::Wrapper => {
            let Some(kind) = descriptor.get_field(1).map(|field| field.kind()) else { return Ok(()) };
            let start = out.len();
            wire::key(out, 1, scalar::wire_type(&kind));
            scalar::scalar(&kind, json, out)?;
            // A default is written as zeros alone, and its absence says the same.
            if out[start + 1..].iter().all(|byte| *byte == 0) {
                out.truncate(start);
            }
            Ok(())
        }
    }
}

fn seconds_and_nanos<E>((seconds, nanos): (i64, i64), out: &mut Vec<u8>) -> Result<(), E> {
    if seconds != 0 {
        wire::varint(out, 1, seconds.cast_unsigned());
    }
    if nanos != 0 {
        wire::varint(out, 2, nanos.cast_unsigned());
    }
    Ok(())
}

/// Reads `2026-01-31T12:00:00.5+01:00`.
fn timestamp(text: &str) -> Result<(i64, i64), String> {
    let wrong = || format!("`{text}` is no timestamp, expected one like `2026-01-31T12:00:00Z`");
    let bytes = text.as_bytes();
    let shape = |at: usize| match at {
        4 | 7 => b'-',
        10 => b'T',
        13 | 16 => b':',
        _ => b'0',
    };
    let shaped = bytes.get(..19).is_some_and(|head| {
        (0..19).all(|at| if shape(at) == b'0' { head[at].is_ascii_digit() } else { head[at] == shape(at) })
    });
    if !shaped {
        return Err(wrong());
    }
    let number = |from: usize, to: usize| {
        text.get(from..to).and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0)
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let valid_day =
        usize::try_from(month - 1).ok().and_then(|index| days.get(index)).is_some_and(|last| day <= *last);
    if !valid_day || day == 0 || hour > 23 || minute > 59 || second > 59 {
        return Err(wrong());
    }
    let (nanos, zone) = fraction(&text[19..]).ok_or_else(wrong)?;
    let offset = match zone.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2]
            if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            let pair = |one: &u8, other: &u8| i64::from(one - b'0') * 10 + i64::from(other - b'0');
            let (hours, minutes) = (pair(h1, h2), pair(m1, m2));
            if hours > 23 || minutes > 59 {
                return Err(wrong());
            }
            (hours * 60 + minutes) * if *sign == b'-' { -60 } else { 60 }
        }
        _ => return Err(wrong()),
    };
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    if !(TIMESTAMP_MIN_S..=TIMESTAMP_MAX_S).contains(&seconds) {
        return Err(format!("`{text}` is out of range, expected a time in the years 0001 to 9999"));
    }
    Ok((seconds, nanos))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's algorithm).
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// An optional `.` with one to nine digits as nanoseconds, and what follows.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=9).contains(&digits) {
        return None;
    }
    let (head, rest) = rest.split_at(digits);
    let scale = 10_i64.pow(u32::try_from(9 - digits).ok()?);
    Some((head.parse::<i64>().ok()? * scale, rest))
}

/// Reads `-1.5s`.
fn duration(text: &str) -> Result<(i64, i64), String> {
    let wrong = || format!("`{text}` is no duration, expected seconds like `1.5s`");
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = rest.split_at(digits);
    let (nanos, unit) = fraction(rest).ok_or_else(wrong)?;
    if digits == 0 || unit != "s" {
        return Err(wrong());
    }
    let seconds = whole.parse::<i64>().ok().filter(|seconds| *seconds <= DURATION_MAX_S);
    let seconds = seconds.ok_or_else(|| {
        format!("`{text}` is out of range, expected at most {DURATION_MAX_S} seconds either way")
    })?;
    Ok(if negative { (-seconds, -nanos) } else { (seconds, nanos) })
}

fn field_mask(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    for path in text.split(',').filter(|path| !path.is_empty()) {
        if path.contains('_') {
            return Err(format!(
                "`{path}` is no field mask path, expected lowerCamelCase names joined by dots"
            ));
        }
        let mut snake = String::with_capacity(path.len());
        for c in path.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        wire::bytes(out, 1, snake.as_bytes());
    }
    Ok(())
}

struct Any<'a> {
    descriptor: &'a MessageDescriptor,
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object with `@type`, for an `Any`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Some(first) = object.next_key_seed(Name)? else { return Ok(()) };
        if first == "@type" {
            let url: String = object.next_value().map_err(|error| self.place.inside_key("@type", error))?;
            return self.content(&url, serde::de::value::MapAccessDeserializer::new(object));
        }
        // The type comes later, so the rest has to wait for it.
        let mut waiting = serde_json::Map::new();
        let value = object.next_value().map_err(|error| self.place.inside_key(&first, error))?;
        waiting.insert(first.into_owned(), value);
        while let Some(key) = object.next_key_seed(Name)? {
            let value = object.next_value().map_err(|error| self.place.inside_key(&key, error))?;
            waiting.insert(key.into_owned(), value);
        }
        let Some(serde_json::Value::String(url)) = waiting.remove("@type") else {
            return Err(Error::custom("expected `@type`, the URL of the type this `Any` holds"));
        };
        self.content(&url, serde_json::Value::Object(waiting)).map_err(Error::custom)
    }
}

impl Any<'_> {
    /// Reads what the `Any` holds, `@type` taken out.
    fn content<'de, D: Deserializer<'de>>(self, url: &str, json: D) -> Result<(), D::Error> {
        let Self { descriptor, place, out } = self;
        let found =
            url.rsplit_once('/').and_then(|(_, name)| descriptor.parent_pool().get_message_by_name(name));
        let Some(inner) = found else {
            let why = format!(
                "`{url}` is no type this service knows, expected `type.googleapis.com/` and a full name"
            );
            return Err(place.inside_key("@type", Error::custom(why)));
        };
        wire::bytes(out, 1, url.as_bytes());
        wire::nested(out, 2, |out| {
            let message = Message { descriptor: &inner, place, out };
            match Known::of(inner.full_name()) {
                Some(_) => json.deserialize_any(OnlyValue(message)),
                None => json.deserialize_any(message),
            }
        })
    }
}

/// The object `{"value": ...}` that holds a well-known type inside an `Any`.
struct OnlyValue<'a>(Message<'a>);

impl<'de> Visitor<'de> for OnlyValue<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a JSON object with `value`, for `{}` in an `Any`", self.0.descriptor.full_name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let place = self.0.place;
        let name = self.0.descriptor.full_name().to_owned();
        let mut message = Some(self.0);
        while let Some(key) = object.next_key_seed(Name)? {
            match (key.as_ref(), message.take()) {
                ("value", Some(message)) => {
                    object.next_value_seed(message).map_err(|error| place.inside_key("value", error))?;
                }
                ("value", None) => {
                    return Err(place.inside_key("value", Error::custom("the field is given twice")));
                }
                _ => {
                    let why = format!("`{name}` in an `Any` has no field but `value`");
                    return Err(place.inside_key(&key, Error::custom(why)));
                }
            }
        }
        match message {
            // `Empty` says as much without a value.
            Some(_) if name != "google.protobuf.Empty" => {
                Err(Error::custom(format!("expected `value`, a `{name}`")))
            }
            _ => Ok(()),
        }
    }
}

struct Struct<'a> {
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for Struct<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { place, out } = self;
        while let Some(key) = object.next_key_seed(Name)? {
            wire::nested(out, 1, |out| {
                wire::bytes(out, 1, key.as_bytes());
                wire::nested(out, 2, |out| object.next_value_seed(Value { place, out }))
            })
            .map_err(|error| place.inside_key(&key, error))?;
        }
        Ok(())
    }
}

struct ListValue<'a> {
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for ListValue<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { place, out } = self;
        for index in 0.. {
            let start = out.len();
            let next = wire::nested(out, 1, |out| list.next_element_seed(Value { place, out }));
            if next.map_err(|error| place.inside_index(index, error))?.is_none() {
                out.truncate(start);
                break;
            }
        }
        Ok(())
    }
}

/// Any JSON at all, as a `google.protobuf.Value`.
struct Value<'a> {
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let place = self.place;
        place.deeper(|| json.deserialize_any(self))
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        wire::varint(self.out, 1, 0);
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        wire::key(self.out, 2, WireType::SixtyFourBit);
        self.out.extend_from_slice(&number.to_le_bytes());
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        let number = Float { narrow: false }.visit_i64(number)?;
        self.visit_f64(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        let number = Float { narrow: false }.visit_u64(number)?;
        self.visit_f64(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        wire::bytes(self.out, 3, text.as_bytes());
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        wire::varint(self.out, 4, u64::from(value));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        let place = self.place;
        wire::nested(self.out, 5, |out| Struct { place, out }.visit_map(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let place = self.place;
        wire::nested(self.out, 6, |out| ListValue { place, out }.visit_seq(list))
    }
}
