//! Micro's own API to the gateway, `micro.v1.GatewayService`: describe, call with JSON, history, drafts, examples.
//!
//! The edge between proto and domain types. Who the caller is was found out before; this reads it from the request.

mod call;
mod drafts;
mod examples;
mod history;
mod redact;

pub(crate) use self::history::History;
pub(crate) use self::redact::marked;

use crate::core::Gateway;
use bytes::Bytes;
use micro_domain::Error;
use micro_domain::call::{Draft, HistoryQuery, Target};
use micro_domain::identity::Principal;
use micro_proto::v1;
use micro_proto::v1::gateway_service_server::{GatewayService, GatewayServiceServer};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// Largest request of this API, in bytes: a message of 4 MiB is up to a few times that as JSON.
const REQUEST_MAX_BYTES: usize = 32 * 1024 * 1024;
/// Past calls on one page, where the caller does not say.
const PAGE_DEFAULT: u32 = 50;
/// Past calls on one page at most.
const PAGE_MAX: u32 = 100;

/// Answers `micro.v1.GatewayService`.
#[derive(Clone)]
pub struct Service {
    gateway: Gateway,
}

impl Gateway {
    /// Micro's own API to this gateway. Expects the caller's [`Principal`] in each request's extensions.
    #[must_use]
    pub fn grpc(&self) -> GatewayServiceServer<Service> {
        GatewayServiceServer::new(Service { gateway: self.clone() })
            .max_decoding_message_size(REQUEST_MAX_BYTES)
    }
}

#[tonic::async_trait]
impl GatewayService for Service {
    async fn describe(
        &self,
        request: Request<v1::DescribeRequest>,
    ) -> Result<Response<v1::DescribeResponse>, Status> {
        let principal = principal(&request)?;
        let wanted = request.into_inner();
        let version = Some(wanted.version.as_str()).filter(|version| !version.is_empty());
        let described =
            self.gateway.description(&principal, &wanted.service, version).await.map_err(status)?;
        Ok(Response::new(v1::DescribeResponse {
            service: described.service.clone(),
            version: described.version.clone(),
            file_descriptor_set: Bytes::clone(&described.file_descriptor_set).into(),
            grpc_services: described.grpc_services.clone(),
            omitted: described.omitted.clone(),
        }))
    }

    type CallStream = ReceiverStream<Result<v1::CallResponse, Status>>;

    async fn call(
        &self,
        request: Request<Streaming<v1::CallRequest>>,
    ) -> Result<Response<Self::CallStream>, Status> {
        let principal = principal(&request)?;
        call::open(&self.gateway, principal, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn list_calls(
        &self,
        request: Request<v1::ListCallsRequest>,
    ) -> Result<Response<v1::ListCallsResponse>, Status> {
        let principal = principal(&request)?;
        let wanted = request.into_inner();
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let page_size = match u32::try_from(wanted.page_size) {
            Ok(0) => PAGE_DEFAULT,
            Ok(size) => size.min(PAGE_MAX),
            Err(_) => {
                let error = Error::invalid("a page cannot have less than no calls");
                return Err(status(error.with_violation("page_size", format!("expected 0 to {PAGE_MAX}"))));
            }
        };
        let query = HistoryQuery {
            service: some(wanted.service),
            method: some(wanted.method),
            page_size,
            page_token: some(wanted.page_token),
        };
        let page = history::list(&self.gateway.0.database, &principal, query).await.map_err(status)?;
        Ok(Response::new(v1::ListCallsResponse {
            calls: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next.unwrap_or_default(),
        }))
    }

    async fn get_call(
        &self,
        request: Request<v1::GetCallRequest>,
    ) -> Result<Response<v1::GetCallResponse>, Status> {
        let principal = principal(&request)?;
        let id = request.into_inner().id;
        let record = history::get(&self.gateway.0.database, &principal, &id).await.map_err(status)?;
        Ok(Response::new(v1::GetCallResponse { call: Some(record.into()) }))
    }

    async fn delete_calls(
        &self,
        request: Request<v1::DeleteCallsRequest>,
    ) -> Result<Response<v1::DeleteCallsResponse>, Status> {
        let principal = principal(&request)?;
        let id = Some(request.into_inner().id).filter(|id| !id.is_empty());
        let deleted = history::delete(&self.gateway.0.database, &principal, id).await.map_err(status)?;
        Ok(Response::new(v1::DeleteCallsResponse { deleted }))
    }

    async fn save_draft(
        &self,
        request: Request<v1::SaveDraftRequest>,
    ) -> Result<Response<v1::SaveDraftResponse>, Status> {
        let principal = principal(&request)?;
        let wanted = request.into_inner();
        let target = Target::from(wanted.target.unwrap_or_default());
        let draft: Draft =
            drafts::save(&self.gateway, &principal, target, wanted.requests).await.map_err(status)?;
        Ok(Response::new(v1::SaveDraftResponse { draft: Some(draft.into()) }))
    }

    async fn get_draft(
        &self,
        request: Request<v1::GetDraftRequest>,
    ) -> Result<Response<v1::GetDraftResponse>, Status> {
        let principal = principal(&request)?;
        let id = request.into_inner().id;
        let draft = drafts::get(&self.gateway, &principal, &id).await.map_err(status)?;
        Ok(Response::new(v1::GetDraftResponse { draft: Some(draft.into()) }))
    }

    async fn list_examples(
        &self,
        request: Request<v1::ListExamplesRequest>,
    ) -> Result<Response<v1::ListExamplesResponse>, Status> {
        let principal = principal(&request)?;
        let v1::ListExamplesRequest { service, method } = request.into_inner();
        let examples = examples::list(&self.gateway, &principal, &service, &method).await.map_err(status)?;
        let examples = examples.into_iter().map(Into::into).collect();
        Ok(Response::new(v1::ListExamplesResponse { examples }))
    }

    async fn save_example(
        &self,
        request: Request<v1::SaveExampleRequest>,
    ) -> Result<Response<v1::SaveExampleResponse>, Status> {
        let principal = principal(&request)?;
        let wanted = request.into_inner();
        let target = Target::from(wanted.target.unwrap_or_default());
        let saved = examples::save(&self.gateway, &principal, &wanted.name, target, wanted.requests);
        let example = saved.await.map_err(status)?;
        Ok(Response::new(v1::SaveExampleResponse { example: Some(example.into()) }))
    }

    async fn delete_example(
        &self,
        request: Request<v1::DeleteExampleRequest>,
    ) -> Result<Response<v1::DeleteExampleResponse>, Status> {
        let principal = principal(&request)?;
        let id = request.into_inner().id;
        examples::delete(&self.gateway, &principal, &id).await.map_err(status)?;
        Ok(Response::new(v1::DeleteExampleResponse {}))
    }
}

/// Who is asking.
fn principal<T>(request: &Request<T>) -> Result<Principal, Status> {
    let known = request.extensions().get::<Principal>().cloned();
    known.ok_or_else(|| status(crate::route::unauthenticated()))
}

fn status(error: Error) -> Status {
    micro_proto::error::to_status(&error)
}

/// The error for a database that fails; its cause goes to the log.
fn storage<E: std::error::Error + 'static>(error: E) -> Error {
    tracing::error!(error = &error as &dyn std::error::Error, "what the gateway keeps cannot be reached");
    Error::internal("the server's database cannot be reached; its log says more")
}
