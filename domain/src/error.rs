//! The one error every surface shows: a gRPC code, one clear message, and which fields were wrong.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A gRPC status code (<https://grpc.io/docs/guides/status-codes/>), named as Connect names it on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 0
    Ok,
    /// 1; Connect spells it with one `l`.
    #[serde(rename = "canceled")]
    Cancelled,
    /// 2
    Unknown,
    /// 3
    InvalidArgument,
    /// 4
    DeadlineExceeded,
    /// 5
    NotFound,
    /// 6
    AlreadyExists,
    /// 7
    PermissionDenied,
    /// 8
    ResourceExhausted,
    /// 9
    FailedPrecondition,
    /// 10
    Aborted,
    /// 11
    OutOfRange,
    /// 12
    Unimplemented,
    /// 13
    Internal,
    /// 14
    Unavailable,
    /// 15
    DataLoss,
    /// 16
    Unauthenticated,
}

/// Code, gRPC's upper-case name, Connect's name, Connect's HTTP status (<https://connectrpc.com/docs/protocol/#error-codes>).
const CODES: [(Code, &str, &str, u16); 17] = [
    (Code::Ok, "OK", "ok", 200),
    (Code::Cancelled, "CANCELLED", "canceled", 499),
    (Code::Unknown, "UNKNOWN", "unknown", 500),
    (Code::InvalidArgument, "INVALID_ARGUMENT", "invalid_argument", 400),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "deadline_exceeded", 504),
    (Code::NotFound, "NOT_FOUND", "not_found", 404),
    (Code::AlreadyExists, "ALREADY_EXISTS", "already_exists", 409),
    (Code::PermissionDenied, "PERMISSION_DENIED", "permission_denied", 403),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED", "resource_exhausted", 429),
    (Code::FailedPrecondition, "FAILED_PRECONDITION", "failed_precondition", 400),
    (Code::Aborted, "ABORTED", "aborted", 409),
    (Code::OutOfRange, "OUT_OF_RANGE", "out_of_range", 400),
    (Code::Unimplemented, "UNIMPLEMENTED", "unimplemented", 501),
    (Code::Internal, "INTERNAL", "internal", 500),
    (Code::Unavailable, "UNAVAILABLE", "unavailable", 503),
    (Code::DataLoss, "DATA_LOSS", "data_loss", 500),
    (Code::Unauthenticated, "UNAUTHENTICATED", "unauthenticated", 401),
];

impl Code {
    /// The code with this number; numbers gRPC does not define read as [`Code::Unknown`].
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        usize::try_from(number).ok().and_then(|index| CODES.get(index)).map_or(Self::Unknown, |row| row.0)
    }

    /// The number gRPC puts in `grpc-status`.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// gRPC's name, such as `NOT_FOUND`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        CODES[self as usize].1
    }

    /// Connect's name, such as `not_found`.
    #[must_use]
    pub const fn connect_name(self) -> &'static str {
        CODES[self as usize].2
    }

    /// The HTTP status Connect answers with.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        CODES[self as usize].3
    }

    /// One short sentence for people who do not know gRPC's codes.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "The call succeeded.",
            Self::Cancelled => "The call was cancelled by its caller.",
            Self::Unknown => "The service failed without saying why.",
            Self::InvalidArgument => "The request is wrong, whatever state the service is in.",
            Self::DeadlineExceeded => "The deadline passed before the answer came.",
            Self::NotFound => "What was asked for does not exist.",
            Self::AlreadyExists => "What was to be created exists already.",
            Self::PermissionDenied => "The caller may not do this.",
            Self::ResourceExhausted => "A quota or limit is used up.",
            Self::FailedPrecondition => "The service is not in a state that allows this.",
            Self::Aborted => "The operation was aborted, often by a conflict; trying again may help.",
            Self::OutOfRange => "The request goes past a valid range.",
            Self::Unimplemented => "The service does not offer this method.",
            Self::Internal => "The service broke one of its own rules.",
            Self::Unavailable => "The service cannot be reached now; trying again may help.",
            Self::DataLoss => "Data was lost or damaged.",
            Self::Unauthenticated => "The caller did not prove who they are.",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One field of a request that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Where: `address.lines[2].city`, in the JSON's own spelling.
    pub field: String,
    /// What was expected there.
    pub description: String,
}

/// What a person or script is told when something fails: what failed, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// Which kind of failure.
    pub code: Code,
    /// What failed, why and what to do, in one or a few sentences.
    pub message: String,
    /// The request's fields at fault, if any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

impl Error {
    /// An error with a code and a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), violations: Vec::new() }
    }

    /// INVALID_ARGUMENT.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// NOT_FOUND.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// UNAVAILABLE.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, message)
    }

    /// INTERNAL; the cause belongs in the log, never in `message`.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// UNAUTHENTICATED.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, message)
    }

    /// The same error naming one more field at fault.
    #[must_use]
    pub fn with_violation(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.violations.push(Violation { field: field.into(), description: description.into() });
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_round_trips_through_its_number() {
        for (index, row) in CODES.iter().enumerate() {
            let number = i32::try_from(index).unwrap_or(-1);
            assert_eq!(Code::from_number(number), row.0);
            assert_eq!(row.0.number(), number);
        }
        assert_eq!(Code::from_number(99), Code::Unknown);
    }
}
