//! What names jobs, runs and requests.

use std::str::FromStr;

use bellwether_domain::{JobId, JobKey, JobUid, Namespace, RequestId, RunId};

use super::Problems;
use super::text::quoted;

/// What a list names all namespaces by.
const ALL: &str = "-";

/// Reads the name of a job, whose parts stand in `namespace_field` and `id_field`.
pub fn job_key(
    (namespace_field, text): (&str, &str),
    (id_field, id): (&str, &str),
    problems: &mut Problems,
) -> Option<JobKey> {
    let namespace = namespace(text, namespace_field, problems);
    let id = problems.take(id_field, JobId::new(id));
    Some(JobKey { namespace: namespace?, id: id? })
}

/// Reads a namespace; an empty one is `default`.
pub fn namespace(text: &str, field: &str, problems: &mut Problems) -> Option<Namespace> {
    problems.take(field, Namespace::new(text))
}

/// Reads the namespace of a list: `Some(None)` is all of them.
pub fn namespace_filter(
    text: &str,
    field: &str,
    problems: &mut Problems,
) -> Option<Option<Namespace>> {
    match text {
        ALL => Some(None),
        text => namespace(text, field, problems).map(Some),
    }
}

/// Reads what a client names its request by; an empty text is no name.
pub fn request_id(text: &str, field: &str, problems: &mut Problems) -> Option<RequestId> {
    if text.is_empty() {
        return None;
    }
    uuid(text, field, problems)
}

/// Reads a job's incarnation; an empty text is none.
pub fn uid(text: &str, field: &str, problems: &mut Problems) -> Option<JobUid> {
    if text.is_empty() {
        return None;
    }
    uuid(text, field, problems)
}

pub(super) fn uuid<T: FromStr>(text: &str, field: &str, problems: &mut Problems) -> Option<T> {
    let parsed = text.parse().ok();
    if parsed.is_none() {
        let shown = quoted(text);
        let message = format!("{shown} is not a UUID, as in 018f3c1e-7a2b-7c4d-8e5f-6a7b8c9d0e1f");
        problems.invalid(field, message);
    }
    parsed
}

/// Reads the name of a run.
pub fn run_id(text: &str, field: &str, problems: &mut Problems) -> Option<RunId> {
    problems.take(field, text.parse::<RunId>())
}
