//! The standard gRPC services Micro answers itself, about everything the caller may see: health and reflection.

use super::framing::{COMPRESSED, Item, Reader, encode};
use super::status::{GRPC_STATUS, WireError};
use crate::deadline::Deadline;
use crate::revocation::{self, Watched};
use crate::{Body, Gateway};
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, HeaderValue, Response, header};
use http_body::Frame;
use http_body_util::StreamBody;
use micro_domain::identity::Principal;
use micro_domain::{Code, Error};
use prost::Message;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MessageOptions,
    MethodDescriptorProto,
};
use std::sync::LazyLock;
use tokio_util::sync::CancellationToken;

/// Health, by its full name.
pub(crate) const HEALTH: &str = "grpc.health.v1.Health";
/// Reflection, by the names of both its versions.
pub(crate) const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
/// Largest request message of these services, in bytes: names, nothing more.
const REQUEST_MAX_BYTES: usize = 64 * 1024;

/// The types of these services.
pub(crate) fn pool() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        let mut pool = DescriptorPool::new();
        let sets = [
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        for set in sets {
            // The sets are part of the program; the tests decode each.
            let _ = pool.decode_file_descriptor_set(set);
        }
        let _ = pool.add_file_descriptor_set(health_descriptors());
        pool
    });
    &POOL
}

/// The method of one of these services.
pub(crate) fn find(service: &str, method: &str) -> Option<Result<MethodDescriptor, Error>> {
    if service != HEALTH && !REFLECTION.contains(&service) {
        return None;
    }
    let found = pool().get_service_by_name(service)?.methods().find(|known| known.name() == method);
    Some(
        found.ok_or_else(|| Error::new(Code::Unimplemented, format!("`{service}` has no method `{method}`"))),
    )
}

/// The health service as it is today: the descriptors at hand are older than its `List`.
fn health_descriptors() -> FileDescriptorSet {
    let mut set = FileDescriptorSet::decode(tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap_or_default();
    for file in &mut set.file {
        let listed =
            file.service.iter().any(|service| service.method.iter().any(|method| method.name() == "List"));
        if file.package() == "grpc.health.v1" && !listed {
            add_list(file);
        }
    }
    set
}

fn add_list(file: &mut FileDescriptorProto) {
    const RESPONSE: &str = ".grpc.health.v1.HealthCheckResponse";
    let field = |name: &str, number, kind, type_name: Option<&str>, label| FieldDescriptorProto {
        name: Some(name.into()),
        json_name: Some(name.into()),
        number: Some(number),
        label: Some(label as i32),
        r#type: Some(kind as i32),
        type_name: type_name.map(Into::into),
        ..FieldDescriptorProto::default()
    };
    let entry = DescriptorProto {
        name: Some("StatusesEntry".into()),
        field: vec![
            field("key", 1, Type::String, None, Label::Optional),
            field("value", 2, Type::Message, Some(RESPONSE), Label::Optional),
        ],
        options: Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() }),
        ..DescriptorProto::default()
    };
    let entries = ".grpc.health.v1.HealthListResponse.StatusesEntry";
    file.message_type
        .push(DescriptorProto { name: Some("HealthListRequest".into()), ..DescriptorProto::default() });
    file.message_type.push(DescriptorProto {
        name: Some("HealthListResponse".into()),
        field: vec![field("statuses", 1, Type::Message, Some(entries), Label::Repeated)],
        nested_type: vec![entry],
        ..DescriptorProto::default()
    });
    for service in &mut file.service {
        service.method.push(MethodDescriptorProto {
            name: Some("List".into()),
            input_type: Some(".grpc.health.v1.HealthListRequest".into()),
            output_type: Some(".grpc.health.v1.HealthListResponse".into()),
            ..MethodDescriptorProto::default()
        });
    }
}

/// Reads the requests of a call.
pub(crate) struct Requests(Reader);

impl Requests {
    /// Reads `body`.
    pub(crate) fn new(body: Body) -> Self {
        Self(Reader::request(body, REQUEST_MAX_BYTES))
    }

    /// The next request; none at the end.
    pub(crate) async fn next<M: Message + Default>(&mut self) -> Result<Option<M>, WireError> {
        let Item::Frame(frame) = self.0.next().await? else { return Ok(None) };
        if frame.flags & COMPRESSED != 0 {
            let error = "Micro's own services take no compressed messages; send them as they are";
            return Err(Error::new(Code::Unimplemented, error).into());
        }
        let decoded = M::decode(frame.data);
        decoded
            .map(Some)
            .map_err(|_| Error::invalid("the request is not a protobuf message of this method's type").into())
    }

    /// The one request of a call that does not stream.
    pub(crate) async fn only<M: Message + Default>(&mut self) -> Result<M, WireError> {
        self.next().await?.ok_or_else(|| Error::invalid("the request has no message").into())
    }
}

/// What ends a stream of these services early.
pub(crate) struct Limits {
    deadline: Deadline,
    revoked: Option<(CancellationToken, Watched)>,
}

impl Limits {
    /// The limits of a call by `principal`.
    pub(crate) fn new(gateway: &Gateway, principal: Option<&Principal>, deadline: Deadline) -> Self {
        let revoked = principal.map(|principal| gateway.0.revocations.watch(&principal.credential.id));
        Self { deadline, revoked }
    }

    async fn reached(&self) -> Error {
        let passed = async {
            match self.deadline.at() {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let revoked = async {
            match &self.revoked {
                Some((revoked, _)) => revoked.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = passed => self.deadline.passed("Micro"),
            () = revoked => revocation::revoked(),
        }
    }
}

/// An answer with `messages`, in gRPC's form; ends with the first error, or OK after the last message.
pub(crate) fn answer<M: Message>(
    messages: impl Stream<Item = Result<M, WireError>> + Send + 'static,
    limits: Limits,
) -> Response<Body> {
    let state = Some((Box::pin(messages), limits));
    let frames = futures::stream::unfold(state, |state| async {
        let (mut messages, limits) = state?;
        let next = tokio::select! {
            next = messages.next() => next,
            error = limits.reached() => Some(Err(error.into())),
        };
        Some(match next {
            Some(Ok(message)) => {
                let frame = Frame::data(encode(0, &message.encode_to_vec()));
                (Ok::<_, tonic::Status>(frame), Some((messages, limits)))
            }
            Some(Err(error)) => (Ok(Frame::trailers(error.into_trailers())), None),
            None => (Ok(Frame::trailers(ok())), None),
        })
    });
    let mut response = Response::new(Body::new(StreamBody::new(frames)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

fn ok() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
    trailers
}

/// What a caller without a credential is told.
pub(crate) fn unauthenticated() -> Error {
    Error::unauthenticated(
        "no valid credential was given; send `Authorization: Bearer mu_pat_...` with a token from `micro token create NAME`",
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn all_services_are_described() {
        for service in REFLECTION {
            assert!(find(service, "ServerReflectionInfo").unwrap().unwrap().is_client_streaming());
        }
        for method in ["Check", "Watch", "List"] {
            find(HEALTH, method).unwrap().unwrap();
        }
        let list = find(HEALTH, "List").unwrap().unwrap();
        assert!(list.output().get_field_by_name("statuses").unwrap().is_map());
        assert!(find("greet.v1.Greeter", "Check").is_none());
        assert_eq!(find(HEALTH, "Chek").unwrap().unwrap_err().code, Code::Unimplemented);
    }
}
