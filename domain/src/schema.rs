//! What a service offers and which messages it speaks: the one description that drives the web form, CLI flags,
//! completion, validation and documentation.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything known about one version of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The gRPC services it offers, in declaration order; reflection and health are left out.
    pub services: Vec<GrpcService>,
    /// Every message reachable from a method, by full name without a leading dot.
    pub messages: BTreeMap<String, Message>,
    /// Every enum reachable from a method, by full name.
    pub enums: BTreeMap<String, Enum>,
    /// What the service's description held that could not be understood, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omitted: Vec<String>,
}

/// One gRPC service, such as `greet.v1.Greeter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrpcService {
    /// Full name: `package.Service`.
    pub name: String,
    /// The leading comment, without comment marks; empty when none.
    pub comment: String,
    /// Its methods, in declaration order.
    pub methods: Vec<Method>,
}

/// One callable operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// The method's own name: `SayHello`.
    pub name: String,
    /// Its gRPC service's full name: `greet.v1.Greeter`.
    pub service: String,
    /// The leading comment; empty when none.
    pub comment: String,
    /// Full name of the request message.
    pub input: String,
    /// Full name of the response message.
    pub output: String,
    /// The caller sends many messages.
    pub client_streaming: bool,
    /// The service answers with many messages.
    pub server_streaming: bool,
    /// Declared `NO_SIDE_EFFECTS` or `IDEMPOTENT`: may be retried.
    pub idempotent: bool,
    /// Declared `NO_SIDE_EFFECTS`: changes no data.
    pub read_only: bool,
    /// Marked deprecated.
    pub deprecated: bool,
}

impl Method {
    /// `package.Service.Method`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.service, self.name)
    }

    /// The gRPC path, `/package.Service/Method`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/{}/{}", self.service, self.name)
    }

    /// Neither side streams.
    #[must_use]
    pub const fn is_unary(&self) -> bool {
        !self.client_streaming && !self.server_streaming
    }
}

/// A message type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Full name without a leading dot.
    pub name: String,
    /// The leading comment; empty when none.
    pub comment: String,
    /// Its fields in declaration order.
    pub fields: Vec<Field>,
    /// Names of its oneofs, without the synthetic ones of `optional` fields; [`Field::oneof`] indexes them.
    pub oneofs: Vec<String>,
}

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name as in the .proto: `user_id`.
    pub name: String,
    /// Name in JSON: `userId`.
    pub json_name: String,
    /// Field number.
    pub number: u32,
    /// What it holds; for a map, what its values hold.
    pub kind: Kind,
    /// One, many, or a map.
    pub cardinality: Cardinality,
    /// Unset differs from the default value: `optional`, messages, members of a oneof.
    pub presence: bool,
    /// Required (proto2 only).
    pub required: bool,
    /// Index into [`Message::oneofs`].
    pub oneof: Option<usize>,
    /// The leading or trailing comment; empty when none.
    pub comment: String,
    /// Marked deprecated.
    pub deprecated: bool,
    /// Marked `debug_redact`: masked wherever Micro shows or stores it.
    pub redact: bool,
}

/// How many values a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cardinality {
    /// One value, or none.
    Singular,
    /// A list.
    Repeated,
    /// A map with keys of this kind.
    Map(Kind),
}

/// What a field's value is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 64-bit IEEE 754.
    Double,
    /// 32-bit IEEE 754.
    Float,
    /// `int32`, `sint32`, `sfixed32`.
    Int32,
    /// `int64`, `sint64`, `sfixed64`; a string in JSON.
    Int64,
    /// `uint32`, `fixed32`.
    Uint32,
    /// `uint64`, `fixed64`; a string in JSON.
    Uint64,
    /// true or false.
    Bool,
    /// UTF-8 text.
    String,
    /// Bytes; base64 in JSON.
    Bytes,
    /// A message, by full name.
    Message(String),
    /// An enum, by full name.
    Enum(String),
}

impl Kind {
    /// The name shown to people: the scalar's proto name, or the type's full name.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Double => "double",
            Self::Float => "float",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Message(name) | Self::Enum(name) => name,
        }
    }
}

/// An enum type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Full name.
    pub name: String,
    /// The leading comment; empty when none.
    pub comment: String,
    /// Its values in declaration order.
    pub values: Vec<EnumValue>,
}

/// One value of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumValue {
    /// Its name, as in JSON.
    pub name: String,
    /// Its number.
    pub number: i32,
    /// The comment; empty when none.
    pub comment: String,
    /// Marked deprecated.
    pub deprecated: bool,
}

/// Why a method name did not name one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// No such method; the nearest one there is, if any is near.
    Unknown(Option<String>),
    /// Several gRPC services have it; their full method names.
    Ambiguous(Vec<String>),
}

impl Schema {
    /// All methods of all gRPC services.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        self.services.iter().flat_map(|service| service.methods.iter())
    }

    /// The method `name` means: `Method` where unique, `package.Service.Method` or `package.Service/Method`.
    ///
    /// # Errors
    /// When it names no method, or several.
    pub fn method(&self, name: &str) -> Result<&Method, Unresolved> {
        let dotted = name.trim_start_matches('/').replace('/', ".");
        if let Some(method) = self.methods().find(|method| method.full_name() == dotted) {
            return Ok(method);
        }
        let short: Vec<&Method> = self.methods().filter(|method| method.name == dotted).collect();
        match short.as_slice() {
            [only] => Ok(only),
            [] => Err(Unresolved::Unknown(self.nearest_method(&dotted))),
            several => Err(Unresolved::Ambiguous(several.iter().map(|method| method.full_name()).collect())),
        }
    }

    fn nearest_method(&self, name: &str) -> Option<String> {
        let candidates: Vec<String> = if name.contains('.') {
            self.methods().map(Method::full_name).collect()
        } else {
            self.methods().map(|method| method.name.clone()).collect()
        };
        crate::suggest::nearest(name, candidates.iter().map(String::as_str)).map(str::to_owned)
    }
}

/// A service's schema and which version of it this is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The service's name in the catalog.
    pub service: String,
    /// The version described; empty when instances name none.
    pub version: String,
    /// What it offers.
    pub schema: Schema,
}
