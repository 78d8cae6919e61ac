//! JSON to protobuf wire bytes and back, as canonical ProtoJSON has it (<https://protobuf.dev/programming-guides/json/>).
//!
//! Both directions work straight between text and wire bytes, guided by descriptors; no message object is built.
//! Reading refuses what ProtoJSON refuses: unknown fields, wrong types, numbers out of range, fields or oneofs given
//! twice. Writing follows ProtoJSON's defaults, with two additions: an `Any` whose type nobody described becomes its
//! `@type` and its bytes in base64 as `value`, where ProtoJSON fails; a `Value` that holds nothing is `null`.

mod decode;
mod encode;
mod encode_known;
mod error;
mod known;
mod scalar;
mod value;
mod wire;

use bytes::Bytes;
use micro_domain::Error;
use prost_reflect::MessageDescriptor;

/// Deepest nesting of a message, in either direction.
pub(crate) const DEPTH_MAX: usize = 100;

/// Reads one request message: ProtoJSON in, wire bytes out. Nothing at all means `{}`.
///
/// # Errors
/// INVALID_ARGUMENT: for text that is no JSON, with line and column; for wrong values with a violation that names the
/// field's path and what was expected there.
pub(crate) fn json_to_wire(message: &MessageDescriptor, json: &[u8]) -> Result<Bytes, Error> {
    decode::message(message, json)
}

/// Writes one response message: wire bytes in, ProtoJSON out, on one line.
///
/// # Errors
/// INTERNAL, when the bytes are no such message or hold what ProtoJSON cannot say.
pub(crate) fn wire_to_json(message: &MessageDescriptor, wire: Bytes) -> Result<String, Error> {
    encode::message(message, &wire)
}

#[cfg(test)]
mod tests;
