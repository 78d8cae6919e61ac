//! A call whose messages are written and read here, because the caller speaks another protocol than gRPC.

use super::Route;
use super::framing::{COMPRESSED, Item, Reader, encode};
use super::metadata::to_grpc;
use super::status::{Fault, GRPC_STATUS, WireError, broken_off};
use crate::deadline::Deadline;
use crate::encoding::{self, Encoding};
use crate::{Body, Gateway, transcode};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use micro_domain::Error;
use micro_domain::identity::Principal;
use prost_reflect::MessageDescriptor;

/// How the caller writes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Proto JSON.
    Json,
    /// The same bytes as upstream.
    Proto,
}

impl Codec {
    /// A caller's message as it goes upstream.
    pub(crate) fn read(self, descriptor: &MessageDescriptor, message: Bytes) -> Result<Bytes, Error> {
        match self {
            Self::Proto => Ok(message),
            Self::Json => transcode::json_to_wire(descriptor, &message),
        }
    }

    /// An upstream's message as it goes to the caller.
    pub(crate) fn write(self, descriptor: &MessageDescriptor, message: Bytes) -> Result<Bytes, WireError> {
        match self {
            Self::Proto => Ok(message),
            Self::Json => {
                transcode::wire_to_json(descriptor, message).map(Bytes::from).map_err(WireError::from)
            }
        }
    }

    /// The media type of a unary body.
    pub(crate) const fn media_type(self) -> HeaderValue {
        match self {
            Self::Json => HeaderValue::from_static("application/json"),
            Self::Proto => HeaderValue::from_static("application/proto"),
        }
    }
}

/// What a caller sends in a stream, one message after the other.
pub(crate) trait Source: Send + 'static {
    /// The next message as it goes upstream; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, WireError>> + Send;
}

/// The body of a gRPC request with one message.
pub(crate) fn one(message: &[u8]) -> Body {
    Body::new(Full::new(encode(0, message)))
}

/// The body of a gRPC request with the messages of `source`; what is wrong with them goes to `fault` and breaks it off.
pub(crate) fn many(source: impl Source, fault: Fault) -> Body {
    let frames = futures::stream::unfold(Some((source, fault)), |state| async {
        let (mut source, fault) = state?;
        match source.next().await {
            Ok(Some(message)) => Some((Ok(Frame::data(encode(0, &message))), Some((source, fault)))),
            Ok(None) => None,
            Err(error) => Some((Err(broken_off(&fault, error)), None)),
        }
    });
    Body::new(StreamBody::new(frames))
}

/// A call about to be made.
pub(crate) struct Call<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) route: &'a Route,
    pub(crate) principal: Option<&'a Principal>,
    /// The caller's headers.
    pub(crate) headers: HeaderMap,
    pub(crate) deadline: Deadline,
}

impl Call<'_> {
    /// Sends `body` and waits for the beginning of the answer.
    pub(crate) async fn send(self, body: Body, fault: Fault) -> Result<Answer, WireError> {
        let mut request = Request::new(body);
        *request.headers_mut() = to_grpc(self.headers);
        let sent = self.gateway.send(self.route, self.principal, request, self.deadline).await;
        let response = sent.map_err(|error| fault.or(error))?;
        Ok(Answer::new(response, self.gateway.message_max_bytes(), fault))
    }
}

/// What comes next in an answer.
pub(crate) enum Next {
    /// A message.
    Message(Bytes),
    /// The end: the trailers, or how the call failed.
    End(Result<HeaderMap, WireError>),
}

/// An upstream's answer, read message by message.
pub(crate) struct Answer {
    /// The response metadata, gRPC's own headers included.
    pub(crate) headers: HeaderMap,
    reader: Reader,
    /// How its messages may be compressed; none for a way Micro does not read.
    encoding: Option<Encoding>,
    max_bytes: usize,
    fault: Fault,
    ended: Option<Result<HeaderMap, WireError>>,
}

impl Answer {
    fn new(response: Response<Body>, max_bytes: usize, fault: Fault) -> Self {
        let (mut parts, body) = response.into_parts();
        let ended = if parts.headers.contains_key(GRPC_STATUS) {
            // An answer without messages has its trailers in its headers.
            let mut headers = std::mem::take(&mut parts.headers);
            headers.remove(header::CONTENT_TYPE);
            Some(WireError::read(headers))
        } else {
            None
        };
        let encoding = Encoding::of_answer(&parts.headers);
        let reader = Reader::answer(body, max_bytes);
        Self { headers: parts.headers, reader, encoding, max_bytes, fault, ended }
    }

    /// The next message, or the end; after the end, the end again without its trailers.
    pub(crate) async fn next(&mut self) -> Next {
        if let Some(ended) = &mut self.ended {
            return Next::End(self.fault.outranks(std::mem::replace(ended, Ok(HeaderMap::new()))));
        }
        let ended = match self.reader.next().await {
            Ok(Item::Frame(frame)) if frame.flags & COMPRESSED == 0 => return Next::Message(frame.data),
            Ok(Item::Frame(frame)) => match encoding::answered(self.encoding, frame.data, self.max_bytes) {
                Ok(message) => return Next::Message(message),
                Err(error) => Err(error.into()),
            },
            Ok(Item::End(trailers)) => WireError::read(trailers.unwrap_or_default()),
            Err(error) => Err(error),
        };
        self.ended = Some(Ok(HeaderMap::new()));
        Next::End(self.fault.outranks(ended))
    }

    /// The one message of a call that does not answer with a stream, and the trailers.
    pub(crate) async fn only(&mut self) -> Result<(Bytes, HeaderMap), WireError> {
        let message = match self.next().await {
            Next::Message(message) => message,
            Next::End(Err(error)) => return Err(error),
            Next::End(Ok(_)) => {
                return Err(Error::internal("the service answered OK without a message").into());
            }
        };
        match self.next().await {
            Next::End(Ok(trailers)) => Ok((message, trailers)),
            Next::End(Err(error)) => Err(error),
            Next::Message(_) => {
                Err(Error::internal("the service answered with several messages where one was due").into())
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::encoding::tests::gzip;
    use http_body_util::BodyExt as _;
    use micro_domain::Code;

    fn answer(frames: Vec<Frame<Bytes>>) -> Answer {
        let stream = tokio_stream::iter(frames.into_iter().map(Ok::<_, tonic::Status>));
        Answer::new(Response::new(Body::new(StreamBody::new(stream))), 100, Fault::default())
    }

    fn status(code: &'static str) -> Frame<Bytes> {
        let mut trailers = HeaderMap::new();
        trailers.insert(GRPC_STATUS, HeaderValue::from_static(code));
        Frame::trailers(trailers)
    }

    #[tokio::test]
    async fn a_unary_answer_has_exactly_one_message() {
        let message = || Frame::data(encode(0, b"x"));
        assert_eq!(answer(vec![message(), status("0")]).only().await.unwrap().0, "x");
        assert_eq!(answer(vec![status("0")]).only().await.unwrap_err().error.code, Code::Internal);
        assert_eq!(
            answer(vec![message(), message(), status("0")]).only().await.unwrap_err().error.code,
            Code::Internal
        );
        assert_eq!(answer(vec![message(), status("5")]).only().await.unwrap_err().error.code, Code::NotFound);
        let compressed = Frame::data(encode(COMPRESSED, b"x"));
        assert_eq!(
            answer(vec![compressed, status("0")]).only().await.unwrap_err().error.code,
            Code::Internal
        );
    }

    #[tokio::test]
    async fn an_answer_that_is_compressed_unasked_is_read() {
        let compressed = Frame::data(encode(COMPRESSED, &gzip(b"message")));
        let frames = [compressed, status("0")].map(Ok::<_, tonic::Status>);
        let mut response = Response::new(Body::new(StreamBody::new(tokio_stream::iter(frames))));
        response.headers_mut().insert("grpc-encoding", HeaderValue::from_static("gzip"));
        let mut answer = Answer::new(response, 100, Fault::default());
        assert_eq!(answer.only().await.unwrap().0, "message");
    }

    #[tokio::test]
    async fn an_answer_without_messages_is_read_from_its_headers() {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(GRPC_STATUS, HeaderValue::from_static("7"));
        response.headers_mut().insert("x-why", HeaderValue::from_static("no"));
        let error = Answer::new(response, 10, Fault::default()).only().await.unwrap_err();
        assert_eq!(error.error.code, Code::PermissionDenied);
        assert_eq!(error.trailers.get("x-why").unwrap(), "no");
    }

    struct Words(Vec<&'static str>);

    impl Source for Words {
        async fn next(&mut self) -> Result<Option<Bytes>, WireError> {
            match self.0.pop() {
                Some("bad") => Err(Error::invalid("bad").into()),
                word => Ok(word.map(|word| Bytes::from_static(word.as_bytes()))),
            }
        }
    }

    #[tokio::test]
    async fn a_bad_message_breaks_the_request_off() {
        let fault = Fault::default();
        let good = many(Words(vec!["two", "one"]), fault.clone()).collect().await.unwrap().to_bytes();
        assert_eq!(good, [encode(0, b"one"), encode(0, b"two")].concat());
        many(Words(vec!["never", "bad", "one"]), fault.clone()).collect().await.unwrap_err();
        assert_eq!(fault.or(Error::internal("")).error.message, "bad");
    }
}
