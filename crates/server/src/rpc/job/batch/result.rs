//! What a reply says of each part.

use bellwether_proto::v1::batch_result::Outcome;
use bellwether_proto::v1::{self, BatchResult, ItemError};
use bellwether_proto::{MAX_REPLY_BYTES, convert::Rejection};
use prost::Message as _;

use crate::error::{ApiError, cut};

/// What the message and the violations of one part may take, in bytes, each: a thousand of them fit
/// into a reply.
const MAX_MESSAGE: usize = 600;
const MAX_VIOLATIONS: usize = 800;

/// Room for what frames the results.
const FRAME: usize = 16 * 1024;

/// What is said of a part that failed; its fields are named from `below` on.
pub(in crate::rpc::job) fn item_error(error: ApiError, below: &str) -> ItemError {
    let error = renamed(error, below);
    let mut left = MAX_VIOLATIONS;
    let violations = error.violations().into_iter().map(|violation| v1::FieldViolation {
        field: cut(violation.field, 300),
        description: cut(violation.message, 300),
    });
    let field_violations = violations.take_while(|violation| {
        let size = violation.field.len() + violation.description.len();
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    });
    ItemError {
        field_violations: field_violations.collect(),
        code: error.code() as i32,
        message: cut(error.to_string(), MAX_MESSAGE),
        reason: error.reason().to_owned(),
    }
}

/// The error with the paths of its fields from `below` on.
fn renamed(error: ApiError, below: &str) -> ApiError {
    let rename = |field: &mut String| {
        if let Some(rest) = field.strip_prefix(below) {
            *field = rest.to_owned();
        }
    };
    match error {
        ApiError::Rejected(Rejection::Invalid(mut violations)) => {
            violations.iter_mut().for_each(|violation| rename(&mut violation.field));
            ApiError::Rejected(Rejection::Invalid(violations))
        }
        ApiError::Rejected(Rejection::Unbuilt(mut unbuilt)) => {
            unbuilt.iter_mut().for_each(|unbuilt| rename(&mut unbuilt.field));
            ApiError::Rejected(Rejection::Unbuilt(unbuilt))
        }
        error => error,
    }
}

/// The error of the whole call where the store failed every one of its parts: nothing is known to
/// be done then, and the client asks again as it does with any other call.
pub(in crate::rpc::job) fn store_failed<T>(
    parts: &mut Vec<Result<T, ApiError>>,
) -> Option<ApiError> {
    let failed = |part: &Result<T, ApiError>| matches!(part, Err(ApiError::Store(_)));
    if parts.is_empty() || !parts.iter().all(failed) {
        return None;
    }
    // An outcome that is unknown is the one that matters to the caller.
    let unknown = |part: &Result<T, ApiError>| matches!(part, Err(ApiError::Store(error)) if error.outcome_unknown());
    let place = parts.iter().position(unknown).unwrap_or(0);
    parts.swap_remove(place).err()
}

/// The results as they fit into a reply: beyond its bound, jobs are shown by their output fields
/// only. What the client sent it has.
pub(super) fn fitting(mut results: Vec<BatchResult>) -> Vec<BatchResult> {
    let mut left = MAX_REPLY_BYTES - FRAME;
    let mut sizes: Vec<usize> = results.iter().map(BatchResult::encoded_len).collect();
    let mut sum: usize = sizes.iter().sum();
    for (result, size) in results.iter_mut().zip(&mut sizes).rev() {
        if sum <= left {
            break;
        }
        if let Some(Outcome::Job(job)) = &mut result.outcome {
            *job = v1::Job {
                description: String::new(),
                labels: <_>::default(),
                trigger: None,
                target: None,
                policy: None,
                effective_policy: None,
                ..std::mem::take(job)
            };
            sum -= *size;
            *size = result.encoded_len();
            sum += *size;
        }
        left = left.max(FRAME);
    }
    results
}

#[cfg(test)]
mod tests {
    use bellwether_domain::Violation;
    use bellwether_proto::convert::Unbuilt;

    use super::*;

    #[test]
    fn fields_are_named_from_the_item_on() {
        let invalid = ApiError::invalid("job.policy.timeout", "is odd");
        let error = item_error(invalid, "job.");
        assert_eq!(error.field_violations[0].field, "policy.timeout");
        assert_eq!(error.message, "policy.timeout: is odd");
        assert_eq!((error.code, error.reason.as_str()), (3, "INVALID_FIELD"));
        let unbuilt = Unbuilt { field: "job.target.x".to_owned(), what: "this".to_owned() };
        let unbuilt = ApiError::Rejected(Rejection::Unbuilt(vec![unbuilt]));
        let unbuilt = item_error(unbuilt, "job.");
        assert_eq!(unbuilt.message, "target.x: this is not built yet");
    }

    #[test]
    fn a_thousand_errors_and_a_thousand_large_jobs_fit_into_a_reply() {
        let violations = (0..50).map(|n| Violation::new(format!("job.f{n}"), "ä".repeat(700)));
        let violations: Vec<_> = violations.collect();
        let error = || ApiError::Rejected(Rejection::Invalid(violations.clone()));
        let named = |outcome| BatchResult {
            namespace: "n".repeat(256),
            job_id: "i".repeat(256),
            outcome: Some(outcome),
            created: true,
        };
        let errors = (0..1_000).map(|_| named(Outcome::Error(item_error(error(), "job."))));
        let job = v1::Job {
            id: "i".repeat(256),
            etag: "e".repeat(16),
            description: "d".repeat(4 * 1024),
            ..<_>::default()
        };
        let jobs = (0..1_000).map(|_| named(Outcome::Job(job.clone())));
        for results in [errors.collect::<Vec<_>>(), jobs.collect()] {
            let reply = v1::BatchCreateJobsResponse { results: fitting(results) };
            assert!(reply.encoded_len() < MAX_REPLY_BYTES, "{}", reply.encoded_len());
            assert!(reply.encoded_len() > MAX_REPLY_BYTES / 4, "no more is cut than must be");
            let last = reply.results.last().expect("there are a thousand");
            if let Some(Outcome::Job(job)) = &last.outcome {
                assert_eq!((job.etag.len(), job.description.as_str()), (16, ""));
            }
        }
    }
}
