//! ProtoJSON in.
use bytes::Bytes;
use micro_domain::Error;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};
pub(super) fn message(message: &MessageDescriptor, json: &[u8]) -> Result<Bytes, Error> {
    let json = if json.is_empty() { b"{}" } else { json };
    let mut de = serde_json::Deserializer::from_slice(json);
    let m =
        DynamicMessage::deserialize(message.clone(), &mut de).map_err(|e| Error::invalid(e.to_string()))?;
    Ok(m.encode_to_vec().into())
}
