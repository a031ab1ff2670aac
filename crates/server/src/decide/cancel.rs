//! The end of a run by request.

use bellwether_domain::{AttemptReport, Job, JobKey, JobUid, Priority, Run, RunId};
use bellwether_store::{CancelRun, Keep, Lane, ReadyKey, RunRequest};

use super::Moment;

/// What is known of a run that is to be cancelled.
pub(crate) struct Known<'a> {
    /// Its job, in whatever incarnation.
    pub(crate) job: Option<&'a Job>,
    /// The run, unfinished or in its job's history.
    pub(crate) run: Option<&'a Run>,
}

/// Cancels the run `id` of the job `key`. It need not be known: the request may have been made
/// before, and then the store knows what came of it.
pub(crate) fn cancel(
    moment: &Moment<'_>,
    (key, id): (&JobKey, RunId),
    known: &Known<'_>,
    reason: &str,
    request: Option<RunRequest>,
) -> CancelRun {
    let run_uid = known.run.map(|run| run.draft.uid);
    let job = known.job.filter(|job| run_uid.is_none_or(|uid| uid == job.definition.uid));
    let policy = match job {
        Some(job) => job.effective_policy(moment.defaults),
        None => moment.defaults.of(&key.namespace).clone(),
    };
    let lane = job.map_or(Lane::Node, |job| {
        Lane::of(&job.definition.key.namespace, &job.definition.spec.target)
    });
    let priority: Priority = policy.priority;
    let report = known.run.map(|run| run.report.clone()).unwrap_or_default();
    CancelRun {
        run: id,
        job: key.clone(),
        uid: run_uid.or(job.map(|job| job.definition.uid)).unwrap_or(JobUid(<_>::default())),
        attempt: known.run.map_or(0, |run| run.attempt),
        report: AttemptReport { reason: reason.to_owned(), ..report },
        grace: policy.cancel_grace,
        max_instances: policy.max_instances,
        ready: ReadyKey { lane, priority },
        keep: Keep::of(&policy),
        request,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bellwether_domain::{Covers, Epoch, RunCause, RunDraft, RunError, RunState};

    use super::super::testing::*;
    use super::*;

    fn run_of(job: &Job) -> Run {
        let at = ms(1_000);
        let definition = &job.definition;
        Run {
            draft: RunDraft {
                id: RunId::scheduled(bellwether_domain::Partition(0), definition.uid, at),
                job: definition.key.clone(),
                uid: definition.uid,
                fire_time: at,
                cause: RunCause::Schedule,
                covers: Covers::only(at),
                start_after: at,
                timeout: Duration::from_secs(1),
                payload: None,
            },
            state: RunState::PENDING,
            attempt: 2,
            lost: 0,
            epoch: Epoch(1),
            claimed: at,
            started: None,
            ended: None,
            report: AttemptReport {
                error: Some(RunError { code: "http_status".into(), message: "503".into() }),
                ..AttemptReport::default()
            },
        }
    }

    #[test]
    fn the_report_of_the_latest_attempt_stays_beside_the_reason() {
        let mut job = job(every(10), 0);
        job.definition.spec.policy.cancel_grace = Some(Duration::from_secs(9));
        let run = run_of(&job);
        let known = Known { job: Some(&job), run: Some(&run) };
        let target = (&job.definition.key, run.draft.id);
        let cancel = cancel(&moment(5_000), target, &known, "enough", None);
        assert_eq!((cancel.attempt, cancel.grace), (2, Duration::from_secs(9)));
        assert_eq!(cancel.report.reason, "enough");
        assert_eq!(cancel.report.error, run.report.error);
    }

    #[test]
    fn a_run_of_another_incarnation_follows_the_defaults() {
        let mut job = job(every(10), 0);
        job.definition.spec.policy.cancel_grace = Some(Duration::from_secs(9));
        let mut run = run_of(&job);
        run.draft.uid = JobUid(uuid::Uuid::from_u128(99));
        let known = Known { job: Some(&job), run: Some(&run) };
        let target = (&job.definition.key, run.draft.id);
        let cancel = cancel(&moment(5_000), target, &known, "", None);
        assert_eq!((cancel.uid, cancel.grace), (run.draft.uid, Duration::from_secs(5)));
    }
}
