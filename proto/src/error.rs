//! The domain's error as a gRPC status and back; fields at fault travel as `google.rpc.BadRequest`.

use micro_domain::{Code, Error, Violation};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// The status that carries `error`.
#[must_use]
pub fn to_status(error: &Error) -> tonic::Status {
    let code = tonic::Code::from_i32(error.code.number());
    if error.violations.is_empty() {
        return tonic::Status::new(code, &error.message);
    }
    let violations = error
        .violations
        .iter()
        .map(|violation| FieldViolation::new(&violation.field, &violation.description));
    let details = ErrorDetails::with_bad_request(violations.collect::<Vec<_>>());
    tonic::Status::with_error_details(code, &error.message, details)
}

/// The error a status carries.
#[must_use]
pub fn from_status(status: &tonic::Status) -> Error {
    let mut error = Error::new(Code::from_number(status.code() as i32), status.message());
    if let Some(bad) = status.get_details_bad_request() {
        let violations = bad.field_violations.into_iter();
        error.violations =
            violations.map(|v| Violation { field: v.field, description: v.description }).collect();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_wire() {
        let error =
            Error::invalid("the request is wrong").with_violation("address.city", "expected a string");
        assert_eq!(from_status(&to_status(&error)), error);
        let plain = Error::not_found("no such service");
        assert_eq!(from_status(&to_status(&plain)), plain);
    }
}
