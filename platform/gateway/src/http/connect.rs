//! Connect (<https://connectrpc.com/docs/protocol/>): unary calls as plain HTTP, streams in envelopes that end with a
//! JSON object saying how the call ended.

use super::exchange::{Answer, Call, Codec, Next, Source, many};
use super::framing::{COMPRESSED, Item, Reader, encode};
use super::incoming::{decode, encoding_of};
use super::metadata::{connect_timeout, from_grpc, text};
use super::status::{Fault, WireError};
use super::{Route, unary};
use crate::encoding::Encoding;
use crate::{Body, Gateway};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use micro_domain::identity::Principal;
use micro_domain::{Code, Error};
use percent_encoding::percent_decode_str;
use prost_reflect::MessageDescriptor;
use serde_json::{Map, Value, json};

/// The flag of the envelope that ends a stream.
const END: u8 = 0x02;
/// How streams are compressed.
const STREAM_ENCODING: &str = "connect-content-encoding";
/// Messages in URLs: Connect's alphabet, padded or not.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a content type asks of Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plain HTTP bodies.
    Unary(Codec),
    /// Envelopes.
    Stream(Codec),
}

impl Kind {
    /// The kind of call with this media type, if it is one of Connect's.
    pub(super) fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "application/json" => Some(Self::Unary(Codec::Json)),
            "application/proto" => Some(Self::Unary(Codec::Proto)),
            "application/connect+json" => Some(Self::Stream(Codec::Json)),
            "application/connect+proto" => Some(Self::Stream(Codec::Proto)),
            _ => None,
        }
    }
}

/// Answers a Connect call by POST.
pub(super) async fn serve(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
    kind: Kind,
) -> Response<Body> {
    match kind {
        Kind::Unary(codec) => {
            let route = match gateway.open(request.uri().path(), request.headers(), principal).await {
                Ok(route) => route,
                Err(error) => return WireError::from(error).into_response(None),
            };
            let answered = serve_unary(gateway, request, principal, &route, codec).await;
            answered.unwrap_or_else(|error| error.into_response(Some(&route.pool())))
        }
        Kind::Stream(codec) => match open_stream(gateway, request, principal, codec).await {
            Ok(response) => response,
            // Refused for what HTTP is about, not the call.
            Err(error) if error.http == Some(StatusCode::UNSUPPORTED_MEDIA_TYPE) => error.into_response(None),
            Err(error) => streamed(HeaderMap::new(), codec, Body::new(Full::new(end(Err(error), None)))),
        },
    }
}

async fn serve_unary(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
    route: &Route,
    codec: Codec,
) -> Result<Response<Body>, WireError> {
    check_version(request.headers())?;
    check_unary(route)?;
    let (parts, body) = request.into_parts();
    let deadline = route.deadline(connect_timeout(&parts.headers)?);
    unary::serve(Call { gateway, route, principal, headers: parts.headers, deadline }, body, codec).await
}

/// Answers a Connect call by GET, which only methods without side effects have.
pub(super) async fn serve_get(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
) -> Response<Body> {
    // A body cannot be shared between threads, and a GET has none to keep.
    let (parts, _) = request.into_parts();
    let route = match gateway.open(parts.uri.path(), &parts.headers, principal).await {
        Ok(route) => route,
        Err(error) => return WireError::from(error).into_response(None),
    };
    let answered = get(gateway, &parts, principal, &route).await;
    answered.unwrap_or_else(|error| error.into_response(Some(&route.pool())))
}

async fn get(
    gateway: &Gateway,
    request: &Parts,
    principal: Option<&Principal>,
    route: &Route,
) -> Result<Response<Body>, WireError> {
    if !route.read_only() {
        let path = request.uri.path();
        let error = format!("`{path}` may change something, so GET does not call it; send it with POST");
        return Err(WireError::with_http(
            Error::new(Code::Unimplemented, error),
            StatusCode::METHOD_NOT_ALLOWED,
        ));
    }
    check_unary(route)?;
    let (codec, message) = message_in(request.uri.query().unwrap_or_default(), gateway.message_max_bytes())?;
    let headers = request.headers.clone();
    let deadline = route.deadline(connect_timeout(&headers)?);
    unary::with_message(Call { gateway, route, principal, headers, deadline }, codec, message).await
}

/// The message a query holds, and how it is written.
fn message_in(query: &str, max_bytes: usize) -> Result<(Codec, Bytes), WireError> {
    let value = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    let codec = match value("encoding") {
        Some("json") => Codec::Json,
        Some("proto") => Codec::Proto,
        _ => {
            return Err(
                Error::invalid("the query needs `encoding=json` or `encoding=proto`, and `message`").into()
            );
        }
    };
    let text = value("message").unwrap_or_default().replace('+', " ");
    let message: Vec<u8> = percent_decode_str(&text).collect();
    let message = if value("base64") == Some("1") {
        BASE64_URL
            .decode(message)
            .map_err(|_| Error::invalid("`message` is not URL-safe base64 although `base64=1` says so"))?
    } else {
        message
    };
    let mut headers = HeaderMap::new();
    if let Some(compression) = value("compression").and_then(|name| HeaderValue::from_str(name).ok()) {
        headers.insert(header::CONTENT_ENCODING, compression);
    }
    let encoding = encoding_of(&headers, header::CONTENT_ENCODING.as_str())?;
    Ok((codec, decode(encoding, message.into(), max_bytes)?))
}

fn check_version(headers: &HeaderMap) -> Result<(), Error> {
    match text(headers, "connect-protocol-version") {
        None | Some("1") => Ok(()),
        Some(other) => Err(Error::invalid(format!(
            "`Connect-Protocol-Version: {other}` is not supported; this server speaks version 1"
        ))),
    }
}

fn check_unary(route: &Route) -> Result<(), WireError> {
    if !route.client_streaming() && !route.server_streaming() {
        return Ok(());
    }
    let error = "this method streams; call it with `Content-Type: application/connect+json`, or as JSON lines at \
                 POST /v1/{service}/{method}";
    Err(WireError::with_http(Error::new(Code::InvalidArgument, error), StatusCode::UNSUPPORTED_MEDIA_TYPE))
}

async fn open_stream(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
    codec: Codec,
) -> Result<Response<Body>, WireError> {
    let route = gateway.open(request.uri().path(), request.headers(), principal).await?;
    check_version(request.headers())?;
    if !route.client_streaming() && !route.server_streaming() {
        let error =
            "this method is unary; call it with `Content-Type: application/json` or `application/proto`";
        let error = Error::new(Code::InvalidArgument, error);
        return Err(WireError::with_http(error, StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let (parts, body) = request.into_parts();
    let deadline = route.deadline(connect_timeout(&parts.headers)?);
    let max_bytes = gateway.message_max_bytes();
    let encoding = encoding_of(&parts.headers, STREAM_ENCODING)?;
    let reader = Reader::request(body, max_bytes);
    let source = Envelopes { reader, encoding, codec, input: route.input(), max_bytes };
    let fault = Fault::default();
    let call = Call { gateway, route: &route, principal, headers: parts.headers, deadline };
    let mut answer = call.send(many(source, fault.clone()), fault).await?;
    let headers = from_grpc(std::mem::take(&mut answer.headers));
    Ok(streamed(headers, codec, Body::new(StreamBody::new(envelopes(answer, route.output(), codec)))))
}

fn streamed(mut headers: HeaderMap, codec: Codec, body: Body) -> Response<Body> {
    let media_type = match codec {
        Codec::Json => "application/connect+json",
        Codec::Proto => "application/connect+proto",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert("connect-accept-encoding", HeaderValue::from_static("gzip"));
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

/// A caller's envelopes as messages.
struct Envelopes {
    reader: Reader,
    encoding: Encoding,
    codec: Codec,
    input: MessageDescriptor,
    max_bytes: usize,
}

impl Source for Envelopes {
    async fn next(&mut self) -> Result<Option<Bytes>, WireError> {
        let Item::Frame(frame) = self.reader.next().await? else { return Ok(None) };
        let message = match (frame.flags, self.encoding) {
            (0, _) => frame.data,
            (COMPRESSED, Encoding::Gzip | Encoding::Deflate) => {
                decode(self.encoding, frame.data, self.max_bytes)?
            }
            (COMPRESSED, Encoding::Identity) => {
                return Err(Error::invalid(
                    "a message is compressed, but `Connect-Content-Encoding` names no encoding",
                )
                .into());
            }
            (flags, _) => {
                let error =
                    format!("an envelope has the flags {flags:#04x}; only 0x00 and 0x01 are a caller's");
                return Err(Error::invalid(error).into());
            }
        };
        Ok(Some(self.codec.read(&self.input, message)?))
    }
}

type Chunk = Result<Frame<Bytes>, tonic::Status>;

fn envelopes(
    answer: Answer,
    output: MessageDescriptor,
    codec: Codec,
) -> impl futures::Stream<Item = Chunk> + Send {
    futures::stream::unfold(Some((answer, output)), move |state| async move {
        let (mut answer, output) = state?;
        let next = match answer.next().await {
            Next::Message(message) => codec.write(&output, message),
            Next::End(ended) => {
                let last = end(ended, Some(&output));
                return Some((Ok(Frame::data(last)), None));
            }
        };
        Some(match next {
            Ok(message) => (Ok(Frame::data(encode(0, &message))), Some((answer, output))),
            Err(error) => (Ok(Frame::data(end(Err(error), Some(&output)))), None),
        })
    })
}

/// The envelope that ends a stream.
fn end(ended: Result<HeaderMap, WireError>, output: Option<&MessageDescriptor>) -> Bytes {
    let mut object = Map::new();
    let trailers = match ended {
        Ok(trailers) => trailers,
        Err(mut error) => {
            object.insert("error".into(), error.to_json(output.map(MessageDescriptor::parent_pool)));
            std::mem::take(&mut error.trailers)
        }
    };
    let metadata = metadata(&from_grpc(trailers));
    if !metadata.is_empty() {
        object.insert("metadata".into(), metadata.into());
    }
    encode(END, Value::from(object).to_string().as_bytes())
}

/// Trailers as JSON: every name with all its values.
fn metadata(trailers: &HeaderMap) -> Map<String, Value> {
    let values = |name| {
        trailers.get_all(name).iter().map(|value| json!(String::from_utf8_lossy(value.as_bytes()))).collect()
    };
    trailers.keys().map(|name| (name.to_string(), Value::Array(values(name)))).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::framing::PREFIX_BYTES;
    use super::*;

    #[test]
    fn a_stream_ends_in_an_object() {
        assert_eq!(end(Ok(HeaderMap::new()), None), encode(END, b"{}"));
        let mut error = WireError::from(Error::not_found("gone"));
        error.trailers.append("x-a", HeaderValue::from_static("1"));
        error.trailers.append("x-a", HeaderValue::from_static("2"));
        let envelope = end(Err(error), None);
        let object: Value = serde_json::from_slice(&envelope.slice(PREFIX_BYTES..)).unwrap();
        let expected =
            json!({ "error": { "code": "not_found", "message": "gone" }, "metadata": { "x-a": ["1", "2"] } });
        assert_eq!(object, expected);
    }

    #[test]
    fn a_query_holds_a_message() {
        let (codec, message) =
            message_in("connect=v1&encoding=json&message=%7B%22a%22%3A+1%7D", 100).unwrap();
        assert_eq!((codec, message.as_ref()), (Codec::Json, b"{\"a\": 1}".as_slice()));
        let (codec, message) = message_in("encoding=proto&base64=1&message=CgNhYmM", 100).unwrap();
        assert_eq!((codec, message.as_ref()), (Codec::Proto, b"\x0a\x03abc".as_slice()));
        for wrong in [
            "",
            "message=x",
            "encoding=xml&message=x",
            "encoding=json&base64=1&message=*",
            "encoding=json&compression=br",
        ] {
            assert!(message_in(wrong, 100).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_version_one_is_spoken() {
        let version = |value| {
            HeaderMap::from_iter([(
                "connect-protocol-version".parse().unwrap(),
                HeaderValue::from_static(value),
            )])
        };
        assert!(check_version(&version("1")).is_ok());
        assert!(check_version(&HeaderMap::new()).is_ok());
        assert!(check_version(&version("2")).is_err());
    }
}
