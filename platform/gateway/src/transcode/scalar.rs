//! Scalars: JSON numbers, strings and booleans to wire values.

use super::wire;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use micro_domain::suggest;
use prost::encoding::{WireType, encode_varint};
use prost_reflect::{EnumDescriptor, Kind};
use serde::de::{Deserializer, Error, Visitor};
use std::fmt;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Reads a scalar and appends its wire value, without a key.
pub(super) fn scalar<'de, D: Deserializer<'de>>(
    kind: &Kind,
    json: D,
    out: &mut Vec<u8>,
) -> Result<(), D::Error> {
    match kind {
        Kind::Double => out.extend_from_slice(&json.deserialize_any(Float { narrow: false })?.to_le_bytes()),
        Kind::Float => {
            let narrow = json.deserialize_any(Float { narrow: true })? as f32;
            out.extend_from_slice(&narrow.to_le_bytes());
        }
        Kind::Bool => out.push(u8::from(json.deserialize_any(Bool)?)),
        Kind::String => length_delimited(json.deserialize_any(Text)?.as_bytes(), out),
        Kind::Bytes => length_delimited(&json.deserialize_any(Base64)?, out),
        Kind::Enum(descriptor) => signed(json.deserialize_any(EnumValue(descriptor))?, out),
        integer => integer_value(integer, json.deserialize_any(Integer(range(integer)))?, out),
    }
    Ok(())
}

/// How values of this kind are keyed on the wire.
pub(super) fn wire_type(kind: &Kind) -> WireType {
    kind.wire_type()
}

fn length_delimited(content: &[u8], out: &mut Vec<u8>) {
    encode_varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

fn signed(value: i64, out: &mut Vec<u8>) {
    encode_varint(value.cast_unsigned(), out);
}

/// The smallest and largest value, and what people call the type.
#[derive(Clone, Copy)]
pub(super) struct Range(i128, i128, &'static str);

pub(super) fn range(kind: &Kind) -> Range {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Range(i32::MIN.into(), i32::MAX.into(), "a 32-bit integer (-2147483648 to 2147483647)")
        }
        Kind::Uint32 | Kind::Fixed32 => {
            Range(0, u32::MAX.into(), "an unsigned 32-bit integer (0 to 4294967295)")
        }
        Kind::Uint64 | Kind::Fixed64 => {
            Range(0, u64::MAX.into(), "an unsigned 64-bit integer (0 to 18446744073709551615)")
        }
        _ => Range(
            i64::MIN.into(),
            i64::MAX.into(),
            "a 64-bit integer (-9223372036854775808 to 9223372036854775807)",
        ),
    }
}

fn integer_value(kind: &Kind, value: i128, out: &mut Vec<u8>) {
    let wide = value as i64;
    match kind {
        Kind::Sint32 | Kind::Sint64 => encode_varint(((wide << 1) ^ (wide >> 63)).cast_unsigned(), out),
        Kind::Sfixed32 => out.extend_from_slice(&(value as i32).to_le_bytes()),
        Kind::Fixed32 => out.extend_from_slice(&(wide as u32).to_le_bytes()),
        Kind::Sfixed64 | Kind::Fixed64 => out.extend_from_slice(&wide.to_le_bytes()),
        _ => signed(wide, out),
    }
}

/// Reads a map key, which JSON always has as text, and appends it as field 1.
pub(super) fn map_key<E: Error>(kind: &Kind, key: &str, out: &mut Vec<u8>) -> Result<(), E> {
    wire::key(out, 1, wire_type(kind));
    match kind {
        Kind::String => length_delimited(key.as_bytes(), out),
        Kind::Bool => match key {
            "true" => out.push(1),
            "false" => out.push(0),
            _ => return Err(E::custom(format!("the key `{key}` is neither `true` nor `false`"))),
        },
        integer => integer_value(integer, Integer(range(integer)).visit_str(key)?, out),
    }
    Ok(())
}

pub(super) struct Integer(pub(super) Range);

impl Integer {
    fn check<E: Error>(&self, value: i128, shown: impl fmt::Display) -> Result<i128, E> {
        let Range(least, most, what) = self.0;
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(E::custom(format!("{shown} is out of range, expected {what}")))
    }
}

impl Visitor<'_> for Integer {
    type Value = i128;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, as a number or a string", self.0.2)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i128, E> {
        self.check(value.into(), value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i128, E> {
        self.check(value.into(), value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<i128, E> {
        if !value.is_finite() || value.fract() != 0.0 {
            return Err(E::custom(format!("{value} is no whole number, expected {}", self.0.2)));
        }
        let whole = value as i128;
        self.check(whole, value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            // More digits than 128 bits hold are out of every range.
            return self.check(text.parse().unwrap_or(i128::MAX), text);
        }
        // `1e3` and `1.0` count as integers, quoted or not.
        match json_number(text) {
            Some(value) => self.visit_f64(value),
            None => Err(E::custom(format!("`{text}` is no number, expected {}", self.0.2))),
        }
    }
}

/// A number as JSON writes it, without white space around it.
fn json_number(text: &str) -> Option<f64> {
    let bare = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    if bare { serde_json::from_str(text).ok() } else { None }
}

pub(super) struct Float {
    /// The value must fit 32 bits.
    pub(super) narrow: bool,
}

impl Visitor<'_> for Float {
    type Value = f64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number, or `NaN`, `Infinity`, `-Infinity` or a number as a string")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        let fits = !self.narrow || (value as f32).is_finite();
        if fits {
            return Ok(value);
        }
        Err(E::custom(format!("{value} is out of range, expected a 32-bit floating point number")))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        match text {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            _ => match json_number(text) {
                Some(value) => self.visit_f64(value),
                None => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
            },
        }
    }
}

struct Bool;

impl Visitor<'_> for Bool {
    type Value = bool;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }
}

pub(super) struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = std::borrow::Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(text.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.to_owned().into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(text.into())
    }
}

struct Base64;

impl Visitor<'_> for Base64 {
    type Value = Vec<u8>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("bytes as a base64 string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        let engine = if text.bytes().any(|byte| matches!(byte, b'-' | b'_')) { URL_SAFE } else { STANDARD };
        engine.decode(text).map_err(|error| E::custom(format!("this is no base64: {error}")))
    }
}

struct EnumValue<'a>(&'a EnumDescriptor);

impl Visitor<'_> for EnumValue<'_> {
    type Value = i64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a value of `{}`, by name or number", self.0.full_name())
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<i64, E> {
        if let Some(value) = self.0.get_value_by_name(name) {
            return Ok(value.number().into());
        }
        let names: Vec<String> = self.0.values().map(|value| value.name().to_owned()).collect();
        let near = suggest::nearest(name, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(E::custom(format!("`{name}` is no value of `{}`{near}", self.0.full_name())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Integer(range(&Kind::Int32)).visit_i64::<E>(number).map(|_| number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        let number = Integer(range(&Kind::Int32)).visit_u64::<E>(number)?;
        i64::try_from(number).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        let number = Integer(range(&Kind::Int32)).visit_f64::<E>(number)?;
        i64::try_from(number).map_err(E::custom)
    }

    // Only `google.protobuf.NullValue` reads null; a field's null never gets here.
    fn visit_unit<E: Error>(self) -> Result<i64, E> {
        if self.0.full_name() == "google.protobuf.NullValue" {
            return Ok(0);
        }
        Err(E::invalid_type(serde::de::Unexpected::Unit, &self))
    }
}
