//! Bytes on the wire: gRPC's frames, and the messages of `zoo.v1` without generated code.

use bytes::{BufMut as _, Bytes, BytesMut};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde_json::Value;
use std::path::Path;

/// A frame of gRPC or gRPC-Web.
pub fn frame(flags: u8, message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(message.len() + 5);
    bytes.put_u8(flags);
    bytes.put_u32(u32::try_from(message.len()).unwrap());
    bytes.put_slice(message);
    bytes.freeze()
}

/// The frames of a whole body: flags and content.
pub fn frames(mut body: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    while let [flags, a, b, c, d, rest @ ..] = body {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (content, next) = rest.split_at_checked(length).unwrap_or_else(|| panic!("a frame is cut"));
        found.push((*flags, content.to_vec()));
        body = next;
    }
    assert!(body.is_empty(), "{} bytes after the last frame", body.len());
    found
}

/// Message types by name.
#[derive(Debug, Clone)]
pub struct Types {
    pool: DescriptorPool,
}

impl Types {
    /// Reads a file descriptor set.
    pub fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        Self { pool: DescriptorPool::decode(bytes.as_slice()).unwrap() }
    }

    fn message(&self, name: &str) -> MessageDescriptor {
        self.pool.get_message_by_name(name).unwrap_or_else(|| panic!("no message {name}"))
    }

    /// A message's bytes, from its JSON.
    pub fn encode(&self, name: &str, json: &Value) -> Vec<u8> {
        DynamicMessage::deserialize(self.message(name), json).unwrap().encode_to_vec()
    }

    /// A message's JSON, from its bytes.
    pub fn decode(&self, name: &str, bytes: &[u8]) -> Value {
        let message = DynamicMessage::decode(self.message(name), bytes).unwrap();
        serde_json::to_value(message).unwrap()
    }
}
