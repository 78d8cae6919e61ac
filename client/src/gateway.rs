//! Descriptions, calls, history, drafts and examples.

use crate::{credential::Credentialed, error, incomplete};
use futures::{Stream, StreamExt as _, stream, stream::BoxStream};
use micro_domain::{
    Error,
    call::{Answer, Draft, Example, Frame, HistoryQuery, Page, Record, Reply, Target},
    schema::Description,
};
use micro_proto::v1::{self, gateway_service_client::GatewayServiceClient};

/// Largest answer accepted from the platform, in bytes: a 4 MiB message as JSON escapes to a few times its size.
pub(crate) const ANSWER_MAX_BYTES: usize = 32 * 1024 * 1024;

/// Typed calls to the gateway.
#[derive(Clone)]
pub struct Gateway {
    inner: GatewayServiceClient<Credentialed>,
}

impl Gateway {
    pub(crate) fn new(service: Credentialed) -> Self {
        Self { inner: GatewayServiceClient::new(service).max_decoding_message_size(ANSWER_MAX_BYTES) }
    }

    /// What a service offers.
    ///
    /// # Errors
    /// NOT_FOUND naming the nearest service; UNAVAILABLE while it was never described.
    pub async fn describe(&mut self, service: &str, version: Option<&str>) -> Result<Description, Error> {
        let request = v1::DescribeRequest {
            service: service.to_owned(),
            version: version.unwrap_or_default().to_owned(),
        };
        let answer = self.inner.describe(request).await.map_err(error)?.into_inner();
        micro_proto::schema::description(answer)
    }

    /// Calls a method; `frames` are sent as they come, and dropping the answer cancels the call.
    ///
    /// # Errors
    /// Failures before the service was reached, here or as the stream's first item; what the service answered, errors
    /// included, is in [`Reply::Ended`].
    pub async fn call(
        &mut self,
        target: Target,
        frames: impl Stream<Item = Frame> + Send + 'static,
    ) -> Result<BoxStream<'static, Result<Reply, Error>>, Error> {
        let open = stream::once(std::future::ready(v1::CallRequest::from(target)));
        let requests = open.chain(frames.map(v1::CallRequest::from));
        let replies = self.inner.call(requests).await.map_err(error)?.into_inner();
        let replies = replies.filter_map(|step| {
            let reply = step.map_err(error).map(Into::<Option<Reply>>::into).transpose();
            std::future::ready(reply)
        });
        Ok(replies.boxed())
    }

    /// Calls a method with one message and collects the whole answer, however many messages it has.
    ///
    /// # Errors
    /// Failures before the service was reached.
    pub async fn unary(&mut self, target: Target, message: String) -> Result<Answer, Error> {
        let frames = stream::iter([Frame::Message(message), Frame::HalfClose]);
        let mut replies = self.call(target, frames).await?;
        let (mut opened, mut messages) = (None, Vec::new());
        while let Some(reply) = replies.next().await {
            match reply? {
                Reply::Opened(headers) => opened = Some(headers),
                Reply::Message(json) => messages.push(json),
                Reply::Ended(ended) => return Ok(Answer { opened, messages, ended }),
            }
        }
        Err(incomplete("Call"))
    }

    /// The caller's past calls, newest first.
    ///
    /// # Errors
    /// Those of the platform.
    pub async fn history(&mut self, query: HistoryQuery) -> Result<Page<Record>, Error> {
        let request = v1::ListCallsRequest {
            service: query.service.unwrap_or_default(),
            method: query.method.unwrap_or_default(),
            page_size: i32::try_from(query.page_size).unwrap_or(i32::MAX),
            page_token: query.page_token.unwrap_or_default(),
        };
        let answer = self.inner.list_calls(request).await.map_err(error)?.into_inner();
        let items = answer.calls.into_iter().filter_map(Into::<Option<Record>>::into).collect();
        Ok(Page { items, next: (!answer.next_page_token.is_empty()).then_some(answer.next_page_token) })
    }

    /// One of the caller's past calls.
    ///
    /// # Errors
    /// NOT_FOUND.
    pub async fn record(&mut self, id: &str) -> Result<Record, Error> {
        let answer = self.inner.get_call(v1::GetCallRequest { id: id.to_owned() }).await.map_err(error)?;
        answer.into_inner().call.and_then(Into::into).ok_or_else(|| incomplete("GetCall"))
    }

    /// Forgets one of the caller's past calls, or all; returns how many.
    ///
    /// # Errors
    /// Those of the platform.
    pub async fn forget(&mut self, id: Option<&str>) -> Result<u32, Error> {
        let request = v1::DeleteCallsRequest { id: id.unwrap_or_default().to_owned() };
        Ok(self.inner.delete_calls(request).await.map_err(error)?.into_inner().deleted)
    }

    /// Keeps a prepared call on the server, to be shared by its id; secrets are left out.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when it is too large; those of the platform.
    pub async fn save_draft(&mut self, target: Target, requests: Vec<String>) -> Result<Draft, Error> {
        let request = v1::SaveDraftRequest { target: Some(target.into()), requests };
        let answer = self.inner.save_draft(request).await.map_err(error)?;
        answer.into_inner().draft.and_then(Into::into).ok_or_else(|| incomplete("SaveDraft"))
    }

    /// A shared draft.
    ///
    /// # Errors
    /// NOT_FOUND, also when the caller may not see its service.
    pub async fn draft(&mut self, id: &str) -> Result<Draft, Error> {
        let answer = self.inner.get_draft(v1::GetDraftRequest { id: id.to_owned() }).await.map_err(error)?;
        answer.into_inner().draft.and_then(Into::into).ok_or_else(|| incomplete("GetDraft"))
    }

    /// The examples of a method, by name.
    ///
    /// # Errors
    /// NOT_FOUND when the caller may not see the service.
    pub async fn examples(&mut self, service: &str, method: &str) -> Result<Vec<Example>, Error> {
        let request = v1::ListExamplesRequest { service: service.to_owned(), method: method.to_owned() };
        let answer = self.inner.list_examples(request).await.map_err(error)?.into_inner();
        Ok(answer.examples.into_iter().filter_map(Into::<Option<Example>>::into).collect())
    }

    /// Keeps a prepared call as an example of its method; secrets are left out.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when it is too large or its name is; ALREADY_EXISTS for the name of somebody else's;
    /// RESOURCE_EXHAUSTED when the method has as many as it may.
    pub async fn save_example(
        &mut self,
        name: &str,
        target: Target,
        requests: Vec<String>,
    ) -> Result<Example, Error> {
        let request = v1::SaveExampleRequest { name: name.to_owned(), target: Some(target.into()), requests };
        let answer = self.inner.save_example(request).await.map_err(error)?;
        answer.into_inner().example.and_then(Into::into).ok_or_else(|| incomplete("SaveExample"))
    }

    /// Removes an example the caller saved.
    ///
    /// # Errors
    /// NOT_FOUND, also for somebody else's.
    pub async fn delete_example(&mut self, id: &str) -> Result<(), Error> {
        let request = v1::DeleteExampleRequest { id: id.to_owned() };
        self.inner.delete_example(request).await.map(drop).map_err(error)
    }
}
