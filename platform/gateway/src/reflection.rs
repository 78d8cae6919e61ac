//! Asks an instance what it offers: gRPC server reflection v1, then v1alpha, whose messages are the same on the wire.

use crate::body::Outgoing;
use crate::pool;
use crate::upstream::{Answered, Upstream};
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Request, Response};
use prost::Message as _;
use prost_types::FileDescriptorProto;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Status, Streaming};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

/// Longest time one instance gets to describe itself.
const REFLECTION_MAX: Duration = Duration::from_secs(5);
/// All descriptors of one instance together, in bytes.
const DESCRIPTORS_MAX_BYTES: usize = 20 * 1024 * 1024;
/// gRPC services of one instance.
const SERVICES_MAX: usize = 1_000;

const PATHS: [&str; 2] = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// What an instance said about itself.
#[derive(Debug, Default)]
pub(crate) struct Reflected {
    /// Full names of its gRPC services, without reflection and health.
    pub(crate) services: Vec<String>,
    /// Serialized `FileDescriptorProto`s.
    pub(crate) files: Vec<Bytes>,
    /// What it did not tell, one sentence each.
    pub(crate) omitted: Vec<String>,
}

/// Why an instance could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReflectionError {
    #[error("it does not offer gRPC server reflection")]
    Unimplemented,
    #[error("it did not describe itself within 5 s")]
    Timeout,
    #[error("its reflection failed with {}", code_name(.0.code()))]
    Failed(#[source] Box<Status>),
}

fn code_name(code: Code) -> &'static str {
    micro_domain::Code::from_number(code as i32).name()
}

/// Whether a gRPC service is plumbing that no one calls as part of a service.
pub(crate) fn is_plumbing(grpc_service: &str) -> bool {
    grpc_service.starts_with("grpc.reflection.") || grpc_service.starts_with("grpc.health.")
}

/// Asks the instance behind `upstream`.
///
/// # Errors
/// When it offers no reflection, fails or takes too long.
pub(crate) async fn reflect(upstream: &Arc<Upstream>) -> Result<Reflected, ReflectionError> {
    let asking = async {
        for path in PATHS {
            match Conversation::run(upstream, path).await {
                Err(status) if status.code() == Code::Unimplemented => {}
                Err(status) => return Err(ReflectionError::Failed(Box::new(status))),
                Ok(reflected) => return Ok(reflected),
            }
        }
        Err(ReflectionError::Unimplemented)
    };
    tokio::time::timeout(REFLECTION_MAX, asking).await.unwrap_or(Err(ReflectionError::Timeout))
}

/// One stream of questions and answers.
struct Conversation {
    questions: mpsc::Sender<ServerReflectionRequest>,
    answers: Streaming<ServerReflectionResponse>,
    files: BTreeMap<String, (Bytes, FileDescriptorProto)>,
    total_bytes: usize,
    reflected: Reflected,
    full: bool,
}

impl Conversation {
    async fn run(upstream: &Arc<Upstream>, path: &'static str) -> Result<Reflected, Status> {
        let mut grpc = tonic::client::Grpc::new(Direct(Arc::clone(upstream)))
            .max_decoding_message_size(DESCRIPTORS_MAX_BYTES)
            .accept_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Deflate);
        let (questions, receiver) = mpsc::channel(1);
        // Some servers send no headers before they have read a question.
        let first = MessageRequest::ListServices(String::new());
        questions.send(question(first)).await.map_err(|_| gone())?;
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let request = tonic::Request::new(ReceiverStream::new(receiver));
        let codec = ProstCodec::<ServerReflectionRequest, ServerReflectionResponse>::default();
        let answers = grpc.streaming(request, PathAndQuery::from_static(path), codec).await?.into_inner();
        let mut conversation = Self {
            questions,
            answers,
            files: BTreeMap::new(),
            total_bytes: 0,
            reflected: Reflected::default(),
            full: false,
        };
        conversation.services().await?;
        conversation.definitions().await?;
        conversation.imports().await?;
        let Self { files, mut reflected, .. } = conversation;
        reflected.files = files.into_values().map(|(bytes, _)| bytes).collect();
        Ok(reflected)
    }

    async fn services(&mut self) -> Result<(), Status> {
        let Some(MessageResponse::ListServicesResponse(list)) = self.answer().await? else {
            return Err(Status::internal("no list of services"));
        };
        let names: BTreeSet<String> = list.service.into_iter().map(|service| service.name).collect();
        let told = names.into_iter().filter(|name| !is_plumbing(name));
        self.reflected.services = told.take(SERVICES_MAX).collect();
        Ok(())
    }

    /// The file of every service.
    async fn definitions(&mut self) -> Result<(), Status> {
        for service in self.reflected.services.clone() {
            if self.full || self.files.values().any(|(_, file)| defines(file, &service)) {
                continue;
            }
            let symbol = MessageRequest::FileContainingSymbol(service.clone());
            if !self.ask_for_files(symbol).await? {
                let service = pool::shown(&service);
                self.reflected
                    .omitted
                    .push(format!("`{service}` is listed, but its descriptors are not given"));
            }
        }
        Ok(())
    }

    /// What files import and nobody sent yet; the pool has the well-known ones.
    async fn imports(&mut self) -> Result<(), Status> {
        let mut asked = BTreeSet::new();
        loop {
            let wanted = |name: &&String| {
                !self.files.contains_key(*name) && !asked.contains(*name) && !pool::is_built_in(name)
            };
            let imports = self.files.values().flat_map(|(_, file)| &file.dependency);
            let missing: Vec<String> = imports.filter(wanted).cloned().collect();
            if missing.is_empty() || self.full {
                return Ok(());
            }
            for name in missing {
                // What stays missing is told by the pool that lacks it.
                if asked.insert(name.clone()) && !self.files.contains_key(&name) && !self.full {
                    self.ask_for_files(MessageRequest::FileByFilename(name)).await?;
                }
            }
        }
    }

    async fn ask_for_files(&mut self, message: MessageRequest) -> Result<bool, Status> {
        self.questions.send(question(message)).await.map_err(|_| gone())?;
        let Some(MessageResponse::FileDescriptorResponse(answer)) = self.answer().await? else {
            return Ok(false);
        };
        for bytes in answer.file_descriptor_proto {
            self.total_bytes += bytes.len();
            if self.total_bytes > DESCRIPTORS_MAX_BYTES || self.files.len() == pool::FILES_MAX {
                self.full = true;
                let mib = DESCRIPTORS_MAX_BYTES / 1024 / 1024;
                let limits = format!("{} files or {mib} MiB", pool::FILES_MAX);
                self.reflected.omitted.push(format!("descriptors beyond {limits} were left out"));
                break;
            }
            match FileDescriptorProto::decode(bytes.as_slice()) {
                Ok(file) => drop(self.files.entry(file.name().to_owned()).or_insert((bytes.into(), file))),
                Err(_) => self
                    .reflected
                    .omitted
                    .push("a descriptor file was left out: it cannot be decoded".to_owned()),
            }
        }
        Ok(true)
    }

    async fn answer(&mut self) -> Result<Option<MessageResponse>, Status> {
        Ok(self.answers.message().await?.ok_or_else(gone)?.message_response)
    }
}

fn question(message: MessageRequest) -> ServerReflectionRequest {
    ServerReflectionRequest { host: String::new(), message_request: Some(message) }
}

fn gone() -> Status {
    Status::unavailable("it ended the conversation")
}

fn defines(file: &FileDescriptorProto, service: &str) -> bool {
    let local = match file.package() {
        "" => Some(service),
        package => service.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')),
    };
    local.is_some_and(|local| file.service.iter().any(|one| one.name() == local))
}

/// An upstream as a tower service, for tonic's own client code.
#[derive(Clone)]
struct Direct(Arc<Upstream>);

/// No answer came.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unanswered(String);

impl tower::Service<Request<crate::Body>> for Direct {
    type Response = Response<crate::Body>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = futures::future::BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<crate::Body>) -> Self::Future {
        let upstream = Arc::clone(&self.0);
        Box::pin(async move {
            let ready = upstream.connect().await?;
            let request = request.map(|body| Outgoing::new(body, DESCRIPTORS_MAX_BYTES, Arc::default()));
            match ready.send(request).await {
                Ok(Answered::InProcess(response)) => Ok(response),
                Ok(Answered::Network(response)) => Ok(response.map(crate::Body::new)),
                Err((error, _)) => Err(Box::new(Unanswered(error.to_string())) as Self::Error),
            }
        })
    }
}
