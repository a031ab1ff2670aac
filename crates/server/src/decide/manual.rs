//! A run that a client asks for.

use bellwether_domain::plan::Admission;
use bellwether_domain::{
    Covers, Job, Payload, Priority, RequestId, RunCause, RunDraft, RunId, Target,
};
use bellwether_store::{AdmitRun, Keep, Lane, ReadyKey};

use super::Moment;
use crate::error::ApiError;

/// Makes a run of `job` now, beside its schedule. `request` names the run; a request without a
/// name is given one.
pub(crate) fn manual_run(
    moment: &Moment<'_>,
    job: &Job,
    payload: Option<Payload>,
    request: Option<RequestId>,
) -> Result<AdmitRun, ApiError> {
    let Job { definition, status } = job;
    let target = &definition.spec.target;
    if payload.is_some() && !takes_payload(target) {
        return Err(ApiError::TakesNoPayload { key: definition.key.clone(), kind: target.kind() });
    }
    let policy = job.effective_policy(moment.defaults);
    let partition = definition.key.partition(moment.partitions);
    let name = request.unwrap_or_else(|| moment.fresh.request(moment.now));
    let draft = RunDraft {
        id: RunId::requested(partition, definition.uid, name, moment.now),
        job: definition.key.clone(),
        uid: definition.uid,
        fire_time: moment.now,
        cause: RunCause::Manual,
        covers: Covers::only(moment.now),
        start_after: moment.now,
        timeout: policy.timeout,
        payload,
    };
    let priority: Priority = policy.priority;
    Ok(AdmitRun {
        draft,
        expected: status.etag,
        admission: Admission::new(&policy, false),
        ready: ReadyKey { lane: Lane::of(target), priority },
        keep: Keep::of(&policy),
        request,
    })
}

fn takes_payload(target: &Target) -> bool {
    match target {
        Target::Http(_) => true,
        Target::Noop => false,
    }
}

#[cfg(test)]
mod tests {
    use bellwether_domain::Content;

    use super::super::testing::*;
    use super::*;

    fn payload() -> Payload {
        Payload { content: Content::Text("{}".to_owned()), content_type: String::new() }
    }

    #[test]
    fn a_run_is_due_now_and_bound_to_the_version_that_was_read() {
        let job = job(every(10), 0);
        let admit = manual_run(&moment(5_000), &job, None, None).expect("valid");
        assert_eq!(admit.draft.fire_time, ms(5_000));
        assert_eq!(admit.draft.cause, RunCause::Manual);
        assert_eq!(admit.expected, job.status.etag);
        assert_eq!(admit.request, None);
    }

    #[test]
    fn a_request_names_its_run() {
        let job = job(every(10), 0);
        let request = RequestId(uuid::Uuid::from_u128(7));
        let id = |request| {
            let admit = manual_run(&moment(5_000), &job, None, request).expect("valid");
            admit.draft.id
        };
        assert_eq!(id(Some(request)), id(Some(request)));
        assert_ne!(id(Some(request)), id(None));
    }

    #[test]
    fn a_payload_needs_a_target_that_takes_it() {
        let noop = job(every(10), 0);
        let error = manual_run(&moment(0), &noop, Some(payload()), None).err();
        assert!(matches!(error, Some(ApiError::TakesNoPayload { .. })), "{error:?}");
        let mut hook = noop;
        hook.definition.spec.target = http("https://example.com");
        let admit = manual_run(&moment(0), &hook, Some(payload()), None).expect("valid");
        assert_eq!(admit.draft.payload, Some(payload()));
    }
}
