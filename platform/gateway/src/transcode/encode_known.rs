//! Well-known types: wire bytes to the JSON each has of its own.

use super::encode::{BROKEN, DEEP, Failure, TEXT, Written, write_fields, write_message};
use super::known::{DURATION_MAX_S, Known, NANOS, TIMESTAMP_MAX_S, TIMESTAMP_MIN_S};
use super::value::{Scalar, text};
use super::wire::{self, Raw};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::{Kind, MessageDescriptor};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The last value of field `number`.
fn last<'a>(fields: &[(u32, Raw<'a>)], number: u32) -> Option<Raw<'a>> {
    fields.iter().rev().find(|(own, _)| *own == number).map(|(_, raw)| *raw)
}

pub(super) fn write_known(
    known: Known,
    descriptor: &MessageDescriptor,
    bytes: &[u8],
    depth: usize,
    out: &mut String,
) -> Written {
    let fields = wire::fields(bytes).ok_or(BROKEN)?;
    match known {
        Known::Any => write_any(descriptor, &fields, depth, out),
        Known::Timestamp => write_timestamp(&fields, out),
        Known::Duration => write_duration(&fields, out),
        Known::FieldMask => write_field_mask(&fields, out),
        Known::Struct => write_struct(&fields, depth, out),
        Known::Value => write_value(&fields, depth, out),
        Known::ListValue => write_list_value(&fields, depth, out),
        Known::Empty => {
            out.push_str("{}");
            Ok(())
        }
        Known::Wrapper => {
            let kind = descriptor.get_field(1).map_or(Kind::String, |field| field.kind());
            let value = last(&fields, 1).map_or(Ok(None), |raw| Scalar::of(&kind, raw))?;
            value.unwrap_or_else(|| Scalar::default_of(&kind)).write(out)
        }
    }
}

fn string<'a>(raw: Option<Raw<'a>>) -> Result<&'a str, Failure> {
    match raw {
        Some(Raw::Bytes(bytes)) => std::str::from_utf8(bytes).map_err(|_| TEXT),
        _ => Ok(""),
    }
}

fn write_any(
    descriptor: &MessageDescriptor,
    fields: &[(u32, Raw<'_>)],
    depth: usize,
    out: &mut String,
) -> Written {
    let url = string(last(fields, 1))?;
    let content = match last(fields, 2) {
        Some(Raw::Bytes(content)) => content,
        _ => &[],
    };
    if url.is_empty() && content.is_empty() {
        out.push_str("{}");
        return Ok(());
    }
    out.push_str("{\"@type\":");
    text(url, out);
    let name = url.rsplit_once('/').map_or(url, |(_, name)| name);
    match descriptor.parent_pool().get_message_by_name(name) {
        // `Empty` says as much without a value, and most languages leave it out.
        Some(_) if name == "google.protobuf.Empty" => {}
        Some(inner) if Known::of(name).is_some() => {
            out.push_str(",\"value\":");
            write_message(&inner, content, depth - 1, out)?;
        }
        Some(inner) => {
            if depth == 1 {
                return Err(DEEP);
            }
            write_fields(&inner, content, depth - 1, false, out)?;
        }
        None => drop(write!(out, ",\"value\":\"{}\"", Base64Display::new(content, &STANDARD))),
    }
    out.push('}');
    Ok(())
}

/// Seconds and nanoseconds, as both time types have them.
fn seconds_and_nanos(fields: &[(u32, Raw<'_>)]) -> (i64, i64) {
    let varint = |number| match last(fields, number) {
        Some(Raw::Varint(value)) => value,
        _ => 0,
    };
    (varint(1) as i64, (varint(2) as i32).into())
}

/// Nothing, or a point and three, six or nine digits.
fn write_fraction(nanos: i64, out: &mut String) {
    let _ = match nanos {
        0 => Ok(()),
        nanos if nanos % 1_000_000 == 0 => write!(out, ".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => write!(out, ".{:06}", nanos / 1_000),
        nanos => write!(out, ".{nanos:09}"),
    };
}

fn write_timestamp(fields: &[(u32, Raw<'_>)], out: &mut String) -> Written {
    let (seconds, nanos) = seconds_and_nanos(fields);
    if !(TIMESTAMP_MIN_S..=TIMESTAMP_MAX_S).contains(&seconds) || !(0..NANOS).contains(&nanos) {
        return Err("a timestamp in it is out of range".into());
    }
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let _ = write!(out, "\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    write_fraction(nanos, out);
    out.push_str("Z\"");
    Ok(())
}

/// The date so many days after 1970-01-01 (Howard Hinnant's algorithm).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn write_duration(fields: &[(u32, Raw<'_>)], out: &mut String) -> Written {
    let (seconds, nanos) = seconds_and_nanos(fields);
    let in_range = seconds.unsigned_abs() <= DURATION_MAX_S.unsigned_abs() && nanos.abs() < NANOS;
    if !in_range || (seconds.signum() * nanos.signum()) < 0 {
        return Err("a duration in it is out of range".into());
    }
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let _ = write!(out, "\"{sign}{}", seconds.unsigned_abs());
    write_fraction(nanos.abs(), out);
    out.push_str("s\"");
    Ok(())
}

fn write_field_mask(fields: &[(u32, Raw<'_>)], out: &mut String) -> Written {
    let mut joined = String::new();
    for (_, raw) in fields.iter().filter(|(number, _)| *number == 1) {
        if !joined.is_empty() {
            joined.push(',');
        }
        let mut upper = false;
        for c in string(Some(*raw))?.chars() {
            let lossy = c.is_ascii_uppercase() || (upper && !c.is_ascii_lowercase());
            if lossy {
                return Err("a field mask in it has a path that JSON cannot say".into());
            }
            match c {
                '_' => upper = true,
                c => joined.push(if std::mem::take(&mut upper) { c.to_ascii_uppercase() } else { c }),
            }
        }
    }
    text(&joined, out);
    Ok(())
}

fn write_struct(fields: &[(u32, Raw<'_>)], depth: usize, out: &mut String) -> Written {
    // Of equal keys the last counts.
    let mut entries: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for (number, raw) in fields {
        let (1, Raw::Bytes(content)) = (*number, *raw) else { continue };
        let entry = wire::fields(content).ok_or(BROKEN)?;
        let value = match last(&entry, 2) {
            Some(Raw::Bytes(value)) => value,
            _ => &[],
        };
        entries.insert(string(last(&entry, 1))?, value);
    }
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        text(key, out);
        out.push(':');
        write_inner_value(value, depth, out)?;
    }
    out.push('}');
    Ok(())
}

fn write_list_value(fields: &[(u32, Raw<'_>)], depth: usize, out: &mut String) -> Written {
    out.push('[');
    let mut first = true;
    for (number, raw) in fields {
        let (1, Raw::Bytes(value)) = (*number, *raw) else { continue };
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        write_inner_value(value, depth, out)?;
    }
    out.push(']');
    Ok(())
}

fn write_inner_value(bytes: &[u8], depth: usize, out: &mut String) -> Written {
    if depth <= 1 {
        return Err(DEEP);
    }
    write_value(&wire::fields(bytes).ok_or(BROKEN)?, depth - 1, out)
}

fn write_value(fields: &[(u32, Raw<'_>)], depth: usize, out: &mut String) -> Written {
    // A oneof: the last member counts.
    match fields.iter().rev().find(|(number, _)| (1..=6).contains(number)) {
        Some((2, Raw::Fixed64(bits))) => match serde_json::Number::from_f64(f64::from_bits(*bits)) {
            Some(_) => Scalar::Double(f64::from_bits(*bits)).write(out),
            None => Err("a value in it is no finite number".into()),
        },
        Some((3, raw)) => {
            text(string(Some(*raw))?, out);
            Ok(())
        }
        Some((4, Raw::Varint(value))) => Scalar::Bool(*value != 0).write(out),
        Some((5, Raw::Bytes(content))) => write_struct(&wire::fields(content).ok_or(BROKEN)?, depth, out),
        Some((6, Raw::Bytes(content))) => write_list_value(&wire::fields(content).ok_or(BROKEN)?, depth, out),
        _ => Scalar::Null.write(out),
    }
}
