//! gRPC as it is: frames pass through undecoded, errors are answers without messages.

use super::metadata::grpc_timeout;
use super::status::WireError;
use crate::{Body, Gateway};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::Full;
use micro_domain::identity::Principal;

/// Answers a gRPC call.
pub(super) async fn serve(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
) -> Response<Body> {
    if request.version() < Version::HTTP_2 {
        return needs_http2();
    }
    match call(gateway, request, principal).await {
        Ok(response) => response,
        Err(error) => error.into_grpc(HeaderValue::from_static("application/grpc")),
    }
}

async fn call(
    gateway: &Gateway,
    request: Request<Body>,
    principal: Option<&Principal>,
) -> Result<Response<Body>, WireError> {
    let timeout = grpc_timeout(request.headers())?;
    let route = gateway.open(request.uri().path(), request.headers(), principal).await?;
    // Bounds, trailers and what ends a stream early are the business of forwarding: there is nothing to wrap here.
    Ok(gateway.send(&route, principal, request, route.deadline(timeout)).await?)
}

fn needs_http2() -> Response<Body> {
    let reason =
        "gRPC needs HTTP/2; over HTTP/1.1 call with gRPC-Web, Connect or POST /v1/{service}/{method}\n";
    let mut response = Response::new(Body::new(Full::from(reason)));
    *response.status_mut() = StatusCode::HTTP_VERSION_NOT_SUPPORTED;
    response
}
