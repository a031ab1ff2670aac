//! A run that a client asks for: of now, or of a fire time that had its run before.

use bellwether_domain::plan::Admission;
use bellwether_domain::{
    Covers, Job, Payload, RequestId, Run, RunCause, RunDraft, RunId, RunState, Target, Timestamp,
};
use bellwether_store::{AdmitRun, Keep, Lane, ReadyKey, RunRequest};

use super::Moment;
use crate::error::ApiError;

/// Makes a run of `job` now, beside its schedule. `request` names the run; a request without a
/// name is given one.
pub(crate) fn manual_run(
    moment: &Moment<'_>,
    job: &Job,
    payload: Option<Payload>,
    request: Option<RunRequest>,
) -> Result<AdmitRun, ApiError> {
    let ask = Ask { fire_time: moment.now, covers: Covers::only(moment.now), payload };
    admission(moment, job, ask, request)
}

/// Runs what `run` stood for once more: its fire times, with its payload. It is a run of its own,
/// under the job's present definition: the first one stays as it ended, since its id, by which
/// handlers tell repetitions, means "done" to them.
pub(crate) fn retried_run(
    moment: &Moment<'_>,
    job: &Job,
    run: &Run,
    request: Option<RunRequest>,
) -> Result<AdmitRun, ApiError> {
    let RunDraft { id, fire_time, covers, payload, .. } = run.draft.clone();
    if let RunState::Live(_) = run.state {
        return Err(ApiError::Unfinished(job.definition.key.clone(), id));
    }
    admission(moment, job, Ask { fire_time, covers, payload }, request)
}

/// What a run is to be for.
struct Ask {
    fire_time: Timestamp,
    covers: Covers,
    payload: Option<Payload>,
}

fn admission(
    moment: &Moment<'_>,
    job: &Job,
    ask: Ask,
    request: Option<RunRequest>,
) -> Result<AdmitRun, ApiError> {
    let Job { definition, status } = job;
    let target = &definition.spec.target;
    if ask.payload.is_some() && !takes_payload(target) {
        return Err(ApiError::TakesNoPayload { key: definition.key.clone(), kind: target.kind() });
    }
    let policy = job.effective_policy(moment.defaults);
    let partition = definition.key.partition(moment.partitions);
    let name: RequestId = match request {
        Some(request) => request.id,
        None => moment.fresh.request(moment.now),
    };
    let draft = RunDraft {
        id: RunId::requested(partition, definition.uid, name, ask.fire_time),
        job: definition.key.clone(),
        uid: definition.uid,
        fire_time: ask.fire_time,
        cause: RunCause::Manual,
        covers: ask.covers,
        start_after: moment.now,
        timeout: policy.timeout,
        payload: ask.payload,
    };
    Ok(AdmitRun {
        draft,
        expected: status.etag,
        admission: Admission::new(&policy, false),
        ready: ReadyKey {
            lane: Lane::of(&definition.key.namespace, target),
            priority: policy.priority,
        },
        keep: Keep::of(&policy),
        request,
    })
}

fn takes_payload(target: &Target) -> bool {
    match target {
        Target::Http(_) | Target::Worker(_) => true,
        Target::RedisStream(_) | Target::Noop => false,
    }
}

#[cfg(test)]
mod tests {
    use bellwether_domain::{AttemptReport, Content, EndState, Epoch};

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
        let id = RequestId(uuid::Uuid::from_u128(7));
        let request = RunRequest { id, fingerprint: [0; 8] };
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

    /// A run of `job` that stands for three fire times.
    fn run(job: &Job, state: RunState) -> Run {
        let mut draft = manual_run(&moment(30_000), job, None, None).expect("valid").draft;
        draft.cause = RunCause::Schedule;
        draft.covers = Covers { first: ms(10_000), last: ms(30_000), others: 2 };
        Run {
            draft,
            state,
            attempt: 1,
            lost: 0,
            epoch: Epoch(1),
            claimed: ms(30_000),
            started: Some(ms(30_000)),
            ended: None,
            report: AttemptReport::default(),
        }
    }

    #[test]
    fn a_retry_is_another_run_for_the_same_fire_times() {
        let mut job = job(every(10), 0);
        job.definition.spec.target = http("https://example.com");
        let mut failed = run(&job, RunState::Ended(EndState::Failed));
        failed.draft.payload = Some(payload());
        let retry = retried_run(&moment(90_000), &job, &failed, None).expect("valid").draft;
        assert_ne!(retry.id, failed.draft.id);
        assert_eq!((retry.fire_time, retry.covers), (ms(30_000), failed.draft.covers));
        assert_eq!((retry.cause, retry.start_after), (RunCause::Manual, ms(90_000)));
        assert_eq!(retry.payload, Some(payload()));
    }

    #[test]
    fn only_what_is_finished_is_tried_again() {
        let job = job(every(10), 0);
        for state in [RunState::PENDING, RunState::RUNNING] {
            let error = retried_run(&moment(90_000), &job, &run(&job, state), None).err();
            assert!(matches!(error, Some(ApiError::Unfinished(..))), "{error:?}");
        }
        for end in [EndState::Succeeded, EndState::Missed, EndState::Skipped] {
            let ended = run(&job, RunState::Ended(end));
            assert!(retried_run(&moment(90_000), &job, &ended, None).is_ok(), "{end:?}");
        }
    }
}
