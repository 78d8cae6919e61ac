//! Files written in protobuf editions, told in proto2, which the reflection library reads.
//!
//! Editions 2023 and 2024 are proto2 with other defaults (protobuf.dev/editions/features): a field knows whether it is
//! set, repeated numbers are packed, and a message may be delimited by tags instead of its length. Whether a field that
//! is zero is sent is the sender's choice, so features that say so need no translation.

use bytes::Bytes;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FileDescriptorProto, MessageOptions};

/// What `FileDescriptorProto.syntax` says of such files.
pub(super) const SYNTAX: &str = "editions";

/// `FeatureSet.MessageEncoding.DELIMITED`.
const DELIMITED: i32 = 2;

// The parts of descriptor.proto that say how messages are delimited, which `prost_types` does not know yet.
#[derive(Clone, PartialEq, prost::Message)]
struct File {
    #[prost(message, repeated, tag = "4")]
    messages: Vec<Message>,
    #[prost(message, optional, tag = "8")]
    options: Option<FileOptions>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(message, repeated, tag = "2")]
    fields: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    nested: Vec<Message>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Field {
    #[prost(message, optional, tag = "8")]
    options: Option<FieldOptions>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FileOptions {
    #[prost(message, optional, tag = "50")]
    features: Option<Features>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FieldOptions {
    #[prost(message, optional, tag = "21")]
    features: Option<Features>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Features {
    #[prost(int32, optional, tag = "5")]
    message_encoding: Option<i32>,
}

/// The same file in proto2, and as it is serialized.
pub(super) fn to_proto2(mut file: FileDescriptorProto, bytes: &Bytes) -> (Bytes, FileDescriptorProto) {
    let said = File::decode(bytes.clone()).unwrap_or_default();
    let delimited = delimits(said.options.and_then(|options| options.features).as_ref()).unwrap_or(false);
    file.syntax = None;
    for (message, said) in file.message_type.iter_mut().zip(&said.messages) {
        rewrite(message, said, delimited);
    }
    (Bytes::from(file.encode_to_vec()), file)
}

fn delimits(features: Option<&Features>) -> Option<bool> {
    Some(features?.message_encoding? == DELIMITED)
}

fn rewrite(message: &mut DescriptorProto, said: &Message, delimited: bool) {
    let map_entry = message.options.as_ref().is_some_and(MessageOptions::map_entry);
    let entries: Vec<String> = map_entries(message);
    for (field, said) in message.field.iter_mut().zip(&said.fields) {
        let own = said.options.as_ref().and_then(|options| delimits(options.features.as_ref()));
        let is_map = field.type_name.as_ref().is_some_and(|name| {
            field.label() == Label::Repeated && entries.iter().any(|entry| name.ends_with(entry.as_str()))
        });
        match field.r#type() {
            Type::Message if own.unwrap_or(delimited) && !map_entry && !is_map => {
                field.set_type(Type::Group);
            }
            Type::Message | Type::Group | Type::String | Type::Bytes => {}
            _ if field.label() == Label::Repeated => {
                field.options.get_or_insert_default().packed.get_or_insert(true);
            }
            _ => {}
        }
    }
    for (nested, said) in message.nested_type.iter_mut().zip(&said.nested) {
        rewrite(nested, said, delimited);
    }
}

/// The ends of the names of a message's map entries.
fn map_entries(message: &DescriptorProto) -> Vec<String> {
    let entries = message
        .nested_type
        .iter()
        .filter(|nested| nested.options.as_ref().is_some_and(MessageOptions::map_entry));
    entries.map(|entry| format!(".{}.{}", message.name(), entry.name())).collect()
}
