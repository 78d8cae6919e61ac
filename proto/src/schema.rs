//! A service's descriptors as the domain's [schema](domain::Schema).

use crate::v1;
use micro_domain::{Error, schema as domain};
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind,
    MessageDescriptor, MethodDescriptor, ServiceDescriptor, Value, prost_types::source_code_info::Location,
};
use std::collections::HashMap;

/// Field numbers of google/protobuf/descriptor.proto.
mod number {
    pub(super) const DEPRECATED_FIELD: u32 = 3;
    pub(super) const DEBUG_REDACT: u32 = 16;
    pub(super) const DEPRECATED_METHOD: u32 = 33;
    pub(super) const IDEMPOTENCY_LEVEL: u32 = 34;
    pub(super) const DEPRECATED_ENUM_VALUE: u32 = 1;
}

/// `IdempotencyLevel.NO_SIDE_EFFECTS`.
const NO_SIDE_EFFECTS: i32 = 1;
/// `IdempotencyLevel.IDEMPOTENT`.
const IDEMPOTENT: i32 = 2;

/// The description the gateway sent, as the domain's.
///
/// # Errors
/// INTERNAL when its descriptors cannot be read.
pub fn description(wire: v1::DescribeResponse) -> Result<domain::Description, Error> {
    let pool = DescriptorPool::decode(wire.file_descriptor_set.as_slice()).map_err(|_| {
        Error::internal(format!("The server's description of `{}` cannot be read.", wire.service))
    })?;
    let mut schema = schema(&pool, wire.grpc_services.iter().map(String::as_str));
    schema.omitted = wire.omitted;
    Ok(domain::Description { service: wire.service, version: wire.version, schema })
}

/// The schema of the named gRPC services: their methods and every message and enum reachable from them.
pub fn schema<'a>(pool: &DescriptorPool, services: impl IntoIterator<Item = &'a str>) -> domain::Schema {
    let mut builder = Builder { comments: Comments::default(), schema: domain::Schema::default() };
    let named = services.into_iter().filter_map(|name| pool.get_service_by_name(name));
    for descriptor in named {
        let service = builder.service(&descriptor);
        builder.schema.services.push(service);
    }
    builder.schema
}

struct Builder {
    comments: Comments,
    schema: domain::Schema,
}

impl Builder {
    fn service(&mut self, descriptor: &ServiceDescriptor) -> domain::GrpcService {
        let methods = descriptor.methods().map(|method| self.method(&method)).collect();
        let comment = self.comments.at(&descriptor.parent_file(), descriptor.path());
        domain::GrpcService { name: descriptor.full_name().to_owned(), comment, methods }
    }

    fn method(&mut self, descriptor: &MethodDescriptor) -> domain::Method {
        self.reach(&descriptor.input());
        self.reach(&descriptor.output());
        let options = descriptor.options();
        let level = option_number(&options, number::IDEMPOTENCY_LEVEL);
        domain::Method {
            name: descriptor.name().to_owned(),
            service: descriptor.parent_service().full_name().to_owned(),
            comment: self.comments.at(&descriptor.parent_file(), descriptor.path()),
            input: descriptor.input().full_name().to_owned(),
            output: descriptor.output().full_name().to_owned(),
            client_streaming: descriptor.is_client_streaming(),
            server_streaming: descriptor.is_server_streaming(),
            idempotent: level == NO_SIDE_EFFECTS || level == IDEMPOTENT,
            read_only: level == NO_SIDE_EFFECTS,
            deprecated: option_flag(&options, number::DEPRECATED_METHOD),
        }
    }

    /// Adds a message and everything its fields reach. A work list, not recursion: descriptors come from strangers.
    fn reach(&mut self, first: &MessageDescriptor) {
        let mut waiting = vec![first.clone()];
        while let Some(descriptor) = waiting.pop() {
            if self.schema.messages.contains_key(descriptor.full_name()) {
                continue;
            }
            let message = self.message(&descriptor, &mut waiting);
            self.schema.messages.insert(message.name.clone(), message);
        }
    }

    fn message(
        &mut self,
        descriptor: &MessageDescriptor,
        waiting: &mut Vec<MessageDescriptor>,
    ) -> domain::Message {
        let oneofs: Vec<_> = descriptor.oneofs().filter(|oneof| !oneof.is_synthetic()).collect();
        let names: Vec<String> = oneofs.iter().map(|oneof| oneof.name().to_owned()).collect();
        let mut declared: Vec<FieldDescriptor> = descriptor.fields().collect();
        declared.sort_by_key(|field| field.path().last().copied());
        let fields = declared.iter().map(|field| self.field(field, &names, waiting)).collect();
        domain::Message {
            name: descriptor.full_name().to_owned(),
            comment: self.comments.at(&descriptor.parent_file(), descriptor.path()),
            fields,
            oneofs: names,
        }
    }

    fn field(
        &mut self,
        descriptor: &FieldDescriptor,
        oneofs: &[String],
        waiting: &mut Vec<MessageDescriptor>,
    ) -> domain::Field {
        let (cardinality, value) = match descriptor.kind() {
            Kind::Message(entry) if descriptor.is_map() => {
                let key = self.kind(entry.map_entry_key_field().kind(), waiting);
                (domain::Cardinality::Map(key), entry.map_entry_value_field().kind())
            }
            kind if descriptor.is_list() => (domain::Cardinality::Repeated, kind),
            kind => (domain::Cardinality::Singular, kind),
        };
        let oneof = descriptor.containing_oneof().filter(|oneof| !oneof.is_synthetic());
        let options = descriptor.options();
        domain::Field {
            name: descriptor.name().to_owned(),
            json_name: descriptor.json_name().to_owned(),
            number: descriptor.number(),
            kind: self.kind(value, waiting),
            cardinality,
            presence: descriptor.supports_presence(),
            required: descriptor.cardinality() == Cardinality::Required,
            oneof: oneof.and_then(|oneof| oneofs.iter().position(|name| name == oneof.name())),
            comment: self.comments.at(&descriptor.parent_file(), descriptor.path()),
            deprecated: option_flag(&options, number::DEPRECATED_FIELD),
            redact: option_flag(&options, number::DEBUG_REDACT),
        }
    }

    fn kind(&mut self, kind: Kind, waiting: &mut Vec<MessageDescriptor>) -> domain::Kind {
        match kind {
            Kind::Double => domain::Kind::Double,
            Kind::Float => domain::Kind::Float,
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => domain::Kind::Int32,
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => domain::Kind::Int64,
            Kind::Uint32 | Kind::Fixed32 => domain::Kind::Uint32,
            Kind::Uint64 | Kind::Fixed64 => domain::Kind::Uint64,
            Kind::Bool => domain::Kind::Bool,
            Kind::String => domain::Kind::String,
            Kind::Bytes => domain::Kind::Bytes,
            Kind::Message(message) => {
                let name = message.full_name().to_owned();
                waiting.push(message);
                domain::Kind::Message(name)
            }
            Kind::Enum(descriptor) => {
                let name = descriptor.full_name().to_owned();
                if !self.schema.enums.contains_key(&name) {
                    let described = self.enumeration(&descriptor);
                    self.schema.enums.insert(name.clone(), described);
                }
                domain::Kind::Enum(name)
            }
        }
    }

    fn enumeration(&mut self, descriptor: &EnumDescriptor) -> domain::Enum {
        let file = descriptor.parent_file();
        let mut declared: Vec<_> = descriptor.values().collect();
        declared.sort_by_key(|value| value.path().last().copied());
        let values = declared.iter().map(|value| domain::EnumValue {
            name: value.name().to_owned(),
            number: value.number(),
            comment: self.comments.at(&file, value.path()),
            deprecated: option_flag(&value.options(), number::DEPRECATED_ENUM_VALUE),
        });
        let values = values.collect();
        let comment = self.comments.at(&file, descriptor.path());
        domain::Enum { name: descriptor.full_name().to_owned(), comment, values }
    }
}

fn option_flag(options: &DynamicMessage, number: u32) -> bool {
    options.get_field_by_number(number).and_then(|value| value.as_bool()).unwrap_or(false)
}

fn option_number(options: &DynamicMessage, number: u32) -> i32 {
    options.get_field_by_number(number).map_or(0, |value| match value.as_ref() {
        Value::EnumNumber(number) => *number,
        _ => 0,
    })
}

/// Comments by file and path, read once per file: a linear search for each of 10,000 methods would be quadratic.
#[derive(Default)]
struct Comments {
    files: HashMap<String, HashMap<Vec<i32>, String>>,
}

impl Comments {
    fn at(&mut self, file: &FileDescriptor, path: &[i32]) -> String {
        if !self.files.contains_key(file.name()) {
            let info = file.file_descriptor_proto().source_code_info.as_ref();
            let locations = info.map(|info| info.location.as_slice()).unwrap_or_default();
            let comments = locations.iter().filter_map(|at| Some((at.path.clone(), comment(at)?))).collect();
            self.files.insert(file.name().to_owned(), comments);
        }
        self.files.get(file.name()).and_then(|comments| comments.get(path)).cloned().unwrap_or_default()
    }
}

/// The leading comment, else the trailing one, with each line's indent removed.
fn comment(location: &Location) -> Option<String> {
    let leading = location.leading_comments.as_deref().filter(|text| !text.trim().is_empty());
    let text = leading.or(location.trailing_comments.as_deref())?;
    let lines: Vec<&str> =
        text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn describes_micro_itself_with_comments_and_redaction() {
        let pool = DescriptorPool::decode(crate::DESCRIPTORS).unwrap();
        let schema = schema(&pool, ["micro.v1.IdentityService", "micro.v1.GatewayService"]);
        assert_eq!(schema.services.len(), 2);
        let whoami = schema.method("WhoAmI").unwrap();
        assert_eq!(whoami.comment, "The account and credential behind this call.");
        assert!(whoami.read_only && whoami.idempotent && !whoami.deprecated);
        let secret = &schema.messages["micro.v1.CreateTokenResponse"].fields[1];
        assert_eq!((secret.json_name.as_str(), secret.redact), ("secret", true));
        let request = &schema.messages["micro.v1.CallRequest"];
        assert_eq!(request.oneofs, ["frame"]);
        assert!(request.fields.iter().all(|field| field.oneof == Some(0) && field.presence));
    }
}
