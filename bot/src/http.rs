//! What both platforms' HTTP shares: the body of a request, bounded, its headers, and how connections are made.

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

/// The text of a header that is there once. Of one that comes twice nobody knows which is meant: a proxy on the way may
/// have checked the other.
pub(crate) fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let only = values.next().filter(|_| values.next().is_none());
    only.and_then(|value| value.to_str().ok())
}

/// Makes connections to a platform, or to what stands in for it.
pub(crate) fn connector(platform: Platform) -> Result<HttpsConnector<HttpConnector>, Error> {
    let connector = HttpsConnectorBuilder::new().with_native_roots().map_err(|error| {
        Error::configuration(platform, &format!("this machine's CA certificates cannot be read: {error}"))
    })?;
    Ok(connector.https_or_http().enable_all_versions().build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_header_that_comes_twice_says_nothing() {
        let mut headers = HeaderMap::new();
        assert_eq!(single(&headers, "x-signature"), None);
        headers.append("x-signature", HeaderValue::from_static("a"));
        headers.append("x-other", HeaderValue::from_static("b"));
        assert_eq!(single(&headers, "X-Signature"), Some("a"));
        headers.append("x-signature", HeaderValue::from_static("a"));
        assert_eq!(single(&headers, "x-signature"), None);
        assert_eq!(single(&headers, "x-other"), Some("b"));
    }
}
