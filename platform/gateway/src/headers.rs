//! Which headers go upstream and which come back.

use crate::random;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Concern one connection only (RFC 9110, 7.6.1), or say who the caller is to Micro; none reaches an upstream.
const NEVER_FORWARDED: [HeaderName; 12] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::FORWARDED,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TRAILER,
    header::HOST,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Names that begin like this never reach an upstream either.
const WITHHELD_PREFIXES: [&str; 3] = ["micro-", "x-forwarded-", "x-real-ip"];

/// Whether a header of this name never reaches an upstream.
pub(crate) fn is_withheld(name: &str) -> bool {
    NEVER_FORWARDED.iter().any(|withheld| withheld == name)
        || WITHHELD_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Describe the caller's own HTTP exchange where that is not gRPC.
const NOT_GRPC: [HeaderName; 7] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    HeaderName::from_static("grpc-encoding"),
    HeaderName::from_static("grpc-accept-encoding"),
];

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Whether this content type is gRPC itself, not gRPC-Web or JSON.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    kind.strip_prefix(b"application/grpc")
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// Turns a caller's headers into those an upstream gets: callers' identity, hop-by-hop headers and Micro's own are
/// taken out, a trace context is made where there is none, everything else stays.
pub(crate) fn outgoing(headers: &mut HeaderMap) {
    if !is_grpc(headers) {
        for name in NOT_GRPC {
            headers.remove(name);
        }
        remove_prefixed(headers, &["connect-"]);
        headers.insert(header::CONTENT_TYPE, GRPC);
    }
    // Hop-by-hop headers may name further ones.
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').filter_map(|name| name.trim().parse().ok()))
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in NEVER_FORWARDED {
        headers.remove(name);
    }
    remove_prefixed(headers, &WITHHELD_PREFIXES);
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    trace(headers);
}

/// Turns a caller's headers into those Micro's own API gets, which may know who is calling.
pub(crate) fn inside(headers: &mut HeaderMap) {
    if !is_grpc(headers) {
        for name in NOT_GRPC {
            headers.remove(name);
        }
        headers.insert(header::CONTENT_TYPE, GRPC);
    }
    headers.remove(header::COOKIE);
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    trace(headers);
}

/// What an upstream's response headers or trailers must not carry into the answer.
pub(crate) fn incoming(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
    headers.remove(HeaderName::from_static("keep-alive"));
    headers.remove(HeaderName::from_static("proxy-connection"));
}

fn remove_prefixed(headers: &mut HeaderMap, prefixes: &[&str]) {
    let doomed = |name: &&HeaderName| prefixes.iter().any(|prefix| name.as_str().starts_with(prefix));
    // Nothing is allocated where nothing matches, which is the rule.
    let doomed: Vec<HeaderName> = headers.keys().filter(doomed).cloned().collect();
    for name in doomed {
        headers.remove(name);
    }
}

/// Keeps a valid W3C trace context, replaces a broken or missing one by the root of a new trace.
fn trace(headers: &mut HeaderMap) {
    if trace_id(headers).is_some() {
        return;
    }
    headers.remove(TRACESTATE);
    let (high, low, span) = (random::bits(), random::bits(), random::bits() | 1);
    let value = format!("00-{high:016x}{:016x}-{span:016x}-01", low | 1);
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(TRACEPARENT, value);
    }
}

/// The trace id of a valid `traceparent`: 32 lower-case hex digits.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(TRACEPARENT)?.to_str().ok()?;
    let mut parts = value.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let known = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    let valid = known && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    let zero = trace.bytes().all(|byte| byte == b'0') || span.bytes().all(|byte| byte == b'0');
    (valid && !zero).then_some(trace)
}

/// Makes sure there is a valid trace context and returns its trace id.
pub(crate) fn ensure_trace(headers: &mut HeaderMap) -> String {
    trace(headers);
    trace_id(headers).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn identity_and_hop_by_hop_headers_stay_here() {
        let mut sent = headers(&[
            ("content-type", "application/grpc+proto"),
            ("authorization", "Bearer x"),
            ("cookie", "micro=1"),
            ("proxy-authorization", "x"),
            ("forwarded", "for=1"),
            ("x-forwarded-for", "1"),
            ("x-forwarded-anything", "1"),
            ("x-real-ip", "1"),
            ("micro-service", "greeter"),
            ("micro-anything", "1"),
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("grpc-encoding", "gzip"),
            ("x-tenant", "blue"),
            ("trace-bin", "AAE="),
        ]);
        outgoing(&mut sent);
        let mut names: Vec<&str> = sent.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "grpc-encoding", "te", "trace-bin", "traceparent", "x-tenant"]);
        assert_eq!(sent["content-type"], "application/grpc+proto");
    }

    #[test]
    fn a_json_exchange_becomes_a_grpc_one() {
        let mut sent = headers(&[
            ("content-type", "application/json"),
            ("content-length", "12"),
            ("accept", "*/*"),
            ("connect-timeout-ms", "12"),
            ("x-tenant", "blue"),
        ]);
        outgoing(&mut sent);
        assert_eq!(sent["content-type"], "application/grpc");
        assert!(sent.get("content-length").is_none() && sent.get("connect-timeout-ms").is_none());
        assert_eq!(sent["x-tenant"], "blue");
    }

    #[test]
    fn a_trace_context_is_kept_or_made() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut sent = headers(&[("traceparent", parent), ("tracestate", "a=b")]);
        assert_eq!(ensure_trace(&mut sent), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(sent["tracestate"], "a=b");
        for broken in
            ["", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-zz", &format!("{parent}-x")]
        {
            let mut sent = headers(&[("traceparent", broken), ("tracestate", "a=b")]);
            assert_eq!(ensure_trace(&mut sent).len(), 32, "{broken}");
            assert!(sent.get("tracestate").is_none());
        }
    }
}
