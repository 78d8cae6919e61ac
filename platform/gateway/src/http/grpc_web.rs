//! gRPC-Web: gRPC's frames with the trailers as a last frame, binary or in base64. Messages pass through undecoded.

use super::framing::{PREFIX_BYTES, encode};
use super::metadata::{from_grpc, grpc_timeout, to_grpc};
use super::status::{Fault, GRPC_DETAILS, GRPC_MESSAGE, GRPC_STATUS, WireError, broken_off};
use crate::{Body, Gateway};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body::Frame;
use micro_domain::Error;
use micro_domain::identity::Principal;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The flag of the frame that holds the trailers.
const TRAILERS: u8 = 0x80;
/// Headers of gRPC about the encoding of messages, which pass untouched because messages do.
const ENCODING: [HeaderName; 2] =
    [HeaderName::from_static("grpc-encoding"), HeaderName::from_static("grpc-accept-encoding")];
/// Characters of base64 that stand for three bytes.
const QUAD: usize = 4;

/// Answers a gRPC-Web call; `media_type` is the request's.
pub(super) async fn serve(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
    media_type: &str,
) -> Response<Body> {
    let text = media_type.starts_with("application/grpc-web-text");
    let content_type = if text { "application/grpc-web-text+proto" } else { "application/grpc-web+proto" };
    let content_type = HeaderValue::from_static(content_type);
    match call(gateway, request, principal, text).await {
        Ok(mut response) => {
            response.headers_mut().insert(header::CONTENT_TYPE, content_type);
            response
        }
        Err(error) => error.into_grpc(content_type),
    }
}

async fn call(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
    text: bool,
) -> Result<Response<Body>, WireError> {
    let timeout = grpc_timeout(request.headers())?;
    let route = gateway.open(request.uri().path(), request.headers(), principal).await?;
    let fault = Fault::default();
    let (mut parts, body) = request.into_parts();
    let encodings = kept(&parts.headers, &ENCODING);
    parts.headers = to_grpc(parts.headers);
    parts.headers.extend(encodings);
    let body = if text {
        Body::new(TextBody { inner: body, text: Text::default(), fault: fault.clone() })
    } else {
        body
    };
    let request = Request::from_parts(parts, body);
    let response = gateway
        .send(&route, principal, request, route.deadline(timeout))
        .await
        .map_err(|error| fault.or(error))?;
    let (mut parts, body) = response.into_parts();
    let ended = parts.headers.contains_key(GRPC_STATUS);
    let kept =
        kept(&parts.headers, &[ENCODING.as_slice(), &[GRPC_STATUS, GRPC_MESSAGE, GRPC_DETAILS]].concat());
    parts.headers = from_grpc(parts.headers);
    parts.headers.extend(kept);
    let body = if ended { Body::empty() } else { Body::new(WebBody { inner: body, text, fault, ended }) };
    Ok(Response::from_parts(parts, body))
}

fn kept(headers: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    names.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect()
}

/// The trailers as the last frame.
fn trailer_frame(trailers: &HeaderMap) -> Bytes {
    let mut block = BytesMut::with_capacity(64 + PREFIX_BYTES);
    for (name, value) in trailers {
        block.put_slice(name.as_str().as_bytes());
        block.put_slice(b":");
        block.put_slice(value.as_bytes());
        block.put_slice(b"\r\n");
    }
    encode(TRAILERS, &block)
}

/// An answer's frames and, after them, its trailers as a frame. In text form each chunk is encoded and padded by itself,
/// so that no byte of a message waits for the next one.
struct WebBody {
    inner: Body,
    text: bool,
    fault: Fault,
    ended: bool,
}

impl http_body::Body for WebBody {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(context));
        let bytes = match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(chunk))) => chunk,
            other => {
                this.ended = true;
                let trailers = match other {
                    Some(Ok(Err(frame))) => frame.into_trailers().unwrap_or_default(),
                    Some(Err(status)) => WireError::from(status).into_trailers(),
                    _ => HeaderMap::new(),
                };
                let ended = this.fault.outranks(WireError::read(trailers.clone()));
                let trailers = ended.map_or_else(WireError::into_trailers, |_| trailers);
                trailer_frame(&trailers)
            }
        };
        let bytes = if this.text { STANDARD.encode(bytes).into() } else { bytes };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}

/// Decodes base64 that arrives in chunks cut anywhere and may be a row of separately padded pieces.
#[derive(Debug, Default)]
struct Text {
    /// Up to three characters that wait for the rest of their group.
    carried: Vec<u8>,
}

impl Text {
    fn decode(&mut self, chunk: &[u8]) -> Result<Bytes, Error> {
        self.carried.extend_from_slice(chunk);
        let whole = self.carried.len() / QUAD * QUAD;
        let rest = self.carried.split_off(whole);
        let groups = std::mem::replace(&mut self.carried, rest);
        let mut decoded = Vec::with_capacity(whole / QUAD * 3);
        let mut left = groups.as_slice();
        while !left.is_empty() {
            // A piece ends with the group that holds its padding.
            let end =
                left.iter().position(|byte| *byte == b'=').map_or(left.len(), |at| (at / QUAD + 1) * QUAD);
            let (piece, others) = left.split_at(end.min(left.len()));
            STANDARD.decode_vec(piece, &mut decoded).map_err(|_| not_base64())?;
            left = others;
        }
        Ok(decoded.into())
    }

    fn finish(&self) -> Result<(), Error> {
        if self.carried.is_empty() { Ok(()) } else { Err(not_base64()) }
    }
}

fn not_base64() -> Error {
    Error::invalid(
        "the body is not base64, which application/grpc-web-text demands; send the binary form as application/grpc-web",
    )
}

struct TextBody {
    inner: Body,
    text: Text,
    fault: Fault,
}

impl http_body::Body for TextBody {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        let this = self.get_mut();
        loop {
            let decoded = match ready!(Pin::new(&mut this.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(chunk) => this.text.decode(&chunk),
                    // Requests have no trailers that mean anything to gRPC.
                    Err(_) => continue,
                },
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => match this.text.finish() {
                    Ok(()) => return Poll::Ready(None),
                    Err(error) => Err(error),
                },
            };
            match decoded {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Err(error) => return Poll::Ready(Some(Err(broken_off(&this.fault, error.into())))),
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn decoded(whole: &[u8], size: usize) -> Result<Vec<u8>, Error> {
        let mut text = Text::default();
        let mut all = Vec::new();
        for chunk in whole.chunks(size) {
            all.extend(text.decode(chunk)?);
        }
        text.finish()?;
        Ok(all)
    }

    #[test]
    fn separately_padded_pieces_decode_however_they_are_chunked() {
        let pieces = ["a", "bc", "def", "", "ghij"];
        let whole: String = pieces.iter().map(|piece| STANDARD.encode(piece)).collect();
        for size in 1..=whole.len() {
            assert_eq!(decoded(whole.as_bytes(), size).unwrap(), b"abcdefghij", "chunks of {size}");
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for wrong in ["abc", "ab=c", "a b=", "====", "ab\n="] {
            assert!(decoded(wrong.as_bytes(), 4).is_err(), "{wrong}");
        }
    }

    #[test]
    fn trailers_are_a_frame_of_lines() {
        let mut trailers = HeaderMap::new();
        trailers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
        trailers.append("x-a", HeaderValue::from_static("1"));
        trailers.append("x-a", HeaderValue::from_static("2"));
        let frame = trailer_frame(&trailers);
        assert_eq!(frame.first(), Some(&TRAILERS));
        assert_eq!(frame.slice(PREFIX_BYTES..), "grpc-status:0\r\nx-a:1\r\nx-a:2\r\n");
    }
}
