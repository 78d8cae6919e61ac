//! `POST /v1/{service}/{method}`: the short JSON form of every call.

use super::exchange::{Answer, Call, Codec, Next, Source, many, one};
use super::incoming::{Lines, whole};
use super::metadata::{connect_timeout, from_grpc, media_type, text};
use super::status::{Fault, WireError};
use super::{Route, unary};
use crate::{Body, Gateway, transcode};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use http_body_util::StreamBody;
use micro_domain::identity::Principal;
use micro_domain::{Code, Error};
use percent_encoding::percent_decode_str;
use prost_reflect::MessageDescriptor;
use serde_json::json;

/// Where this form lives.
pub(super) const PREFIX: &str = "/v1/";
/// What a body may be called. The last is what curl calls a body whose type it was not told; it is read as JSON all the
/// same, and the edge's cross-site check, not the type, keeps other sites' forms away.
const ACCEPTED: [&str; 5] = [
    "application/json",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-www-form-urlencoded",
];

/// Answers a call of the short form.
pub(super) async fn serve(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
) -> Response<Body> {
    match routed(gateway, request.method(), request.uri().path(), request.headers(), principal).await {
        Err(error) => error.into_response(None),
        Ok(route) => {
            let pool = route.pool();
            call(gateway, request, principal, &route)
                .await
                .unwrap_or_else(|error| error.into_response(Some(&pool)))
        }
    }
}

async fn routed(
    gateway: &Gateway,
    verb: &Method,
    path: &str,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> Result<Route, WireError> {
    let (service, method) = names(path)?;
    if verb != Method::POST {
        let error = format!("{verb} calls nothing; send `POST {path}` with the request as JSON");
        let error = Error::new(Code::Unimplemented, error);
        return Err(WireError::with_http(error, StatusCode::METHOD_NOT_ALLOWED));
    }
    let (version, instance) = (text(headers, "micro-version"), text(headers, "micro-instance"));
    Ok(Route::Service(gateway.route_named(principal, &service, &method, version, instance).await?))
}

/// The service and the method a path names: `/v1/greeter/SayHello`, `/v1/greeter/greet.v1.Greeter.SayHello` or
/// `/v1/greeter/greet.v1.Greeter/SayHello`.
fn names(path: &str) -> Result<(String, String), Error> {
    let unknown = || {
        Error::not_found(format!(
            "there is nothing at `{path}`; call a method with `POST /v1/{{service}}/{{method}}`"
        ))
    };
    let rest = path.strip_prefix(PREFIX).ok_or_else(unknown)?;
    let decoded: Result<Vec<String>, Error> = rest
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8().map(String::from).map_err(|_| unknown()))
        .collect();
    match decoded?.as_slice() {
        [service, method] if !service.is_empty() && !method.is_empty() => {
            Ok((service.clone(), method.clone()))
        }
        [service, grpc_service, method]
            if [service, grpc_service, method].iter().all(|part| !part.is_empty()) =>
        {
            Ok((service.clone(), format!("{grpc_service}/{method}")))
        }
        _ => Err(unknown()),
    }
}

async fn call(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
    route: &Route,
) -> Result<Response<Body>, WireError> {
    let (parts, body) = request.into_parts();
    check_media_type(&parts.headers, &body)?;
    let deadline = route.deadline(connect_timeout(&parts.headers)?);
    let form = Form::wanted(&parts.headers);
    let call = Call { gateway, route, principal, headers: parts.headers, deadline };
    match (route.client_streaming(), route.server_streaming()) {
        (false, false) => unary::serve(call, body, Codec::Json).await,
        (false, true) => {
            let message = whole(&call.headers, body, gateway.message_max_bytes()).await?;
            let message = transcode::json_to_wire(&route.input(), &message)?;
            stream(call.send(one(&message), Fault::default()).await?, route.output(), form).await
        }
        (true, streaming) => {
            let lines = Lines::new(&call.headers, body, gateway.message_max_bytes())?;
            let fault = Fault::default();
            let body = many(Messages { lines, input: route.input(), sent: 0 }, fault.clone());
            let answer = call.send(body, fault).await?;
            if streaming {
                stream(answer, route.output(), form).await
            } else {
                single(answer, &route.output()).await
            }
        }
    }
}

fn check_media_type(headers: &HeaderMap, body: &Body) -> Result<(), WireError> {
    let sent = media_type(headers);
    if ACCEPTED.contains(&sent.as_str()) || (sent.is_empty() && body.is_end_stream()) {
        return Ok(());
    }
    let what = if sent.is_empty() { "a body without a content type".to_owned() } else { format!("`{sent}`") };
    let error = format!(
        "{what} is not understood here; send JSON with `Content-Type: application/json`, or for a stream one JSON \
         object per line with `Content-Type: application/x-ndjson`"
    );
    Err(WireError::with_http(Error::new(Code::InvalidArgument, error), StatusCode::UNSUPPORTED_MEDIA_TYPE))
}

/// A caller's JSON lines as messages.
struct Messages {
    lines: Lines,
    input: MessageDescriptor,
    sent: u64,
}

impl Source for Messages {
    async fn next(&mut self) -> Result<Option<Bytes>, WireError> {
        let Some((number, line)) = self.lines.next().await? else { return Ok(None) };
        match transcode::json_to_wire(&self.input, &line) {
            Ok(message) => {
                self.sent += 1;
                Ok(Some(message))
            }
            Err(mut error) => {
                let before = self.sent;
                error.message =
                    format!("line {number} of the body, after {before} messages sent: {}", error.message);
                Err(error.into())
            }
        }
    }
}

/// The answer of a call that only the caller streams.
async fn single(mut answer: Answer, output: &MessageDescriptor) -> Result<Response<Body>, WireError> {
    unary::answered(answer.only().await, answer.headers, output, Codec::Json)
}

/// How a streaming answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Lines,
    Events,
}

impl Form {
    /// Server-sent events where the caller accepts them, else JSON lines.
    fn wanted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let events = accepted.flat_map(|value| value.split(',')).any(|kind| {
            kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
        });
        if events { Self::Events } else { Self::Lines }
    }

    const fn media_type(self) -> HeaderValue {
        match self {
            Self::Lines => HeaderValue::from_static("application/x-ndjson"),
            Self::Events => HeaderValue::from_static("text/event-stream"),
        }
    }

    fn message(self, message: &str) -> Bytes {
        let (before, after) = match self {
            Self::Lines => ("", "\n"),
            Self::Events => ("data: ", "\n\n"),
        };
        let mut written = BytesMut::with_capacity(before.len() + message.len() + after.len());
        [before, message, after].iter().for_each(|part| written.put_slice(part.as_bytes()));
        written.freeze()
    }

    fn error(self, error: &WireError, output: &MessageDescriptor) -> Bytes {
        let error = error.to_json(Some(output.parent_pool()));
        match self {
            Self::Lines => format!("{}\n", json!({ "error": error })).into(),
            Self::Events => format!("event: error\ndata: {error}\n\n").into(),
        }
    }
}

/// The answer of a call that streams: its beginning waits for the first message, so that a call that fails before it
/// fails with an HTTP status.
async fn stream(
    mut answer: Answer,
    output: MessageDescriptor,
    form: Form,
) -> Result<Response<Body>, WireError> {
    let first = match answer.next().await {
        Next::End(Err(mut error)) => {
            error.headers = answer.headers;
            return Err(error);
        }
        Next::Message(message) => Some(transcode::wire_to_json(&output, message)?),
        Next::End(Ok(_)) => None,
    };
    let mut headers = from_grpc(std::mem::take(&mut answer.headers));
    headers.insert(header::CONTENT_TYPE, form.media_type());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold messages back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    let body = match first {
        None => Body::empty(),
        Some(first) => Body::new(StreamBody::new(chunks(answer, form.message(&first), output, form))),
    };
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    Ok(response)
}

type Chunk = Result<http_body::Frame<Bytes>, tonic::Status>;

fn chunks(
    answer: Answer,
    first: Bytes,
    output: MessageDescriptor,
    form: Form,
) -> impl futures::Stream<Item = Chunk> + Send {
    let state = Some((answer, output, Some(first)));
    futures::stream::unfold(state, move |state| async move {
        let (mut answer, output, first) = state?;
        let (written, ended) = match first {
            Some(first) => (first, false),
            None => match answer.next().await {
                Next::Message(message) => match transcode::wire_to_json(&output, message) {
                    Ok(message) => (form.message(&message), false),
                    Err(error) => (form.error(&error.into(), &output), true),
                },
                Next::End(Ok(_)) => return None,
                Next::End(Err(error)) => (form.error(&error, &output), true),
            },
        };
        Some((Ok(http_body::Frame::data(written)), (!ended).then_some((answer, output, None))))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn paths_name_methods_short_or_in_full() {
        let name = |path| names(path).map(|(service, method)| format!("{service} {method}"));
        assert_eq!(name("/v1/greeter/SayHello").unwrap(), "greeter SayHello");
        assert_eq!(
            name("/v1/greeter/greet.v1.Greeter.SayHello").unwrap(),
            "greeter greet.v1.Greeter.SayHello"
        );
        assert_eq!(
            name("/v1/greeter/greet.v1.Greeter/SayHello").unwrap(),
            "greeter greet.v1.Greeter/SayHello"
        );
        assert_eq!(
            name("/v1/greeter/greet.v1.Greeter%2FSayHello").unwrap(),
            "greeter greet.v1.Greeter/SayHello"
        );
        for wrong in ["/v1/", "/v1/greeter", "/v1/greeter/", "/v1//SayHello", "/v1/a/b/c/d", "/v1/a/%ff"] {
            assert_eq!(name(wrong).unwrap_err().code, Code::NotFound, "{wrong}");
        }
    }

    #[test]
    fn a_caller_that_accepts_events_gets_them() {
        let wanted = |accept| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            Form::wanted(&headers)
        };
        assert_eq!(wanted("application/json, Text/Event-Stream;q=0.9"), Form::Events);
        assert_eq!(wanted("*/*"), Form::Lines);
        assert_eq!(Form::wanted(&HeaderMap::new()), Form::Lines);
        assert_eq!(Form::Events.message("{}"), "data: {}\n\n");
        assert_eq!(Form::Lines.message("{}"), "{}\n");
    }

    #[test]
    fn other_bodies_are_refused_saying_what_to_send() {
        let sent = |kind: &'static str| {
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))])
        };
        let full = || Body::new(http_body_util::Full::from("{}"));
        assert!(check_media_type(&sent("application/json; charset=utf-8"), &full()).is_ok());
        assert!(check_media_type(&HeaderMap::new(), &Body::empty()).is_ok());
        for refused in
            [check_media_type(&sent("text/plain"), &full()), check_media_type(&HeaderMap::new(), &full())]
        {
            let error = refused.unwrap_err();
            assert_eq!(error.http, Some(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            assert!(error.error.message.contains("Content-Type: application/json"));
        }
    }
}
