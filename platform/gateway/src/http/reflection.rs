//! gRPC server reflection, v1 and v1alpha (the same messages under two names), for everything the caller may see.

mod files;

use self::files::Files;
use super::metadata::text;
use super::own::{self, Limits, Requests};
use super::status::WireError;
use crate::table::{Description, Table};
use crate::{Body, Gateway};
use http::{HeaderMap, Request, Response};
use micro_domain::Code;
use micro_domain::identity::{Permission, Principal};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{
    ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
    ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
};

/// Answers a reflection stream. `micro-service` and `micro-version` choose, as for calls, whose description of a symbol
/// is given where several services have it.
pub(super) async fn serve(
    gateway: &Gateway,
    principal: Option<&Principal>,
    request: Request<Body>,
    limits: Limits,
) -> Result<Response<Body>, WireError> {
    let principal = principal.ok_or_else(own::unauthenticated)?;
    let table = gateway.settled().await;
    let descriptions = descriptions(&table, principal, request.headers());
    let services = services(&descriptions);
    let state = (
        Requests::new(request.into_body()),
        Answering { descriptions, services, files: None, sent: HashSet::new() },
    );
    let answers = futures::stream::unfold(Some(state), |state| async {
        let (mut requests, mut answering) = state?;
        match requests.next::<ServerReflectionRequest>().await {
            Ok(Some(request)) => Some((Ok(answering.respond(request)), Some((requests, answering)))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(own::answer(answers, limits))
}

/// Everything the caller may see, what the metadata chooses first, then Micro's own API.
fn descriptions(table: &Table, principal: &Principal, headers: &HeaderMap) -> Vec<Arc<Description>> {
    let (service, version) = (text(headers, "micro-service"), text(headers, "micro-version"));
    let chosen = |one: &Description| {
        service.is_some_and(|service| service == one.service)
            && version.is_none_or(|version| version == one.version)
    };
    let visible =
        table.services.values().filter(|entry| principal.may(Permission::ServicesRead, Some(&entry.name)));
    // Newest version first.
    let visible = visible.flat_map(|entry| entry.descriptions.iter().rev());
    let platform = table.platform.iter().flat_map(|entry| entry.descriptions.iter());
    let mut all: Vec<Arc<Description>> = platform.chain(visible).cloned().collect();
    all.sort_by_key(|one| !chosen(one));
    all
}

/// Full names of all gRPC services, sorted.
fn services(descriptions: &[Arc<Description>]) -> Vec<String> {
    let described = descriptions.iter().flat_map(|one| one.grpc_services.iter().cloned());
    let own = [own::HEALTH].into_iter().chain(own::REFLECTION).map(str::to_owned);
    described.chain(own).collect::<BTreeSet<String>>().into_iter().collect()
}

/// One stream's answers.
struct Answering {
    descriptions: Vec<Arc<Description>>,
    services: Vec<String>,
    /// Made when first asked for: listing needs none.
    files: Option<Files>,
    /// Files this stream was given already.
    sent: HashSet<usize>,
}

impl Answering {
    fn respond(&mut self, request: ServerReflectionRequest) -> ServerReflectionResponse {
        let answer = match &request.message_request {
            None => Err(failure(Code::InvalidArgument, "the request asks for nothing".into())),
            Some(MessageRequest::ListServices(_)) => {
                let service =
                    self.services.iter().map(|name| ServiceResponse { name: name.clone() }).collect();
                Ok(MessageResponse::ListServicesResponse(ListServiceResponse { service }))
            }
            Some(wanted) => self.described(wanted),
        };
        ServerReflectionResponse {
            valid_host: request.host.clone(),
            message_response: Some(answer.unwrap_or_else(MessageResponse::ErrorResponse)),
            original_request: Some(request),
        }
    }

    fn described(&mut self, wanted: &MessageRequest) -> Result<MessageResponse, ErrorResponse> {
        let described = self.descriptions.iter().map(|one| {
            let prefix = if one.version.is_empty() {
                one.service.clone()
            } else {
                format!("{}/{}", one.service, one.version)
            };
            (prefix, one.pool.clone())
        });
        let files = self.files.get_or_insert_with(|| {
            let own = ("micro".to_owned(), own::pool().clone());
            Files::new([own].into_iter().chain(described).collect())
        });
        let (found, what) = match wanted {
            MessageRequest::FileByFilename(name) => (files.by_name(name), format!("file `{name}`")),
            MessageRequest::FileContainingSymbol(symbol) => {
                let symbol = symbol.trim_start_matches('.');
                (files.with_symbol(symbol), format!("symbol `{symbol}`"))
            }
            MessageRequest::FileContainingExtension(wanted) => {
                let (extended, number) =
                    (wanted.containing_type.trim_start_matches('.'), wanted.extension_number);
                let what = format!("extension {number} of `{extended}`");
                (files.with_extension(extended, u32::try_from(number).unwrap_or_default()), what)
            }
            MessageRequest::AllExtensionNumbersOfType(name) => return extension_numbers(files, name),
            MessageRequest::ListServices(_) => (None, "file".to_owned()),
        };
        let file =
            found.ok_or_else(|| failure(Code::NotFound, format!("no service describes the {what}")))?;
        // What is asked for is always given; what it imports, once per stream.
        let sent = &mut self.sent;
        let imports = files.imports(file).into_iter().filter(|import| sent.insert(*import));
        let mut given = vec![file];
        given.extend(imports.filter(|import| *import != file));
        let file_descriptor_proto = given.into_iter().map(|file| files.encoded(file).to_vec()).collect();
        Ok(MessageResponse::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto }))
    }
}

fn extension_numbers(files: &Files, name: &str) -> Result<MessageResponse, ErrorResponse> {
    let name = name.trim_start_matches('.');
    let numbers = files
        .extension_numbers(name)
        .ok_or_else(|| failure(Code::NotFound, format!("no service describes the message `{name}`")))?;
    let extension_number = numbers.into_iter().filter_map(|number| i32::try_from(number).ok()).collect();
    let response = ExtensionNumberResponse { base_type_name: name.to_owned(), extension_number };
    Ok(MessageResponse::AllExtensionNumbersResponse(response))
}

fn failure(code: Code, error_message: String) -> ErrorResponse {
    ErrorResponse { error_code: code.number(), error_message }
}
