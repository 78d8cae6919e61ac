//! Wire bytes in, ProtoJSON out.

use super::DEPTH_MAX;
use super::encode_known::write_known;
use super::known::Known;
use super::value::{Scalar, text};
use super::wire::{self, Raw};
use micro_domain::Error;
use prost_reflect::{Cardinality, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) fn message(message: &MessageDescriptor, bytes: &[u8]) -> Result<String, Error> {
    // JSON is about twice as long as the bytes it says.
    let mut out = String::with_capacity(bytes.len() * 2 + 2);
    write_message(message, bytes, DEPTH_MAX, &mut out)
        .map_err(|why| Error::internal(format!("the answer is no valid `{}`: {why}", message.full_name())))?;
    Ok(out)
}

/// Why bytes are not the message they should be.
pub(super) type Failure = Cow<'static, str>;
pub(super) type Written = Result<(), Failure>;

pub(super) const BROKEN: Failure = Cow::Borrowed("its bytes cannot be decoded");
pub(super) const TEXT: Failure = Cow::Borrowed("a string in it is not UTF-8");
pub(super) const DEEP: Failure = Cow::Borrowed("it is nested too deeply");

pub(super) fn write_message(
    descriptor: &MessageDescriptor,
    bytes: &[u8],
    depth: usize,
    out: &mut String,
) -> Written {
    if depth == 0 {
        return Err(DEEP);
    }
    if let Some(known) = Known::of(descriptor.full_name()) {
        return write_known(known, descriptor, bytes, depth, out);
    }
    out.push('{');
    write_fields(descriptor, bytes, depth, true, out)?;
    out.push('}');
    Ok(())
}

/// All fields of an ordinary message, comma-separated.
pub(super) fn write_fields(
    descriptor: &MessageDescriptor,
    bytes: &[u8],
    depth: usize,
    mut first: bool,
    out: &mut String,
) -> Written {
    let mut fields = wire::fields(bytes).ok_or(BROKEN)?;
    let overruled = overruled(descriptor, &fields);
    // Stable: occurrences of one field keep their order.
    fields.sort_by_key(|(number, _)| *number);
    for chunk in fields.chunk_by(|one, other| one.0 == other.0) {
        let number = chunk[0].0;
        if overruled.contains(&number) {
            continue;
        }
        let Some(slot) = Slot::numbered(descriptor, number) else { continue };
        let mark = out.len();
        if !first {
            out.push(',');
        }
        text(&slot.json_name, out);
        out.push(':');
        if write_field(&slot, chunk, depth, out)? {
            first = false;
        } else {
            out.truncate(mark);
        }
    }
    Ok(())
}

/// Fields of oneofs that a later member on the wire replaced.
fn overruled(descriptor: &MessageDescriptor, fields: &[(u32, Raw<'_>)]) -> Vec<u32> {
    let mut overruled = Vec::new();
    for oneof in descriptor.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let members: Vec<u32> = oneof.fields().map(|field| field.number()).collect();
        let Some((last, _)) = fields.iter().rev().find(|(number, _)| members.contains(number)) else {
            continue;
        };
        overruled.extend(members.into_iter().filter(|member| member != last));
    }
    overruled
}

/// A field or an extension.
struct Slot {
    json_name: String,
    kind: Kind,
    list: bool,
    map: bool,
    /// Written even at its default value.
    presence: bool,
}

impl Slot {
    fn numbered(descriptor: &MessageDescriptor, number: u32) -> Option<Self> {
        match descriptor.get_field(number) {
            Some(field) => Some(Self::of_field(&field)),
            None => descriptor.get_extension(number).map(|extension| Self::of_extension(&extension)),
        }
    }

    fn of_field(field: &FieldDescriptor) -> Self {
        Self {
            json_name: field.json_name().to_owned(),
            kind: field.kind(),
            list: field.is_list(),
            map: field.is_map(),
            presence: field.supports_presence() || field.cardinality() == Cardinality::Required,
        }
    }

    fn of_extension(extension: &ExtensionDescriptor) -> Self {
        Self {
            json_name: extension.json_name().to_owned(),
            kind: extension.kind(),
            list: extension.is_list(),
            map: extension.is_map(),
            presence: true,
        }
    }
}

/// Writes a field's value; tells whether there is one to write.
fn write_field(
    slot: &Slot,
    occurrences: &[(u32, Raw<'_>)],
    depth: usize,
    out: &mut String,
) -> Result<bool, Failure> {
    if slot.map {
        return write_map(slot, occurrences, depth, out);
    }
    if slot.list {
        return write_list(slot, occurrences, depth, out);
    }
    if let Kind::Message(descriptor) = &slot.kind {
        let Some(content) = merged(occurrences) else { return Ok(false) };
        write_message(descriptor, &content, depth - 1, out)?;
        return Ok(true);
    }
    let fitting = occurrences.iter().rev().find_map(|(_, raw)| Scalar::of(&slot.kind, *raw).transpose());
    let Some(scalar) = fitting.transpose()? else { return Ok(false) };
    if !slot.presence && scalar.is_default() {
        return Ok(false);
    }
    scalar.write(out)?;
    Ok(true)
}

/// A message that comes in parts is their concatenation.
fn merged<'a>(occurrences: &[(u32, Raw<'a>)]) -> Option<Cow<'a, [u8]>> {
    let parts: Vec<&[u8]> = occurrences
        .iter()
        .filter_map(|(_, raw)| match raw {
            Raw::Bytes(content) | Raw::Group(content) => Some(*content),
            _ => None,
        })
        .collect();
    match parts.as_slice() {
        [] => None,
        [only] => Some(Cow::Borrowed(only)),
        several => Some(Cow::Owned(several.concat())),
    }
}

fn write_list(
    slot: &Slot,
    occurrences: &[(u32, Raw<'_>)],
    depth: usize,
    out: &mut String,
) -> Result<bool, Failure> {
    let mut count = 0_usize;
    let mut separate = |out: &mut String| {
        out.push(if count == 0 { '[' } else { ',' });
        count += 1;
    };
    for (_, raw) in occurrences {
        match (&slot.kind, *raw) {
            (Kind::Message(descriptor), Raw::Bytes(content) | Raw::Group(content)) => {
                separate(out);
                write_message(descriptor, content, depth - 1, out)?;
            }
            (Kind::String | Kind::Bytes | Kind::Message(_), raw) => {
                if let Some(scalar) = Scalar::of(&slot.kind, raw)? {
                    separate(out);
                    scalar.write(out)?;
                }
            }
            // Packed, whatever the descriptor says: readers must take both.
            (kind, Raw::Bytes(mut packed)) => {
                while !packed.is_empty() {
                    let raw = wire::value(&mut packed, kind.wire_type()).ok_or(BROKEN)?;
                    if let Some(scalar) = Scalar::of(kind, raw)? {
                        separate(out);
                        scalar.write(out)?;
                    }
                }
            }
            (kind, raw) => {
                if let Some(scalar) = Scalar::of(kind, raw)? {
                    separate(out);
                    scalar.write(out)?;
                }
            }
        }
    }
    if count > 0 {
        out.push(']');
    }
    Ok(count > 0)
}

fn write_map(
    slot: &Slot,
    occurrences: &[(u32, Raw<'_>)],
    depth: usize,
    out: &mut String,
) -> Result<bool, Failure> {
    let Kind::Message(entry) = &slot.kind else { return Ok(false) };
    let keys = entry.map_entry_key_field().kind();
    let values = Slot { presence: true, ..Slot::of_field(&entry.map_entry_value_field()) };
    // Sorted, so that equal answers are equal texts; of equal keys the last counts.
    let mut entries: BTreeMap<String, Vec<(u32, Raw<'_>)>> = BTreeMap::new();
    for (_, raw) in occurrences {
        let Raw::Bytes(content) = raw else { continue };
        let fields = wire::fields(content).ok_or(BROKEN)?;
        let key = fields.iter().rev().find(|(number, _)| *number == 1).map(|(_, raw)| *raw);
        let key =
            key.map_or(Ok(None), |raw| Scalar::of(&keys, raw))?.unwrap_or_else(|| Scalar::default_of(&keys));
        let value = fields.into_iter().filter(|(number, _)| *number == 2).collect();
        entries.insert(key.as_map_key(), value);
    }
    if entries.is_empty() {
        return Ok(false);
    }
    for (index, (key, value)) in entries.iter().enumerate() {
        out.push(if index == 0 { '{' } else { ',' });
        text(key, out);
        out.push(':');
        if !write_field(&values, value, depth, out)? {
            match &values.kind {
                Kind::Message(descriptor) => write_message(descriptor, &[], depth - 1, out)?,
                kind => Scalar::default_of(kind).write(out)?,
            }
        }
    }
    out.push('}');
    Ok(true)
}
