//! JSON to protobuf wire bytes and back, as canonical ProtoJSON has it.

use bytes::Bytes;
use micro_domain::Error;
use prost_reflect::MessageDescriptor;

mod decode;
mod encode;
mod error;

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
    encode::message(message, wire)
}
