//! Single values: what was typed as JSON, and what is wrong with it.

use super::{BytesFormat, BytesText, shape::is_null};
use crate::schema::{Kind, Schema};
use crate::suggest;
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde_json::{Number, Value};

/// Reads padded and unpadded; the URL alphabet is mapped before.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes of base64 in any of the spellings proto JSON takes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// Bytes out of JSON: as text where they are readable text, else as the base64 they were.
pub(super) fn bytes(encoded: &str) -> BytesText {
    let readable = decode(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
    match readable.filter(|text| !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')) {
        Some(text) => BytesText { format: BytesFormat::Text, text },
        None => BytesText { format: BytesFormat::Base64, text: encoded.to_owned() },
    }
}

/// Bytes as JSON.
pub(super) fn encoded(bytes: &BytesText) -> String {
    match bytes.format {
        BytesFormat::Text => STANDARD.encode(&bytes.text),
        BytesFormat::Base64 => bytes.text.trim().to_owned(),
    }
}

/// The JSON of a scalar's text; text that is none becomes a JSON string, which the check reports.
pub(super) fn json(kind: &Kind, text: &str) -> Value {
    let trimmed = text.trim();
    let string = || Value::String(text.to_owned());
    match kind {
        Kind::String | Kind::Bytes | Kind::Message(_) => string(),
        Kind::Bool => match trimmed {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => string(),
        },
        Kind::Enum(_) if is_null(kind) => Value::Null,
        Kind::Enum(_) => trimmed.parse::<i32>().map_or_else(|_| string(), Value::from),
        Kind::Int32 | Kind::Uint32 => number(trimmed).unwrap_or_else(string),
        Kind::Int64 | Kind::Uint64 => match number(trimmed) {
            Some(Value::Number(number)) if number.is_f64() => Value::Number(number),
            Some(Value::Number(number)) => Value::String(number.to_string()),
            _ => string(),
        },
        Kind::Double | Kind::Float => number(trimmed).unwrap_or_else(string),
    }
}

fn number(text: &str) -> Option<Value> {
    if text != "-0" {
        if let Ok(number) = text.parse::<i64>() {
            return Some(Value::from(number));
        }
        if let Ok(number) = text.parse::<u64>() {
            return Some(Value::from(number));
        }
    }
    // `inf`, `nan` and the like are words to Rust, not to JSON.
    let digits = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    digits.then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten().map(Value::Number)
}

/// What was expected instead of `text`; none when it is right.
pub(super) fn problem(schema: &Schema, kind: &Kind, text: &str) -> Option<String> {
    match kind {
        Kind::String | Kind::Bytes | Kind::Message(_) => None,
        Kind::Bool => {
            (!matches!(text.trim(), "true" | "false")).then(|| "Expected true or false.".to_owned())
        }
        Kind::Int32 => integer(text, i32::MIN.into(), i32::MAX.into()),
        Kind::Int64 => integer(text, i64::MIN.into(), i64::MAX.into()),
        Kind::Uint32 => integer(text, 0, u32::MAX.into()),
        Kind::Uint64 => integer(text, 0, u64::MAX.into()),
        Kind::Double => float(text, f64::MAX),
        Kind::Float => float(text, f64::from(f32::MAX)),
        Kind::Enum(_) if is_null(kind) => None,
        Kind::Enum(name) => enumeration(schema, name, text.trim()),
    }
}

fn integer(text: &str, least: i128, most: i128) -> Option<String> {
    let text = text.trim();
    let exact = text.parse::<i128>().ok();
    // `1e3` and `5.0` are whole numbers too; past 2^53 a double is no longer exact, so it must be written out.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let whole = || match number(text) {
        Some(Value::Number(number)) => {
            number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT_MAX)
        }
        _ => None,
    };
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "whole and at most 2^53")]
    let value = exact.or_else(|| whole().map(|number| number as i128));
    let good = value.is_some_and(|value| (least..=most).contains(&value));
    (!good).then(|| format!("Expected a whole number from {least} to {most}."))
}

fn float(text: &str, most: f64) -> Option<String> {
    let text = text.trim();
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return None;
    }
    let good = match number(text) {
        // A little above the largest float still rounds to it.
        Some(Value::Number(number)) => {
            number.as_f64().is_some_and(|number| number.abs() <= most * 1.000_000_03)
        }
        _ => false,
    };
    (!good).then(|| format!("Expected a number up to {most:e}, NaN, Infinity or -Infinity."))
}

fn enumeration(schema: &Schema, name: &str, text: &str) -> Option<String> {
    let known = schema.enums.get(name)?;
    if text.parse::<i32>().is_ok() || known.values.iter().any(|value| value.name == text) {
        return None;
    }
    let near = suggest::nearest(text, known.values.iter().map(|value| value.name.as_str()));
    let hint = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
    Some(format!("Expected a name or number of {name}.{hint}"))
}

/// Seconds a Duration holds: 10,000 years.
const DURATION_MAX_S: u64 = 315_576_000_000;

/// What is wrong with a Duration's text.
pub(super) fn duration_problem(text: &str) -> Option<String> {
    let seconds = text.strip_prefix('-').unwrap_or(text).strip_suffix('s');
    let good = seconds.is_some_and(|seconds| {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let whole_s = whole.parse::<u64>().ok().filter(|_| digits(whole));
        whole_s.is_some_and(|whole_s| whole_s <= DURATION_MAX_S) && digits(fraction) && fraction.len() <= 9
    });
    (!good).then(|| "Expected seconds with an s, such as 1.5s.".to_owned())
}

/// What is wrong with a Timestamp's text.
pub(super) fn timestamp_problem(text: &str) -> Option<String> {
    (timestamp(text).is_none()).then(|| "Expected a time such as 2026-01-31T12:00:00Z.".to_owned())
}

fn timestamp(text: &str) -> Option<()> {
    let (date, clock) = text.split_once(['T', 't'])?;
    let date: Vec<&str> = date.split('-').collect();
    let [year, month, day] = date.as_slice() else { return None };
    let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let end = clock.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = clock.split_at(end);
    let (clock, fraction) =
        clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let clock: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = clock.as_slice() else { return None };
    let clock = digits(hour, 2)? < 24 && digits(minute, 2)? < 60 && digits(second, 2)? < 60;
    let fraction = fraction.is_none_or(|fraction| {
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    let zone = match zone.strip_prefix(['+', '-']) {
        Some(offset) => {
            let (hour, minute) = offset.split_once(':')?;
            digits(hour, 2)? < 24 && digits(minute, 2)? < 60
        }
        None => zone.len() == 1,
    };
    (year >= 1 && (1..=days).contains(&day) && clock && fraction && zone).then_some(())
}

fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}
