//! How a base service says no: what failed, on what, and what to do, with the standard details of `google.rpc` so
//! that a form can mark the field.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// INVALID_ARGUMENT on one field; `problem` says what is wrong with it and what is expected.
pub(crate) fn invalid(field: &str, problem: impl Into<String>) -> Status {
    let problem = problem.into();
    let message = format!("{field}: {problem}");
    Status::with_error_details(
        Code::InvalidArgument,
        message,
        ErrorDetails::with_bad_request_violation(field, problem),
    )
}

/// NOT_FOUND for the thing of kind `kind` called `name`; `advice` says what to do.
pub(crate) fn not_found(kind: &str, name: &str, advice: &str) -> Status {
    let message = format!("There is no {kind} \"{name}\". {advice}");
    let details = ErrorDetails::with_resource_info(kind, name, "", advice);
    Status::with_error_details(Code::NotFound, message, details)
}

/// FAILED_PRECONDITION because `subject` is not in a state that allows the call; `problem` says why.
pub(crate) fn precondition(kind: &str, subject: &str, problem: impl Into<String>) -> Status {
    let problem = problem.into();
    let details = ErrorDetails::with_precondition_failure_violation(kind, subject, problem.clone());
    Status::with_error_details(Code::FailedPrecondition, problem, details)
}

/// Refuses a text longer than `limit_bytes`.
pub(crate) fn at_most(field: &str, text: &str, limit_bytes: usize) -> Result<(), Status> {
    if text.len() > limit_bytes {
        return Err(invalid(field, format!("has {} bytes, at most {limit_bytes} are allowed", text.len())));
    }
    Ok(())
}

/// Reads a duration above zero and up to `limit`.
pub(crate) fn duration(
    field: &str,
    value: Option<prost_types::Duration>,
    limit: Duration,
) -> Result<Option<Duration>, Status> {
    let Some(value) = value else { return Ok(None) };
    match Duration::try_from(value) {
        Ok(duration) if !duration.is_zero() && duration <= limit => Ok(Some(duration)),
        _ => Err(invalid(field, format!("must be above 0 and at most {} seconds", limit.as_secs()))),
    }
}

/// Keeps the cause in the log and tells the caller only what failed.
pub(crate) fn internal(message: &'static str, cause: &(dyn std::error::Error + 'static)) -> Status {
    tracing::error!(error = cause, "{message}");
    Status::internal(message)
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_is_named_in_the_message_and_in_the_details() {
        let status = invalid("page_size", "is 500, at most 100 are allowed");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "page_size: is 500, at most 100 are allowed");
        let details = status.get_details_bad_request().expect("details");
        assert_eq!(details.field_violations[0].field, "page_size");
    }

    #[test]
    fn durations_are_bounded_on_both_sides() {
        let limit = Duration::from_secs(10);
        let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        assert_eq!(duration("ttl", None, limit).expect("absent"), None);
        assert_eq!(duration("ttl", seconds(10), limit).expect("the limit"), Some(limit));
        for refused in [0, -1, 11] {
            assert_eq!(
                duration("ttl", seconds(refused), limit).expect_err("out").code(),
                Code::InvalidArgument
            );
        }
    }
}
