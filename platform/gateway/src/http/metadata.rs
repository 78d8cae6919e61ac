//! Which HTTP headers are metadata of a call, and which belong to HTTP, the browser or the protocol alone.

use crate::deadline::from_grpc_timeout;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use micro_domain::Error;
use std::time::Duration;

/// The caller's deadline in Connect and on `/v1`, in milliseconds.
pub(crate) const CONNECT_TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");
/// Before the names of trailers that travel as headers.
const TRAILER_PREFIX: &str = "trailer-";
/// Digits of a `Connect-Timeout-Ms`, by Connect's specification.
const TIMEOUT_DIGITS_MAX: usize = 10;

/// Request headers that are about the HTTP exchange or the browser, not about the call; sorted.
const REQUEST_HTTP: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "dnt",
    "expect",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-timeout",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "keep-alive",
    "last-event-id",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "proxy-connection",
    "range",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "via",
];

/// Response metadata that a browser would take for an instruction from Micro itself, or that describes a body this
/// answer does not have; sorted.
const RESPONSE_HTTP: &[&str] = &[
    "alt-svc",
    "clear-site-data",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "keep-alive",
    "location",
    "nel",
    "proxy-connection",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie",
    "sourcemap",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

fn is_request_http(name: &str) -> bool {
    REQUEST_HTTP.binary_search(&name).is_ok()
        || ["sec-", "connect-", "x-grpc-web"].iter().any(|prefix| name.starts_with(prefix))
}

fn is_response_http(name: &str) -> bool {
    RESPONSE_HTTP.binary_search(&name).is_ok()
        || ["grpc-", "access-control-", "cross-origin-"].iter().any(|prefix| name.starts_with(prefix))
}

/// The headers of the gRPC request that carries a call made over another protocol: the caller's metadata and what gRPC
/// demands. What identifies the caller is taken out where the request is forwarded, whatever the protocol.
pub(crate) fn to_grpc(mut headers: HeaderMap) -> HeaderMap {
    let unwanted: Vec<HeaderName> =
        headers.keys().filter(|name| is_request_http(name.as_str())).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    headers
}

/// The upstream's response metadata, as headers of an HTTP answer.
pub(crate) fn from_grpc(mut headers: HeaderMap) -> HeaderMap {
    let unwanted: Vec<HeaderName> =
        headers.keys().filter(|name| is_response_http(name.as_str())).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
    headers
}

/// Adds trailers to an HTTP answer that can only have headers: each with `trailer-` before its name.
pub(crate) fn add_trailers(headers: &mut HeaderMap, trailers: &HeaderMap) {
    for (name, value) in trailers {
        if is_response_http(name.as_str()) {
            continue;
        }
        if let Ok(name) = HeaderName::try_from(format!("{TRAILER_PREFIX}{name}")) {
            headers.append(name, value.clone());
        }
    }
}

/// The deadline asked for by `Connect-Timeout-Ms`.
///
/// # Errors
/// INVALID_ARGUMENT when it is not a whole number of milliseconds of at most 10 digits.
pub(crate) fn connect_timeout(headers: &HeaderMap) -> Result<Option<Duration>, Error> {
    let Some(value) = headers.get(CONNECT_TIMEOUT) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let well_formed =
        (1..=TIMEOUT_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(ms) if well_formed => Ok(Some(Duration::from_millis(ms))),
        _ => Err(Error::invalid(
            "`Connect-Timeout-Ms` is not a deadline; give whole milliseconds in at most 10 digits, such as 5000",
        )),
    }
}

/// The deadline asked for by `grpc-timeout`.
///
/// # Errors
/// INVALID_ARGUMENT when it is not gRPC's form of a duration.
pub(crate) fn grpc_timeout(headers: &HeaderMap) -> Result<Option<Duration>, Error> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(None) };
    match value.to_str().ok().and_then(from_grpc_timeout) {
        Some(timeout) => Ok(Some(timeout)),
        None => Err(Error::invalid(
            "`grpc-timeout` is not a deadline; give at most 8 digits and a unit (H, M, S, m, u or n), such as 5S",
        )),
    }
}

/// The media type of `Content-Type` in lower case, without parameters; empty when there is none.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A header's text; none when it is absent, empty or not text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn the_tables_are_sorted() {
        assert!(REQUEST_HTTP.is_sorted());
        assert!(RESPONSE_HTTP.is_sorted());
    }

    #[test]
    fn metadata_passes_and_http_stays() {
        let sent = headers(&[
            ("x-tenant", "a"),
            ("trace-bin", "AAEC"),
            ("traceparent", "00-1-2-01"),
            ("content-length", "3"),
            ("origin", "https://example.com"),
            ("sec-fetch-site", "same-origin"),
            ("connect-protocol-version", "1"),
            ("accept-encoding", "gzip"),
        ]);
        let grpc = to_grpc(sent);
        let mut names: Vec<&str> = grpc.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "te", "trace-bin", "traceparent", "x-tenant"]);
        assert_eq!(grpc.get("content-type").unwrap(), "application/grpc");
    }

    #[test]
    fn a_service_cannot_instruct_the_browser() {
        let answered = headers(&[
            ("x-count", "3"),
            ("set-cookie", "micro=stolen"),
            ("access-control-allow-origin", "*"),
        ]);
        let mut kept = from_grpc(answered.clone());
        assert_eq!(kept, headers(&[("x-count", "3")]));
        add_trailers(&mut kept, &answered);
        assert_eq!(kept, headers(&[("x-count", "3"), ("trailer-x-count", "3")]));
    }

    #[test]
    fn deadlines_are_read_strictly() {
        let read = |value| connect_timeout(&headers(&[("connect-timeout-ms", value)]));
        assert_eq!(read("1500").unwrap(), Some(Duration::from_millis(1500)));
        assert_eq!(connect_timeout(&HeaderMap::new()).unwrap(), None);
        for wrong in ["", "-1", "1.5", "+5", "5s", "12345678901"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(grpc_timeout(&headers(&[("grpc-timeout", "5 s")])).is_err());
    }

    #[test]
    fn the_media_type_has_no_parameters() {
        assert_eq!(
            media_type(&headers(&[("content-type", "Application/JSON; charset=utf-8")])),
            "application/json"
        );
    }
}
