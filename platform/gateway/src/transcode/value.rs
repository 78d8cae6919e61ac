//! Scalars: wire values to JSON text.

use super::encode::{Failure, TEXT, Written};
use super::wire::Raw;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::Kind;
use std::fmt::Write as _;

/// A scalar read off the wire.
pub(super) enum Scalar<'a> {
    Int(i64),
    Uint(u64),
    Long(i64),
    Ulong(u64),
    Double(f64),
    Float(f32),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// An enum's number, and its name where it has one.
    Enum(i32, Option<String>),
    Null,
}

impl<'a> Scalar<'a> {
    /// The value of this kind; none where the wire type does not fit, which makes it an unknown field.
    pub(super) fn of(kind: &Kind, raw: Raw<'a>) -> Result<Option<Self>, Failure> {
        let zigzag = |value: u64| ((value >> 1) as i64) ^ -((value & 1) as i64);
        Ok(Some(match (kind, raw) {
            (Kind::Int32, Raw::Varint(value)) => Self::Int((value as i32).into()),
            (Kind::Sint32, Raw::Varint(value)) => Self::Int((zigzag(value) as i32).into()),
            (Kind::Sfixed32, Raw::Fixed32(value)) => Self::Int((value as i32).into()),
            (Kind::Uint32, Raw::Varint(value)) => Self::Uint((value as u32).into()),
            (Kind::Fixed32, Raw::Fixed32(value)) => Self::Uint(value.into()),
            (Kind::Int64, Raw::Varint(value)) | (Kind::Sfixed64, Raw::Fixed64(value)) => {
                Self::Long(value as i64)
            }
            (Kind::Sint64, Raw::Varint(value)) => Self::Long(zigzag(value)),
            (Kind::Uint64, Raw::Varint(value)) | (Kind::Fixed64, Raw::Fixed64(value)) => Self::Ulong(value),
            (Kind::Double, Raw::Fixed64(value)) => Self::Double(f64::from_bits(value)),
            (Kind::Float, Raw::Fixed32(value)) => Self::Float(f32::from_bits(value)),
            (Kind::Bool, Raw::Varint(value)) => Self::Bool(value != 0),
            (Kind::String, Raw::Bytes(value)) => Self::Text(std::str::from_utf8(value).map_err(|_| TEXT)?),
            (Kind::Bytes, Raw::Bytes(value)) => Self::Bytes(value),
            (Kind::Enum(descriptor), Raw::Varint(value)) => {
                let number = value as i32;
                if descriptor.full_name() == "google.protobuf.NullValue" {
                    Self::Null
                } else {
                    Self::Enum(number, descriptor.get_value(number).map(|value| value.name().to_owned()))
                }
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn default_of(kind: &Kind) -> Self {
        match kind {
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Self::Int(0),
            Kind::Uint32 | Kind::Fixed32 => Self::Uint(0),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Self::Long(0),
            Kind::Uint64 | Kind::Fixed64 => Self::Ulong(0),
            Kind::Double => Self::Double(0.0),
            Kind::Float => Self::Float(0.0),
            Kind::Bool => Self::Bool(false),
            Kind::Bytes => Self::Bytes(&[]),
            Kind::Enum(descriptor) if descriptor.full_name() == "google.protobuf.NullValue" => Self::Null,
            Kind::Enum(descriptor) => {
                let value = descriptor.default_value();
                Self::Enum(value.number(), Some(value.name().to_owned()))
            }
            Kind::String | Kind::Message(_) => Self::Text(""),
        }
    }

    /// Left out where the field has no presence. Minus zero is not the default.
    pub(super) fn is_default(&self) -> bool {
        match self {
            Self::Int(value) | Self::Long(value) => *value == 0,
            Self::Uint(value) | Self::Ulong(value) => *value == 0,
            Self::Double(value) => value.to_bits() == 0,
            Self::Float(value) => value.to_bits() == 0,
            Self::Bool(value) => !value,
            Self::Text(value) => value.is_empty(),
            Self::Bytes(value) => value.is_empty(),
            Self::Enum(number, _) => *number == 0,
            Self::Null => true,
        }
    }

    pub(super) fn write(&self, out: &mut String) -> Written {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Int(value) => write!(out, "{value}"),
            Self::Uint(value) => write!(out, "{value}"),
            Self::Long(value) => write!(out, "\"{value}\""),
            Self::Ulong(value) => write!(out, "\"{value}\""),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Bytes(value) => write!(out, "\"{}\"", Base64Display::new(value, &STANDARD)),
            Self::Enum(number, None) => write!(out, "{number}"),
            Self::Double(value) => return float(*value, &serde_json::Number::from_f64(*value), out),
            Self::Float(value) => {
                return float(f64::from(*value), &serde_json::Number::from_f64(shortest(*value)), out);
            }
            Self::Text(value) => {
                text(value, out);
                Ok(())
            }
            Self::Enum(_, Some(name)) => {
                text(name, out);
                Ok(())
            }
            Self::Null => write!(out, "null"),
        };
        Ok(())
    }

    pub(super) fn as_map_key(&self) -> String {
        match self {
            Self::Int(value) | Self::Long(value) => value.to_string(),
            Self::Uint(value) | Self::Ulong(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Text(value) => (*value).to_owned(),
            _ => String::new(),
        }
    }
}

/// The double whose shortest text is this float's.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

fn float(value: f64, number: &Option<serde_json::Number>, out: &mut String) -> Written {
    match number {
        Some(number) => drop(write!(out, "{number}")),
        None if value.is_nan() => out.push_str("\"NaN\""),
        None if value > 0.0 => out.push_str("\"Infinity\""),
        None => out.push_str("\"-Infinity\""),
    }
    Ok(())
}

/// A JSON string.
pub(super) fn text(value: &str, out: &mut String) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        out.push('"');
        out.push_str(value);
        out.push('"');
    } else {
        let _ = write!(out, "{}", serde_json::Value::from(value));
    }
}
