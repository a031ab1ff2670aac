//! From the end of an attempt to what the store is told.

use bellwether_domain::run::next_step;
use bellwether_domain::{
    AttemptEnd, AttemptReport, Etag, NextStep, Owner, Policy, Run, RunState, Timestamp,
};
use bellwether_store::{FailureRule, Finish, Keep, Lane, ReadyKey};

use super::{RunReport, Work};

/// The policy of an attempt's job; what jobs leave out where nothing is known of it.
fn policy_of<'a>(work: &'a Work, defaults: &'a Policy) -> &'a Policy {
    match work {
        Work::Known(job) => &job.policy,
        Work::Gone | Work::Unread | Work::Unusable => defaults,
    }
}

/// What becomes of a run whose attempt ended so.
pub(crate) fn step_after(run: &Run, work: &Work, defaults: &Policy, end: AttemptEnd) -> NextStep {
    next_step(policy_of(work, defaults), run.attempt, run.lost, end, rand::random())
}

/// What the store is told of the end of an attempt that `owner` holds.
pub(crate) fn finish(
    run: &Run,
    work: &Work,
    defaults: &Policy,
    owner: Owner,
    step: NextStep,
    report: AttemptReport,
) -> Finish {
    let policy = policy_of(work, defaults);
    let (ready, keep) = match work {
        Work::Known(job) => (job.ready.clone(), job.keep),
        Work::Gone | Work::Unread | Work::Unusable => {
            (ReadyKey { lane: Lane::Node, priority: policy.priority }, Keep::of(policy))
        }
    };
    Finish {
        run: run.draft.id,
        attempt: run.attempt,
        owner,
        job: run.draft.job.clone(),
        uid: run.draft.uid,
        step,
        report,
        max_instances: policy.max_instances,
        ready,
        keep,
        failures: FailureRule::of(policy, run.draft.cause, Etag(rand::random())),
    }
}

/// What those who watch the node are told of a stored end; `None` where the attempt never was.
pub(crate) fn run_report(mut run: Run, finish: &Finish, now: Timestamp) -> Option<RunReport> {
    run.report = finish.report.clone();
    let retry_in = match finish.step {
        NextStep::End(state) => {
            run.state = RunState::Ended(state);
            run.ended = Some(now);
            None
        }
        NextStep::Again { after, lost } => {
            run.state = RunState::PENDING;
            run.lost += u32::from(lost);
            Some(after)
        }
        NextStep::GiveBack | NextStep::PutOff { .. } => return None,
    };
    Some(RunReport { run, retry_in })
}
