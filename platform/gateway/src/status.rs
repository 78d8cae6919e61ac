//! gRPC statuses in headers and trailers.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use micro_domain::{Code, Error};

/// Base64 as gRPC metadata has it: peers may pad or not.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A status as a service sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireStatus {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// A serialized `google.rpc.Status`, or nothing.
    pub(crate) details: Bytes,
}

/// Reads the status out of trailers (or the headers of an answer that has nothing else); none where there is none.
/// Never fails: an undecodable message is read leniently, undecodable details are dropped.
pub(crate) fn read(headers: &HeaderMap) -> Option<WireStatus> {
    let number = headers.get("grpc-status")?.to_str().ok().and_then(|text| text.parse().ok());
    let code = number.map_or(Code::Unknown, Code::from_number);
    let message = headers.get("grpc-message").map_or_else(String::new, |value| {
        percent_encoding::percent_decode(value.as_bytes()).decode_utf8_lossy().into_owned()
    });
    let details =
        headers.get("grpc-status-details-bin").and_then(|value| BASE64.decode(value.as_bytes()).ok());
    Some(WireStatus { code, message, details: details.unwrap_or_default().into() })
}

/// Base64 of a `-bin` header, padded or not.
pub(crate) fn decode(value: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(value).ok()
}

/// The trailers that tell a gRPC caller of `error`.
pub(crate) fn trailers(error: &Error) -> HeaderMap {
    let status = micro_proto::error::to_status(error);
    let mut trailers = HeaderMap::with_capacity(3);
    if status.add_header(&mut trailers).is_err() {
        trailers.insert("grpc-status", http::HeaderValue::from(error.code.number()));
    }
    trailers
}

/// What an answer that is not gRPC at all means
/// (<https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>).
pub(crate) fn of_http(status: StatusCode) -> Code {
    match status.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502..=504 => Code::Unavailable,
        _ => Code::Unknown,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn reads_what_services_send_and_survives_what_they_should_not() {
        let mut headers = HeaderMap::new();
        assert_eq!(read(&headers), None);
        headers.insert("grpc-status", "5".parse().unwrap());
        headers.insert("grpc-message", "nothing%20here %e2%98%83".parse().unwrap());
        headers.insert("grpc-status-details-bin", "CAU".parse().unwrap());
        let status = read(&headers).unwrap();
        assert_eq!((status.code, status.message.as_str()), (Code::NotFound, "nothing here ☃"));
        assert_eq!(&status.details[..], [8, 5]);
        headers.insert("grpc-status-details-bin", "!!".parse().unwrap());
        headers.insert("grpc-status", "many".parse().unwrap());
        let status = read(&headers).unwrap();
        assert!(status.details.is_empty());
        assert_eq!(status.code, Code::Unknown);
    }

    #[test]
    fn an_error_is_told_in_trailers() {
        let told = trailers(&Error::not_found("no ☃"));
        assert_eq!(read(&told).unwrap().message, "no ☃");
    }
}
