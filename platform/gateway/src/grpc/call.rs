//! One call with JSON messages, from opening to its end: a conversation with the caller on one side and a forwarded
//! gRPC stream on the other.

use super::redact::{self, Redaction};
use super::status as own_status;
use crate::core::Gateway;
use crate::deadline::Deadline;
use crate::encoding::{self, Encoding};
use crate::forward::Served;
use crate::revocation::{self, Watched};
use crate::route::Plan;
use crate::table::Description;
use crate::{Body, headers, status, transcode};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body::Frame as BodyFrame;
use http_body_util::{BodyExt as _, StreamBody};
use micro_domain::call::{
    Caller, Ended, Metadata, Opened, RECORD_MESSAGES_MAX, Record, Reply, Target, Timing,
};
use micro_domain::identity::Principal;
use micro_domain::{Code, Error, clock};
use micro_proto::v1;
use micro_proto::v1::call_request::Frame;
use prost::Message as _;
use prost_reflect::MessageDescriptor;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

/// Longest wait for the frame that opens a call, and for the message of a call that takes one.
const OPEN_MAX: Duration = Duration::from_secs(30);
/// Messages waiting in either direction.
const WAITING_MAX: usize = 8;
/// One recorded message, in bytes; a longer one is left out of the record.
const RECORDED_MAX_BYTES: usize = 64 * 1024;
/// Metadata entries of one call.
const METADATA_MAX: usize = 100;
/// A gRPC frame's prefix.
const PREFIX_BYTES: usize = 5;

/// What the caller receives.
pub(super) type Replies = ReceiverStream<Result<v1::CallResponse, Status>>;
type Frames = mpsc::Sender<Result<BodyFrame<Bytes>, Infallible>>;

/// Opens a call; its first frame names the target.
pub(super) async fn open(
    gateway: &Gateway,
    principal: Principal,
    mut requests: Streaming<v1::CallRequest>,
) -> Result<Replies, Error> {
    // From here on: the first frame may come long after the credential was checked.
    let (revoked, watched) = gateway.0.revocations.watch(&principal.credential.id);
    let first = tokio::select! {
        biased;
        () = revoked.cancelled() => return Err(revocation::revoked()),
        first = tokio::time::timeout(OPEN_MAX, requests.message()) => first,
    };
    let first =
        first.map_err(|_| Error::new(Code::DeadlineExceeded, "the call was not opened within 30 s"))?;
    let Some(Frame::Open(target)) = first.map_err(from_status)?.and_then(|request| request.frame) else {
        return Err(Error::invalid("the first frame of a call must open it"));
    };
    let target = Target::from(target);
    let (version, instance) = (target.version.as_deref(), target.instance.as_deref());
    let acting = match &target.caller {
        Caller::Me => Some(principal.clone()),
        Caller::Token(id) => Some((gateway.0.own_tokens)(principal.clone(), id.clone()).await?),
        Caller::Nobody => None,
    };
    let plan =
        gateway.route_named(acting.as_ref(), &target.service, &target.method, version, instance).await?;
    let mut headers = metadata(&target.metadata)?;
    let trace_id = headers::ensure_trace(&mut headers);
    let description = Arc::clone(plan.service.description(version)?);
    let timeout = target.timeout_ms.map(Duration::from_millis);
    let (replies, receiver) = mpsc::channel(WAITING_MAX);
    let call = Call {
        deadline: Deadline::starting_now(plan.method.schema.is_unary(), timeout),
        description,
        target,
        at_ms: clock::now_ms(),
        gateway: gateway.clone(),
        principal,
        acting,
        plan,
        replies,
        trace_id,
        id: uuid::Uuid::now_v7().to_string(),
        started: Instant::now(),
        revoked,
        _watched: watched,
    };
    tokio::spawn(call.run(requests, headers));
    Ok(ReceiverStream::new(receiver))
}

/// What is kept of the messages until the call is over.
#[derive(Default)]
struct Messages {
    requests: Vec<String>,
    answer: Answer,
}

/// What is kept of the answer.
#[derive(Default)]
struct Answer {
    opened: Option<Opened>,
    responses: Vec<String>,
}

fn keep(kept: &mut Vec<String>, json: &str) {
    if kept.len() < RECORD_MESSAGES_MAX {
        let short = json.len() <= RECORDED_MAX_BYTES;
        kept.push(if short { json.to_owned() } else { format!("\"{} bytes, not recorded\"", json.len()) });
    }
}

struct Call {
    gateway: Gateway,
    /// Whose history the call goes to.
    principal: Principal,
    /// As whom it is made.
    acting: Option<Principal>,
    plan: Plan,
    description: Arc<Description>,
    target: Target,
    at_ms: i64,
    deadline: Deadline,
    replies: mpsc::Sender<Result<v1::CallResponse, Status>>,
    trace_id: String,
    /// Under which it is kept in history.
    id: String,
    started: Instant,
    /// Whether the caller's credential ended.
    revoked: CancellationToken,
    _watched: Watched,
}

impl Call {
    /// The whole call; ends early when the caller goes away, or may no longer call.
    async fn run(self, requests: Streaming<v1::CallRequest>, headers: HeaderMap) {
        let mut messages = Messages::default();
        let ended = tokio::select! {
            biased;
            () = self.revoked.cancelled() => Err(revocation::revoked()),
            ended = self.converse(requests, headers, &mut messages) => ended,
            () = self.replies.closed() => Err(Error::new(Code::Cancelled, "the caller went away")),
        };
        let told = match &ended {
            Ok(ended) => Ok(Reply::Ended(ended.clone()).into()),
            Err(error) => Err(own_status(error.clone())),
        };
        let ended = ended.unwrap_or_else(|error| self.ended(error.code, error.message));
        let method = self.plan.method.schema.full_name();
        self.gateway.0.history.record(&self.principal, method, self.record(messages, ended));
        // Nobody is left to tell when this fails.
        let _ = self.replies.send(told).await;
    }

    async fn converse(
        &self,
        mut requests: Streaming<v1::CallRequest>,
        headers: HeaderMap,
        messages: &mut Messages,
    ) -> Result<Ended, Error> {
        let input = &self.plan.method.input;
        let (frames, receiver) = mpsc::channel(WAITING_MAX);
        if self.plan.method.schema.client_streaming {
            let pump = pump(&mut requests, input, frames, &mut messages.requests);
            let answer = self.answer(receiver, headers, &mut messages.answer);
            return Box::pin(both(pump, answer)).await;
        }
        // Read and checked before anything is sent.
        let latest = self.started + OPEN_MAX;
        let latest = self.deadline.at().map_or(latest, |at| at.min(latest));
        let message = tokio::time::timeout_at(latest, only(&mut requests)).await;
        let json = message
            .map_err(|_| Error::invalid("no message and half-close followed the opening in time"))??;
        keep(&mut messages.requests, &json);
        // The channel is new and has room.
        let _ = frames.send(Ok(frame(input, &json)?)).await;
        drop(frames);
        self.answer(receiver, headers, &mut messages.answer).await
    }

    /// Forwards the call and passes on what the service answers.
    async fn answer(
        &self,
        receiver: mpsc::Receiver<Result<BodyFrame<Bytes>, Infallible>>,
        headers: HeaderMap,
        kept: &mut Answer,
    ) -> Result<Ended, Error> {
        let body = Body::new(StreamBody::new(ReceiverStream::new(receiver)));
        let mut request = Request::new(body);
        *request.headers_mut() = headers;
        request
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        let response = self.gateway.forward(&self.plan, self.acting.as_ref(), request, self.deadline).await?;
        let (parts, mut body) = response.into_parts();
        let served = parts.extensions.get::<Served>();
        let timing = served.map(|served| Timing {
            sent_us: us(served.sent_at.duration_since(self.started)),
            answered_us: us(self.started.elapsed()),
        });
        let only_trailers = parts.headers.contains_key("grpc-status");
        let instance = served.map_or_else(String::new, |served| served.address.clone());
        let headers = if only_trailers { Vec::new() } else { shown(&parts.headers) };
        let opened = kept.opened.insert(Opened { instance, headers });
        self.reply(Reply::Opened(opened.clone())).await?;
        let encoding = Encoding::of_answer(&parts.headers);
        let mut buffer = BytesMut::new();
        let mut trailers = only_trailers.then_some(parts.headers);
        while let Some(part) = body.frame().await {
            let part = part.map_err(|_| Error::unavailable("the answer broke off"))?;
            match part.into_data() {
                Ok(chunk) => {
                    buffer.extend_from_slice(&chunk);
                    while let Some((compressed, mut message)) = message(&mut buffer) {
                        if compressed {
                            message =
                                encoding::answered(encoding, message, self.gateway.0.message_max_bytes)?;
                        }
                        let json = transcode::wire_to_json(&self.plan.method.output, message)?;
                        keep(&mut kept.responses, &json);
                        self.reply(Reply::Message(json)).await?;
                    }
                }
                Err(part) => trailers = part.into_trailers().ok().or(trailers),
            }
        }
        Ok(Ended { timing, ..self.end(&trailers.unwrap_or_default()) })
    }

    async fn reply(&self, reply: Reply) -> Result<(), Error> {
        let sent = self.replies.send(Ok(reply.into())).await;
        sent.map_err(|_| Error::new(Code::Cancelled, "the caller went away"))
    }

    /// The end as the service told it.
    fn end(&self, trailers: &HeaderMap) -> Ended {
        let Some(told) = status::read(trailers) else {
            return self.ended(Code::Unknown, format!("`{}` ended without a status", self.plan.service.name));
        };
        let mut ended = self.ended(told.code, told.message);
        ended.details = details(&self.plan.method.output, &told.details);
        ended.trailers = shown(trailers);
        ended
    }

    fn ended(&self, code: Code, message: String) -> Ended {
        Ended {
            id: self.id.clone(),
            code,
            message,
            details: Vec::new(),
            trailers: Vec::new(),
            duration_us: us(self.started.elapsed()),
            trace_id: self.trace_id.clone(),
            timing: None,
        }
    }

    /// The call as history keeps it, without secrets.
    fn record(&self, messages: Messages, mut ended: Ended) -> Record {
        let masked = |descriptor: &MessageDescriptor, messages: Vec<String>| {
            // What is no JSON cannot be searched for secrets and is not kept.
            let safe =
                |json: String| redact::message(&self.description, descriptor, &json, Redaction::Mask).ok();
            messages.into_iter().filter_map(safe).collect()
        };
        ended.trailers = redact::metadata(&ended.trailers);
        let target = Target { metadata: redact::metadata(&self.target.metadata), ..self.target.clone() };
        Record {
            id: self.id.clone(),
            at_ms: self.at_ms,
            target,
            requests: masked(&self.plan.method.input, messages.requests),
            responses: masked(&self.plan.method.output, messages.answer.responses),
            opened: messages
                .answer
                .opened
                .map(|opened| Opened { headers: redact::metadata(&opened.headers), ..opened }),
            ended,
        }
    }
}

/// Both directions at once: the end of the answer ends the call, a wrong request ends it early.
async fn both(
    pump: impl Future<Output = Result<(), Error>>,
    answer: impl Future<Output = Result<Ended, Error>>,
) -> Result<Ended, Error> {
    tokio::pin!(pump, answer);
    let mut pumping = true;
    loop {
        tokio::select! {
            pumped = &mut pump, if pumping => {
                pumped?;
                pumping = false;
            }
            ended = &mut answer => return ended,
        }
    }
}

/// Passes the caller's messages on until the half-close.
async fn pump(
    requests: &mut Streaming<v1::CallRequest>,
    input: &MessageDescriptor,
    frames: Frames,
    kept: &mut Vec<String>,
) -> Result<(), Error> {
    while let Some(request) = requests.message().await.map_err(from_status)? {
        match request.frame {
            Some(Frame::Message(json)) => {
                keep(kept, &json);
                if frames.send(Ok(frame(input, &json)?)).await.is_err() {
                    // The service has ended the call; its answer says how.
                    return Ok(());
                }
            }
            Some(Frame::HalfClose(_)) => return Ok(()),
            Some(Frame::Open(_)) => return Err(Error::invalid("a call is opened once")),
            None => {}
        }
    }
    Ok(())
}

/// The one message of a call that takes one; none at all means an empty one.
async fn only(requests: &mut Streaming<v1::CallRequest>) -> Result<String, Error> {
    let mut only = None;
    while let Some(request) = requests.message().await.map_err(from_status)? {
        match request.frame {
            Some(Frame::Message(json)) if only.is_none() => only = Some(json),
            Some(Frame::Message(_)) => {
                return Err(Error::invalid("this method takes one message, and more were sent"));
            }
            Some(Frame::HalfClose(_)) => break,
            Some(Frame::Open(_)) => return Err(Error::invalid("a call is opened once")),
            None => {}
        }
    }
    Ok(only.unwrap_or_default())
}

fn us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn from_status(status: Status) -> Error {
    micro_proto::error::from_status(&status)
}

/// One request message as a gRPC frame.
fn frame(input: &MessageDescriptor, json: &str) -> Result<BodyFrame<Bytes>, Error> {
    let wire = transcode::json_to_wire(input, json.as_bytes())?;
    let too_long = || Error::new(Code::ResourceExhausted, "a message is longer than gRPC can carry");
    let length = u32::try_from(wire.len()).map_err(|_| too_long())?;
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + wire.len());
    framed.put_u8(0);
    framed.put_u32(length);
    framed.put(wire);
    Ok(BodyFrame::data(framed.freeze()))
}

/// Takes the next whole message, and whether it is compressed; its length was checked as it came.
fn message(buffer: &mut BytesMut) -> Option<(bool, Bytes)> {
    let [compressed, length @ ..] = *buffer.first_chunk::<PREFIX_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if buffer.len() - PREFIX_BYTES < length {
        return None;
    }
    buffer.advance(PREFIX_BYTES);
    Some((compressed != 0, buffer.split_to(length).freeze()))
}

/// Metadata as headers.
fn metadata(entries: &[Metadata]) -> Result<HeaderMap, Error> {
    if entries.len() > METADATA_MAX {
        return Err(Error::invalid(format!("a call carries at most {METADATA_MAX} metadata entries")));
    }
    let mut headers = HeaderMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let wrong = |what: &str| {
            let told = format!("the metadata `{}` cannot be sent: {what}", entry.name);
            Error::invalid(told).with_violation(format!("metadata[{index}]"), what)
        };
        let name: HeaderName = entry.name.parse().map_err(|_| wrong("expected a lower-case name"))?;
        if reserved(name.as_str()) {
            return Err(wrong("Micro sets this name itself, or never passes it on"));
        }
        if name.as_str().ends_with("-bin") && status::decode(entry.value.as_bytes()).is_none() {
            return Err(wrong("expected base64, as its name ends in -bin"));
        }
        let value = HeaderValue::from_str(&entry.value).map_err(|_| wrong("expected printable ASCII"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Names gRPC and HTTP/2 use themselves, and those that never reach a service.
fn reserved(name: &str) -> bool {
    name.starts_with("grpc-")
        || headers::is_withheld(name)
        || matches!(name, "te" | "content-type" | "content-length" | "accept-encoding")
}

/// Headers as metadata, without gRPC's own.
fn shown(headers: &HeaderMap) -> Vec<Metadata> {
    let own = |name: &str| name.starts_with("grpc-") || name == "content-type";
    let entries = headers.iter().filter(|(name, _)| !own(name.as_str()));
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    entries.map(|(name, value)| Metadata { name: name.as_str().to_owned(), value: text(value) }).collect()
}

/// The details of a `google.rpc.Status`, each as JSON with its `@type`.
fn details(any_of: &MessageDescriptor, status: &[u8]) -> Vec<String> {
    let Ok(status) = tonic_types::Status::decode(status) else { return Vec::new() };
    let Some(any) = any_of.parent_pool().get_message_by_name("google.protobuf.Any") else {
        return Vec::new();
    };
    let json = |detail: &prost_types::Any| {
        let decoded = transcode::wire_to_json(&any, detail.encode_to_vec().into());
        // A detail that is not what its type says still names its type.
        decoded.unwrap_or_else(|_| serde_json::json!({"@type": detail.type_url}).to_string())
    };
    status.details.iter().map(json).collect()
}
