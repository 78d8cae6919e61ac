//! One message in, one message out, as plain HTTP bodies: what Connect and `/v1` share.

use super::exchange::{Call, Codec, one};
use super::incoming::whole;
use super::metadata::{add_trailers, from_grpc};
use super::status::{Fault, WireError};
use crate::Body;
use bytes::Bytes;
use http::{HeaderMap, Response, header};
use http_body_util::Full;
use micro_domain::{Code, Error};
use prost_reflect::MessageDescriptor;

/// Makes the call with the message in `body`.
pub(crate) async fn serve(call: Call<'_>, body: Body, codec: Codec) -> Result<Response<Body>, WireError> {
    let reading = whole(&call.headers, body, call.gateway.message_max_bytes());
    let message = match call.deadline.at() {
        Some(at) => tokio::time::timeout_at(at, reading).await.map_err(|_| too_slow())?,
        None => reading.await,
    }?;
    with_message(call, codec, message).await
}

fn too_slow() -> Error {
    Error::new(
        Code::DeadlineExceeded,
        "the deadline passed before the request arrived whole; send it faster or ask for longer",
    )
}

/// Makes the call with `message`, as `codec` writes it.
pub(crate) async fn with_message(
    call: Call<'_>,
    codec: Codec,
    message: Bytes,
) -> Result<Response<Body>, WireError> {
    let message = codec.read(&call.route.input(), message)?;
    let output = call.route.output();
    let mut answer = call.send(one(&message), Fault::default()).await?;
    answered(answer.only().await, answer.headers, &output, codec)
}

/// The answer with one message, or how the call failed, and in both cases the headers that came before.
pub(crate) fn answered(
    only: Result<(Bytes, HeaderMap), WireError>,
    headers: HeaderMap,
    output: &MessageDescriptor,
    codec: Codec,
) -> Result<Response<Body>, WireError> {
    let (message, trailers) = match only {
        Ok(only) => only,
        Err(mut error) => {
            error.headers = headers;
            return Err(error);
        }
    };
    let mut response = Response::new(Body::new(Full::new(codec.write(output, message)?)));
    let mut headers = from_grpc(headers);
    add_trailers(&mut headers, &trailers);
    headers.insert(header::CONTENT_TYPE, codec.media_type());
    *response.headers_mut() = headers;
    Ok(response)
}
