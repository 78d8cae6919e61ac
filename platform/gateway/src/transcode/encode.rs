//! ProtoJSON out.
use bytes::Bytes;
use micro_domain::Error;
use prost_reflect::{DynamicMessage, MessageDescriptor};
pub(super) fn message(message: &MessageDescriptor, wire: Bytes) -> Result<String, Error> {
    let m = DynamicMessage::decode(message.clone(), wire).map_err(|e| Error::internal(e.to_string()))?;
    serde_json::to_string(&m).map_err(|e| Error::internal(e.to_string()))
}
