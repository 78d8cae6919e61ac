//! What both platforms' HTTP shares: the body of a request, bounded, and how connections are made.

use crate::Error;
use axum::body::{Body, Bytes};
use http::{HeaderMap, StatusCode, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use micro_domain::chat::Platform;
use std::time::Duration;

/// Largest body, in bytes.
pub(crate) const BODY_MAX_BYTES: usize = 1024 * 1024;
/// How long a body may take to come.
const BODY_WITHIN: Duration = Duration::from_secs(5);

/// The body, unless it is too large or too slow; one that says that it is too large is not read at all.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, StatusCode> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|bytes| bytes > BODY_MAX_BYTES as u64) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let read = tokio::time::timeout(BODY_WITHIN, axum::body::to_bytes(body, BODY_MAX_BYTES)).await;
    read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

/// Makes connections to a platform, or to what stands in for it.
pub(crate) fn connector(platform: Platform) -> Result<HttpsConnector<HttpConnector>, Error> {
    let connector = HttpsConnectorBuilder::new().with_native_roots().map_err(|error| {
        Error::configuration(platform, &format!("this machine's CA certificates cannot be read: {error}"))
    })?;
    Ok(connector.https_or_http().enable_all_versions().build())
}
