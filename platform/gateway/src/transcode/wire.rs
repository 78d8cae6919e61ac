//! The protobuf wire format: taken apart without copying, and put together.

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};

/// One field's value on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
    Group(&'a [u8]),
}

/// Takes a message apart into its fields, in wire order; none when the bytes are no message.
pub(super) fn fields(mut bytes: &[u8]) -> Option<Vec<(u32, Raw<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes).ok()?;
        fields.push((number, raw(&mut bytes, number, wire_type)?));
    }
    Some(fields)
}

fn raw<'a>(bytes: &mut &'a [u8], number: u32, wire_type: WireType) -> Option<Raw<'a>> {
    match wire_type {
        WireType::StartGroup => group(bytes, number).map(Raw::Group),
        WireType::EndGroup => None,
        other => value(bytes, other),
    }
}

/// One packed or plain value.
pub(super) fn value<'a>(bytes: &mut &'a [u8], wire_type: WireType) -> Option<Raw<'a>> {
    match wire_type {
        WireType::Varint => decode_varint(bytes).ok().map(Raw::Varint),
        WireType::SixtyFourBit => {
            let (head, rest) = bytes.split_first_chunk::<8>()?;
            *bytes = rest;
            Some(Raw::Fixed64(u64::from_le_bytes(*head)))
        }
        WireType::ThirtyTwoBit => {
            let (head, rest) = bytes.split_first_chunk::<4>()?;
            *bytes = rest;
            Some(Raw::Fixed32(u32::from_le_bytes(*head)))
        }
        WireType::LengthDelimited => {
            let length = usize::try_from(decode_varint(bytes).ok()?).ok()?;
            let (head, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Some(Raw::Bytes(head))
        }
        WireType::StartGroup | WireType::EndGroup => None,
    }
}

/// The content of a group up to its own end; a list of open groups instead of recursion.
fn group<'a>(bytes: &mut &'a [u8], number: u32) -> Option<&'a [u8]> {
    let start: &'a [u8] = bytes;
    let mut open = vec![number];
    loop {
        let before = bytes.len();
        let (number, wire_type) = decode_key(bytes).ok()?;
        match wire_type {
            WireType::StartGroup => open.push(number),
            WireType::EndGroup => {
                if open.pop()? != number {
                    return None;
                }
                if open.is_empty() {
                    return Some(&start[..start.len() - before]);
                }
            }
            other => drop(value(bytes, other)?),
        }
    }
}

/// Writes a field's key.
pub(super) fn key(out: &mut Vec<u8>, number: u32, wire_type: WireType) {
    encode_key(number, wire_type, out);
}

/// Writes a length-delimited field.
pub(super) fn bytes(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    key(out, number, WireType::LengthDelimited);
    encode_varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

/// Writes a varint field.
pub(super) fn varint(out: &mut Vec<u8>, number: u32, value: u64) {
    key(out, number, WireType::Varint);
    encode_varint(value, out);
}

/// Writes a length-delimited field whose content `inner` appends.
pub(super) fn nested<T, E>(
    out: &mut Vec<u8>,
    number: u32,
    inner: impl FnOnce(&mut Vec<u8>) -> Result<T, E>,
) -> Result<T, E> {
    key(out, number, WireType::LengthDelimited);
    let start = out.len();
    let result = inner(out)?;
    let length = out.len() - start;
    encode_varint(length as u64, out);
    // The length was written behind the content; it belongs in front.
    let width = out.len() - start - length;
    out[start..].rotate_right(width);
    Ok(result)
}
