//! The bodies of a forwarded call: frames pass through untouched, only their length prefixes are read.

use crate::deadline::Deadline;
use crate::revocation::{self, Watched};
use crate::status;
use crate::table::ServiceEntry;
use crate::upstream::InFlight;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use micro_domain::{Code, Error};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

/// A gRPC frame's prefix: one byte of flags, four of length.
const PREFIX_BYTES: usize = 5;

/// Reads the length prefixes of a stream of gRPC frames as its chunks pass by.
#[derive(Debug)]
struct Lengths {
    max: usize,
    prefix: [u8; PREFIX_BYTES],
    /// Bytes of the prefix seen so far.
    seen: usize,
    /// Bytes of the message still to pass.
    left: usize,
}

impl Lengths {
    fn new(max: usize) -> Self {
        Self { max, prefix: [0; PREFIX_BYTES], seen: 0, left: 0 }
    }

    /// Takes note of one chunk; fails with the length of a message that is too long, before any of it passes.
    fn pass(&mut self, mut chunk: &[u8]) -> Result<(), usize> {
        while !chunk.is_empty() {
            if self.left > 0 {
                let skipped = self.left.min(chunk.len());
                self.left -= skipped;
                chunk = &chunk[skipped..];
                continue;
            }
            let taken = (PREFIX_BYTES - self.seen).min(chunk.len());
            self.prefix[self.seen..self.seen + taken].copy_from_slice(&chunk[..taken]);
            self.seen += taken;
            chunk = &chunk[taken..];
            if self.seen == PREFIX_BYTES {
                let [_, length @ ..] = self.prefix;
                let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                if length > self.max {
                    return Err(length);
                }
                (self.left, self.seen) = (length, 0);
            }
        }
        Ok(())
    }
}

/// RESOURCE_EXHAUSTED for one message.
pub(crate) fn too_long(what: &str, length: usize, max: usize) -> Error {
    Error::new(
        Code::ResourceExhausted,
        format!("{what} of {length} bytes is longer than the limit of {max} bytes"),
    )
}

/// Why a request stopped half-way; the upstream sees a reset.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("a request message is too long")]
    TooLong,
    #[error("the caller's request broke off")]
    Caller(#[from] tonic::Status),
}

pin_project! {
    /// A request's body on its way upstream.
    pub(crate) struct Outgoing {
        #[pin]
        inner: crate::Body,
        lengths: Lengths,
        refused: Arc<AtomicBool>,
    }
}

impl Outgoing {
    /// `refused` is set when a message is longer than `max` bytes.
    pub(crate) fn new(inner: crate::Body, max: usize, refused: Arc<AtomicBool>) -> Self {
        Self { inner, lengths: Lengths::new(max), refused }
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = RequestError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, RequestError>>> {
        let this = self.project();
        let frame = match std::task::ready!(this.inner.poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => return Poll::Ready(None),
        };
        if let Some(chunk) = frame.data_ref()
            && this.lengths.pass(chunk).is_err()
        {
            this.refused.store(true, Ordering::Release);
            return Poll::Ready(Some(Err(RequestError::TooLong)));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// What ends an answer early, and what is told then.
pub(crate) struct Bounds {
    pub(crate) service: Arc<ServiceEntry>,
    pub(crate) deadline: Deadline,
    pub(crate) message_max_bytes: usize,
    /// Set when the request was refused while the answer was under way.
    pub(crate) refused: Arc<AtomicBool>,
    /// The upstream's headers carried the status already.
    pub(crate) status_seen: bool,
}

pin_project! {
    /// An answer's body on its way to the caller. Always ends in trailers with a status: the upstream's, or Micro's own
    /// where a limit was passed, the deadline expired, the credential was revoked or the upstream broke off.
    pub(crate) struct Answer<B> {
        #[pin]
        inner: B,
        #[pin]
        timer: Option<Sleep>,
        #[pin]
        revoked: Option<WaitForCancellationFutureOwned>,
        watched: Option<Watched>,
        lengths: Lengths,
        bounds: Bounds,
        in_flight: Option<InFlight>,
        ended: bool,
    }
}

impl<B> Answer<B> {
    pub(crate) fn new(
        inner: B,
        bounds: Bounds,
        in_flight: InFlight,
        watch: Option<(WaitForCancellationFutureOwned, Watched)>,
    ) -> Self {
        let (revoked, watched) = watch.unzip();
        Self {
            inner,
            timer: bounds.deadline.at().map(tokio::time::sleep_until),
            revoked,
            watched,
            lengths: Lengths::new(bounds.message_max_bytes),
            bounds,
            in_flight: Some(in_flight),
            ended: false,
        }
    }
}

type AnswerFrame = Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>>;

impl<B> HttpBody for Answer<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::error::Error + 'static,
{
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> AnswerFrame {
        let mut this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        let polled = this.inner.as_mut().poll_frame(cx);
        if let Some(error) = interrupted(this.timer, this.revoked, this.bounds, polled.is_pending(), cx) {
            return end(this.ended, this.in_flight, this.watched, &error);
        }
        match std::task::ready!(polled) {
            Some(Ok(mut frame)) => {
                if let Some(chunk) = frame.data_ref()
                    && let Err(length) = this.lengths.pass(chunk)
                {
                    let what = format!("a message of `{}`", this.bounds.service.name);
                    let error = too_long(&what, length, this.bounds.message_max_bytes);
                    return end(this.ended, this.in_flight, this.watched, &error);
                }
                if let Some(trailers) = frame.trailers_mut() {
                    *this.ended = true;
                    this.in_flight.take();
                    finish(trailers, this.bounds);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                let error = broken(&error, this.bounds);
                end(this.ended, this.in_flight, this.watched, &error)
            }
            None if this.bounds.status_seen => {
                *this.ended = true;
                this.in_flight.take();
                Poll::Ready(None)
            }
            None => end(this.ended, this.in_flight, this.watched, &unfinished(this.bounds)),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || (self.bounds.status_seen && self.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Whether the deadline passed or the credential was revoked. The timer is only armed while there is nothing to pass on.
fn interrupted(
    timer: Pin<&mut Option<Sleep>>,
    revoked: Pin<&mut Option<WaitForCancellationFutureOwned>>,
    bounds: &Bounds,
    idle: bool,
    cx: &mut Context<'_>,
) -> Option<Error> {
    if let Some(revoked) = revoked.as_pin_mut()
        && revoked.poll(cx).is_ready()
    {
        return Some(revocation::revoked());
    }
    let timer = timer.as_pin_mut()?;
    let passed = if idle { timer.poll(cx).is_ready() } else { timer.deadline() <= Instant::now() };
    passed.then(|| bounds.deadline.passed(&format!("`{}`", bounds.service.name)))
}

/// Ends an answer with Micro's own status.
fn end(
    ended: &mut bool,
    in_flight: &mut Option<InFlight>,
    watched: &mut Option<Watched>,
    error: &Error,
) -> AnswerFrame {
    *ended = true;
    in_flight.take();
    watched.take();
    Poll::Ready(Some(Ok(Frame::trailers(status::trailers(error)))))
}

impl Bounds {
    /// What the caller is told instead of the upstream's own words for the deadline, which do not say whose it was.
    pub(crate) fn passed_deadline(&self, upstream: &HeaderMap) -> Option<Error> {
        let exceeded = upstream.get("grpc-status").is_some_and(|code| code == "4");
        (exceeded && self.deadline.has_passed())
            .then(|| self.deadline.passed(&format!("`{}`", self.service.name)))
    }
}

/// Makes sure trailers carry a status.
fn finish(trailers: &mut HeaderMap, bounds: &Bounds) {
    crate::headers::incoming(trailers);
    if let Some(error) = bounds.passed_deadline(trailers) {
        trailers.remove("grpc-status-details-bin");
        trailers.extend(status::trailers(&error));
    }
    if !bounds.status_seen && !trailers.contains_key("grpc-status") {
        trailers.extend(status::trailers(&unfinished(bounds)));
    }
}

fn unfinished(bounds: &Bounds) -> Error {
    if bounds.refused.load(Ordering::Acquire) {
        return request_too_long(bounds.message_max_bytes);
    }
    Error::new(Code::Unknown, format!("`{}` ended its answer without a status", bounds.service.name))
}

/// RESOURCE_EXHAUSTED for a request message whose length is no longer known.
pub(crate) fn request_too_long(max: usize) -> Error {
    Error::new(Code::ResourceExhausted, format!("a request message is longer than the limit of {max} bytes"))
}

/// What an upstream that broke off in the middle of its answer means
/// (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors>).
fn broken(error: &(dyn std::error::Error + 'static), bounds: &Bounds) -> Error {
    if bounds.refused.load(Ordering::Acquire) {
        return request_too_long(bounds.message_max_bytes);
    }
    // Services reset calls that are over.
    if bounds.deadline.has_passed() {
        return bounds.deadline.passed(&format!("`{}`", bounds.service.name));
    }
    let code = crate::upstream::reset_code(error).unwrap_or(Code::Unavailable);
    Error::new(code, format!("`{}` broke off its answer", bounds.service.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_across_any_chunks() {
        let mut stream = Vec::new();
        for length in [3_u8, 0, 7] {
            stream.extend([0, 0, 0, 0, length]);
            stream.extend(std::iter::repeat_n(b'x', usize::from(length)));
        }
        for size in 1..stream.len() {
            let mut lengths = Lengths::new(7);
            assert!(stream.chunks(size).all(|chunk| lengths.pass(chunk).is_ok()), "{size}");
            let mut strict = Lengths::new(6);
            assert!(stream.chunks(size).any(|chunk| strict.pass(chunk) == Err(7)), "{size}");
        }
    }
}
