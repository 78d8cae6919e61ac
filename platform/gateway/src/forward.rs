//! Sends a call to an instance and hands back what it answers, frame by frame.
//!
//! Nothing is retried once a byte may have reached an instance, except calls of methods declared idempotent, once.
//! An instance that cannot be connected to got nothing, so the next one is tried.

use crate::body::{self, Answer, Bounds, Outgoing};
use crate::core::Gateway;
use crate::deadline::{self, Deadline};
use crate::options::Failure;
use crate::revocation::{self, Watched};
use crate::route::Plan;
use crate::table::InstanceEntry;
use crate::upstream::{self, Answered, InFlight, SendError};
use crate::{Body, balance, headers, status};
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, StatusCode, request, response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use micro_domain::identity::Principal;
use micro_domain::{Code, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Request bodies kept for a possible retry, in bytes; a longer one is sent once.
const REPLAY_MAX_BYTES: usize = 64 * 1024;
/// Sends over a connection that turned out to be closed, per instance.
const STALE_MAX: usize = 3;

/// In the extensions of every answer: which instance gave it.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// The instance's address, as in the catalog.
    pub(crate) address: String,
    /// When the request was handed to the instance's connection.
    pub(crate) sent_at: Instant,
}

/// An answer, and when its request was sent.
struct Sent {
    answered: Answered,
    at: Instant,
}

/// What happened to one call at one instance.
enum Attempt {
    Answered(Sent, InFlight),
    /// Nothing was sent; the request is still whole.
    Unsent(Request<Outgoing>, String),
    /// Something was sent and no answer came.
    Broken(Error),
}

impl Gateway {
    /// Calls `plan` with gRPC frames and returns the answer's headers and frames. The request's headers are the
    /// caller's; what must not go upstream is taken out here. The answer always ends in a gRPC status, in its headers
    /// or its trailers, and ends early with one when the deadline passes, a message is too long, the credential is
    /// revoked (streams) or the instance breaks off.
    ///
    /// # Errors
    /// Where no answer came: UNAVAILABLE naming the instances tried, DEADLINE_EXCEEDED saying whose, RESOURCE_EXHAUSTED
    /// for a request message over the limit, or what the HTTP status of a service that does not speak gRPC stands for.
    pub(crate) async fn forward(
        &self,
        plan: &Plan,
        principal: Option<&Principal>,
        request: Request<Body>,
        deadline: Deadline,
    ) -> Result<Response<Body>, Error> {
        let (mut parts, body) = request.into_parts();
        prepare(&mut parts, plan, principal, deadline);
        let watch = self.watch(plan, principal, deadline);
        let refused = Arc::new(AtomicBool::new(false));
        let answering = self.answered(plan, parts, body, &refused);
        let passed = || deadline.passed(&format!("`{}`", plan.service.name));
        let (sent, in_flight, entry) = match bounded(answering, deadline, watch.as_ref()).await {
            Ok(Ok(sent)) => sent,
            // Services reset calls that are over.
            Ok(Err(error)) if error.code == Code::Cancelled && deadline.has_passed() => return Err(passed()),
            Ok(Err(error)) => return Err(error),
            Err(Ended::Deadline) => return Err(passed()),
            Err(Ended::Revoked) => return Err(revocation::revoked()),
        };
        let bounds = Bounds {
            service: Arc::clone(&plan.service),
            deadline,
            message_max_bytes: self.0.message_max_bytes,
            refused,
            status_seen: false,
        };
        answer(sent, bounds, in_flight, watch, &entry)
    }

    /// Streams, and unary calls with long deadlines, end when their credential is revoked.
    fn watch(
        &self,
        plan: &Plan,
        principal: Option<&Principal>,
        deadline: Deadline,
    ) -> Option<(CancellationToken, Watched)> {
        let short = deadline.length().is_some_and(|length| length <= deadline::DEADLINE_DEFAULT);
        if plan.method.schema.is_unary() && short {
            return None;
        }
        Some(self.0.revocations.watch(&principal?.credential.id))
    }

    /// Tries instances until one answers.
    async fn answered(
        &self,
        plan: &Plan,
        parts: request::Parts,
        body: Body,
        refused: &Arc<AtomicBool>,
    ) -> Result<(Sent, InFlight, Arc<InstanceEntry>), Error> {
        let schema = &plan.method.schema;
        let (body, mut replay) = if schema.idempotent && schema.is_unary() && plan.candidates.len() > 1 {
            let (body, kept) = replayable(body).await?;
            (body, kept.map(|kept| (parts.clone(), kept)))
        } else {
            (body, None)
        };
        let whole = |parts, body| {
            let outgoing = Outgoing::new(body, self.0.message_max_bytes, Arc::clone(refused));
            Request::from_parts(parts, outgoing)
        };
        let mut request = whole(parts, body);
        let mut tried: Vec<&str> = Vec::new();
        let mut failures = Vec::new();
        while let Some(entry) = balance::choose(&plan.candidates, &tried) {
            tried.push(&entry.instance.id);
            match self.attempt(entry, request, refused).await {
                Attempt::Answered(sent, in_flight) => {
                    if let (Some((parts, kept)), true) = (replay.take(), sent.answered.is_unavailable()) {
                        request = whole(parts, Body::new(Full::new(kept)));
                        let more = balance::choose(&plan.candidates, &tried).is_some();
                        if more {
                            continue;
                        }
                    }
                    return Ok((sent, in_flight, Arc::clone(entry)));
                }
                Attempt::Unsent(whole, reason) => {
                    failures.push((entry.instance.id.clone(), reason));
                    request = whole;
                }
                Attempt::Broken(error) => match replay.take() {
                    Some((parts, kept)) if error.code == Code::Unavailable => {
                        failures.push((entry.instance.id.clone(), error.message));
                        request = whole(parts, Body::new(Full::new(kept)));
                    }
                    _ => return Err(error),
                },
            }
        }
        if failures.is_empty() {
            // All were failing already; a look at them now shortens the outage of those that came back.
            plan.candidates
                .iter()
                .for_each(|entry| self.report(entry, "a call found no instance that is up"));
        }
        Err(balance::unavailable(&plan.service.name, &plan.candidates, &failures))
    }

    /// One call at one instance.
    async fn attempt(
        &self,
        entry: &Arc<InstanceEntry>,
        mut request: Request<Outgoing>,
        refused: &AtomicBool,
    ) -> Attempt {
        let in_flight = entry.upstream.enter();
        let mut reason = String::new();
        for _ in 0..STALE_MAX {
            let ready = match entry.upstream.connect().await {
                Ok(ready) => ready,
                Err(error) => {
                    let reason = error.to_string();
                    tracing::debug!(error = &error as &dyn std::error::Error, instance = %entry.instance.address, "no connection");
                    self.report(entry, &reason);
                    return Attempt::Unsent(request, reason);
                }
            };
            let at = Instant::now();
            match ready.send(request).await {
                // An answer to half a message is the upstream's view of our refusal.
                Ok(_) if refused.load(Ordering::Acquire) => {
                    return Attempt::Broken(body::request_too_long(self.0.message_max_bytes));
                }
                Ok(answered) => return Attempt::Answered(Sent { answered, at }, in_flight),
                Err((error, Some(unsent))) => {
                    // The connection had closed behind our back; the next try opens a new one.
                    request = unsent;
                    reason = error.to_string();
                }
                Err((_, None)) if refused.load(Ordering::Acquire) => {
                    return Attempt::Broken(body::request_too_long(self.0.message_max_bytes));
                }
                Err((error, None)) => return Attempt::Broken(self.broken(entry, &error)),
            }
        }
        self.report(entry, &reason);
        Attempt::Unsent(request, reason)
    }

    fn broken(&self, entry: &InstanceEntry, error: &SendError) -> Error {
        tracing::debug!(error = error as &dyn std::error::Error, instance = %entry.instance.address, "no answer");
        let address = &entry.instance.address;
        if let Some(code) = upstream::reset_code(error) {
            return Error::new(code, format!("the instance at {address} reset the call"));
        }
        let reason = error.to_string();
        self.report(entry, &reason);
        Error::unavailable(format!("the instance at {address} is gone: {reason}"))
    }

    /// Has the registry look at an instance now.
    fn report(&self, entry: &InstanceEntry, reason: &str) {
        let failure = Failure { instance_id: entry.instance.id.clone(), reason: reason.to_owned() };
        if self.0.failures.try_send(failure).is_err() {
            tracing::debug!(instance = %entry.instance.address, "the failure queue is full; the next check will tell");
        }
    }
}

impl Answered {
    /// UNAVAILABLE before any message.
    fn is_unavailable(&self) -> bool {
        let headers = match self {
            Self::InProcess(response) => response.headers(),
            Self::Network(response) => response.headers(),
        };
        headers.get("grpc-status").is_some_and(|code| code == "14")
    }
}

/// Why waiting for an answer ended without one.
enum Ended {
    Deadline,
    Revoked,
}

async fn bounded<T>(
    answering: impl Future<Output = T>,
    deadline: Deadline,
    watch: Option<&(CancellationToken, Watched)>,
) -> Result<T, Ended> {
    let timed = async {
        match deadline.at() {
            Some(at) => tokio::time::timeout_at(at, answering).await.map_err(|_| Ended::Deadline),
            None => Ok(answering.await),
        }
    };
    match watch {
        None => timed.await,
        Some((revoked, _)) => tokio::select! {
            result = timed => result,
            () = revoked.cancelled() => Err(Ended::Revoked),
        },
    }
}

/// Turns a caller's request into one for an instance.
fn prepare(parts: &mut request::Parts, plan: &Plan, principal: Option<&Principal>, deadline: Deadline) {
    parts.extensions.clear();
    if plan.service.platform {
        headers::inside(&mut parts.headers);
        // Micro's own API authorises by who the caller is.
        if let Some(principal) = principal {
            parts.extensions.insert(principal.clone());
        }
    } else {
        headers::outgoing(&mut parts.headers);
    }
    parts.method = http::Method::POST;
    parts.version = http::Version::HTTP_2;
    parts.uri = plan.method.uri.clone();
    let left = deadline.remaining().map(deadline::to_grpc_timeout);
    match left.and_then(|left| HeaderValue::try_from(left).ok()) {
        Some(left) => drop(parts.headers.insert("grpc-timeout", left)),
        None => drop(parts.headers.remove("grpc-timeout")),
    }
}

/// Reads a short body whole, so that it can be sent again.
async fn replayable(mut body: Body) -> Result<(Body, Option<Bytes>), Error> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::new(Code::Cancelled, "the caller's request broke off"))?;
        let Ok(chunk) = frame.into_data() else { continue };
        kept.extend_from_slice(&chunk);
        if kept.len() > REPLAY_MAX_BYTES {
            let start = futures::stream::iter([Ok(Frame::data(kept.freeze()))]);
            let rest = http_body_util::BodyStream::new(body);
            let chained = futures::StreamExt::chain(start, rest);
            return Ok((Body::new(StreamBody::new(chained)), None));
        }
    }
    let kept = kept.freeze();
    Ok((Body::new(Full::new(kept.clone())), Some(kept)))
}

/// The answer as the caller gets it: checked to be gRPC, its body bounded.
fn answer(
    sent: Sent,
    mut bounds: Bounds,
    in_flight: InFlight,
    watch: Option<(CancellationToken, Watched)>,
    entry: &InstanceEntry,
) -> Result<Response<Body>, Error> {
    let watch = watch.map(|(revoked, watched)| (revoked.cancelled_owned(), watched));
    let served = Served { address: entry.instance.address.to_string(), sent_at: sent.at };
    match sent.answered {
        Answered::InProcess(response) => {
            let (mut parts, body) = response.into_parts();
            check(&mut parts, &mut bounds, served)?;
            Ok(Response::from_parts(parts, Body::new(Answer::new(body, bounds, in_flight, watch))))
        }
        Answered::Network(response) => {
            let (mut parts, body) = response.into_parts();
            check(&mut parts, &mut bounds, served)?;
            Ok(Response::from_parts(parts, Body::new(Answer::new(body, bounds, in_flight, watch))))
        }
    }
}

fn check(parts: &mut response::Parts, bounds: &mut Bounds, served: Served) -> Result<(), Error> {
    if let Some(error) = bounds.passed_deadline(&parts.headers) {
        return Err(error);
    }
    bounds.status_seen = parts.headers.contains_key("grpc-status");
    if !bounds.status_seen && (parts.status != StatusCode::OK || !headers::is_grpc(&parts.headers)) {
        let code = if parts.status == StatusCode::OK { Code::Unknown } else { status::of_http(parts.status) };
        let name = &bounds.service.name;
        let message =
            format!("`{name}` at {} answered HTTP {} instead of gRPC", served.address, parts.status);
        return Err(Error::new(code, message));
    }
    headers::incoming(&mut parts.headers);
    parts.extensions.clear();
    parts.extensions.insert(served);
    Ok(())
}
