//! How a call failed, on its way from one wire form to another: gRPC trailers in, gRPC trailers or Connect JSON out.
//! An upstream's code, message and details pass exactly as they came.

use super::metadata::{add_trailers, from_grpc};
use crate::Body;
use crate::status::BASE64;
use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::Full;
use micro_domain::{Code, Error};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Value, json};
use std::ops::{Deref, DerefMut};
use std::sync::{LazyLock, OnceLock};

/// The trailer that holds the code.
pub(crate) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
/// The trailer that holds the message, percent-encoded.
pub(crate) const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
/// The trailer that holds a serialized `google.rpc.Status`, in base64.
pub(crate) const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// What `grpc-message` escapes: everything but printable ASCII, and the percent sign itself.
const MESSAGE_ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

/// A failed call. Boxed, because results of calls are mostly successes.
#[derive(Debug, Clone)]
pub(crate) struct WireError(Box<Told>);

/// What is told of a failed call.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Code and message.
    pub(crate) error: Error,
    /// A serialized `google.rpc.Status` with the details; empty when there are none.
    pub(crate) details: Bytes,
    /// The response headers that came before it.
    pub(crate) headers: HeaderMap,
    /// The trailers that came with it.
    pub(crate) trailers: HeaderMap,
    /// The HTTP status where the code's usual one says too little: 405, 413, 415.
    pub(crate) http: Option<StatusCode>,
}

impl Deref for WireError {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl DerefMut for WireError {
    fn deref_mut(&mut self) -> &mut Told {
        &mut self.0
    }
}

impl WireError {
    fn new(error: Error, details: Bytes, trailers: HeaderMap) -> Self {
        Self(Box::new(Told { error, details, headers: HeaderMap::new(), trailers, http: None }))
    }

    /// The error, answered with another HTTP status than its code's.
    pub(crate) fn with_http(error: Error, status: StatusCode) -> Self {
        let mut told = Self::from(error);
        told.http = Some(status);
        told
    }

    /// What trailers say: the remaining trailers when the call succeeded, else how it failed.
    ///
    /// # Errors
    /// When the status is anything but OK, or missing.
    pub(crate) fn read(mut trailers: HeaderMap) -> Result<HeaderMap, Self> {
        let Some(status) = crate::status::read(&trailers) else {
            let error = Error::new(Code::Unknown, "the service ended its answer without a status");
            return Err(Self::new(error, Bytes::new(), trailers));
        };
        for name in [GRPC_STATUS, GRPC_MESSAGE, GRPC_DETAILS] {
            trailers.remove(name);
        }
        if status.code == Code::Ok {
            return Ok(trailers);
        }
        let error = Error::new(status.code, status.message);
        Err(Self::new(error, status.details, trailers))
    }

    /// The trailers that say so in gRPC.
    pub(crate) fn into_trailers(self) -> HeaderMap {
        let Told { error, details, mut trailers, .. } = *self.0;
        trailers.insert(GRPC_STATUS, HeaderValue::from(error.code.number()));
        if !error.message.is_empty() {
            let message = percent_encode(error.message.as_bytes(), MESSAGE_ESCAPED).to_string();
            insert_text(&mut trailers, GRPC_MESSAGE, message);
        }
        if !details.is_empty() {
            insert_text(&mut trailers, GRPC_DETAILS, BASE64.encode(&details));
        }
        trailers
    }

    /// The whole answer, in gRPC's form for one that has no messages.
    pub(crate) fn into_grpc(self, content_type: HeaderValue) -> http::Response<Body> {
        let mut response = http::Response::new(Body::empty());
        *response.headers_mut() = self.into_trailers();
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response
    }

    /// The HTTP status of an answer that fails so.
    pub(crate) fn http_status(&self) -> StatusCode {
        let usual = || {
            StatusCode::from_u16(self.error.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        };
        self.http.unwrap_or_else(usual)
    }

    /// The whole answer of a call that is not a stream, in Connect's form.
    pub(crate) fn into_response(self, pool: Option<&DescriptorPool>) -> http::Response<Body> {
        let (status, body) = (self.http_status(), self.to_json(pool).to_string());
        let mut response = http::Response::new(Body::new(Full::from(body)));
        *response.status_mut() = status;
        let Told { headers, trailers, .. } = *self.0;
        let mut headers = from_grpc(headers);
        add_trailers(&mut headers, &trailers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let named = match status {
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, "POST")),
            _ => None,
        };
        if let Some((name, value)) = named {
            headers.insert(name, HeaderValue::from_static(value));
        }
        *response.headers_mut() = headers;
        response
    }

    /// Connect's error object; details are decoded for people where `pool` or Micro knows their type.
    pub(crate) fn to_json(&self, pool: Option<&DescriptorPool>) -> Value {
        let mut body = json!({ "code": self.error.code.connect_name() });
        let Some(object) = body.as_object_mut() else { return body };
        if !self.error.message.is_empty() {
            object.insert("message".into(), self.error.message.clone().into());
        }
        let details = self.detail_values(pool);
        if !details.is_empty() {
            object.insert("details".into(), details.into());
        }
        body
    }

    fn detail_values(&self, pool: Option<&DescriptorPool>) -> Vec<Value> {
        if self.details.is_empty() {
            return Vec::new();
        }
        let Ok(status) = tonic_types::pb::Status::decode(self.details.clone()) else { return Vec::new() };
        status.details.iter().map(|any| detail(&any.type_url, &any.value, pool)).collect()
    }
}

fn detail(type_url: &str, value: &[u8], pool: Option<&DescriptorPool>) -> Value {
    let name = type_url.rsplit('/').next().unwrap_or(type_url);
    let mut detail = json!({ "type": name, "value": BASE64.encode(value) });
    let pools = [pool, Some(error_details())];
    let descriptor = pools.into_iter().flatten().find_map(|pool| pool.get_message_by_name(name));
    let decoded = descriptor.and_then(|descriptor| DynamicMessage::decode(descriptor, value).ok());
    if let (Some(object), Some(Ok(debug))) = (detail.as_object_mut(), decoded.map(serde_json::to_value)) {
        object.insert("debug".into(), debug);
    }
    detail
}

/// The types of `google/rpc/error_details.proto`, which services use without describing them.
fn error_details() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        let mut pool = DescriptorPool::global();
        // The set names its imports; the pool above holds the well-known ones. A broken set only costs readability.
        let _ = pool.decode_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET);
        pool
    });
    &POOL
}

fn insert_text(headers: &mut HeaderMap, name: HeaderName, text: String) {
    // Both encodings give printable ASCII only, so this cannot fail.
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}

impl From<Error> for WireError {
    fn from(error: Error) -> Self {
        let details = if error.violations.is_empty() {
            Bytes::new()
        } else {
            Bytes::copy_from_slice(micro_proto::error::to_status(&error).details())
        };
        Self::new(error, details, HeaderMap::new())
    }
}

impl From<tonic::Status> for WireError {
    fn from(status: tonic::Status) -> Self {
        let error = Error::new(Code::from_number(status.code() as i32), status.message());
        let details = Bytes::copy_from_slice(status.details());
        Self::new(error, details, status.metadata().clone().into_headers())
    }
}

/// What went wrong with the caller's own side of a call while the upstream was already being called. It outranks what
/// the upstream makes of a request that broke off.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fault(std::sync::Arc<OnceLock<WireError>>);

impl Fault {
    /// Records the first fault.
    pub(crate) fn set(&self, error: WireError) {
        let _ = self.0.set(error);
    }

    /// The fault, if there was one, else `other`.
    pub(crate) fn or(&self, other: impl Into<WireError>) -> WireError {
        self.0.get().cloned().unwrap_or_else(|| other.into())
    }

    /// The fault, if there was one, else `ended`: a service may take a request that broke off for one that was complete,
    /// and answer OK.
    pub(crate) fn outranks<T>(&self, ended: Result<T, WireError>) -> Result<T, WireError> {
        self.0.get().map_or(ended, |fault| Err(fault.clone()))
    }
}

/// Records why a request breaks off, and gives the error that breaks it off.
pub(crate) fn broken_off(fault: &Fault, error: WireError) -> tonic::Status {
    let status = micro_proto::error::to_status(&error.error);
    fault.set(error);
    status
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_failure_passes_through_trailers_exactly() {
        let error = Error::invalid("größer als 100 %\nand a line").with_violation("a.b", "expected a number");
        let sent = WireError::from(error.clone());
        let back = WireError::read(sent.clone().into_trailers()).unwrap_err();
        assert_eq!((back.error.code, &back.error.message), (error.code, &error.message));
        assert_eq!(back.details, sent.details);
        assert!(back.trailers.is_empty());
    }

    #[test]
    fn success_keeps_the_other_trailers() {
        let mut trailers = HeaderMap::new();
        trailers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
        trailers.insert("x-count", HeaderValue::from_static("3"));
        let rest = WireError::read(trailers).unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest.get("x-count").unwrap(), "3");
    }

    #[test]
    fn hostile_trailers_are_read_as_far_as_they_make_sense() {
        let mut trailers = HeaderMap::new();
        assert_eq!(WireError::read(trailers.clone()).unwrap_err().error.code, Code::Unknown);
        trailers.insert(GRPC_STATUS, HeaderValue::from_static("ninety"));
        trailers.insert(GRPC_MESSAGE, HeaderValue::from_static("%ff%zz"));
        trailers.insert(GRPC_DETAILS, HeaderValue::from_static("!not base64!"));
        let failure = WireError::read(trailers).unwrap_err();
        assert_eq!(failure.error.code, Code::Unknown);
        assert!(failure.details.is_empty());
        assert!(failure.error.message.ends_with("%zz"));
    }

    #[test]
    fn the_connect_body_names_code_message_and_details() {
        let error =
            Error::invalid("the request is wrong").with_violation("address.city", "expected a string");
        let body = WireError::from(error).to_json(None);
        assert_eq!(body["code"], "invalid_argument");
        assert_eq!(body["message"], "the request is wrong");
        let detail = &body["details"][0];
        assert_eq!(detail["type"], "google.rpc.BadRequest");
        assert!(!detail["value"].as_str().unwrap().ends_with('='));
        assert_eq!(detail["debug"]["fieldViolations"][0]["field"], "address.city");
        let plain = WireError::from(Error::new(Code::Cancelled, "")).to_json(None);
        assert_eq!(plain, json!({ "code": "canceled" }));
    }

    #[test]
    fn the_first_fault_outranks_what_follows() {
        let fault = Fault::default();
        assert_eq!(fault.or(Error::internal("upstream")).error.message, "upstream");
        fault.set(WireError::from(Error::invalid("line 2")));
        fault.set(WireError::from(Error::invalid("line 3")));
        assert_eq!(fault.or(Error::internal("upstream")).error.message, "line 2");
        assert_eq!(fault.outranks(Ok(())).unwrap_err().error.message, "line 2");
    }
}
