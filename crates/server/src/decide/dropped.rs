//! The record of due fire times that a change drops.

use bellwether_domain::{Covers, Definition, Job, RunCause, RunDraft, RunId, Timestamp};
use bellwether_store::{Dropped, Keep};

use super::Moment;
use super::plan::Plan;

/// How far fire times are counted where they cannot be computed.
const COUNT_LIMIT: u64 = 10_000;

/// The unclaimed fire times of `job` that have come by now; `None` when there are none.
pub(super) fn dropped(moment: &Moment<'_>, job: &Job, reason: &str) -> Option<Dropped> {
    let Job { definition, status } = job;
    let first = status.next_fire.filter(|next| *next <= moment.now)?;
    let policy = job.effective_policy(moment.defaults);
    let (covers, start_after) = stretch(moment, definition, first);
    let partition = definition.key.partition(moment.partitions);
    let draft = RunDraft {
        id: RunId::scheduled(partition, definition.uid, covers.last),
        job: definition.key.clone(),
        uid: definition.uid,
        fire_time: covers.last,
        cause: RunCause::Schedule,
        covers,
        start_after,
        timeout: policy.timeout,
        payload: None,
    };
    Some(Dropped { draft, reason: reason.to_owned(), keep: Keep::of(&policy) })
}

/// From `first` to the latest fire time that has come, and when that one became due.
fn stretch(moment: &Moment<'_>, definition: &Definition, first: Timestamp) -> (Covers, Timestamp) {
    // A trigger that an older version stored and this one refuses: its one known fire time.
    let Ok(plan) = Plan::new(definition, moment.defaults) else {
        return (Covers::only(first), first);
    };
    let last = plan.trigger.last_at_or_before(moment.now).map_or(first, |last| last.max(first));
    let others = plan.trigger.count_between(first, last, COUNT_LIMIT).count;
    let covers = Covers { first, last, others: u32::try_from(others).unwrap_or(u32::MAX) };
    (covers, plan.schedule().point(last).start_after)
}
