//! Changes of jobs: in place, paused and resumed, and when a claim crosses them.

use std::sync::Arc;

use bellwether_domain::{Definition, EndState, JobState, RunState, Timestamp};

use super::bed::{Bed, PARTITION, new_etag, new_request};
use super::job::TestJob;
use crate::{
    Change, ChangeJob, ClaimReply, EventKind, NextPoint, RecordReply, Reply, Store, Write,
};

/// When the pauses of these cases begin.
const SINCE: Timestamp = Timestamp::from_millis(1_234_567);

/// The definition with another description.
fn described(job: &TestJob, description: &str) -> Change {
    let mut definition: Definition = job.definition.clone();
    definition.spec.description = description.into();
    Change::Define(Box::new(definition))
}

fn pause(reason: &str) -> Change {
    Change::Pause { reason: reason.into(), since: SINCE }
}

async fn write(bed: &Bed, change: &ChangeJob) -> Write {
    bed.store.change_job(change).await.expect("the store answers")
}

/// The change decided from the job as it is stored now.
async fn from_now(bed: &Bed, job: &TestJob, change: Change, next: NextPoint) -> ChangeJob {
    let status = bed.read(job).await.status;
    ChangeJob {
        expected: status.etag,
        expected_last: status.last_fire,
        expected_next: status.next_fire,
        next,
        ..job.change(change)
    }
}

pub async fn a_job_is_replaced_in_place(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let mut leader = bed.leader().await;
    let ended = leader.start(&job, 0).await;
    leader.finish(job.success(&ended)).await;
    let running = leader.start(&job, 1).await;
    let before = bed.read(&job).await;

    let change = from_now(&bed, &job, described(&job, "new"), NextPoint::Keep).await;
    assert_eq!(write(&bed, &change).await, Write::Done);

    let after = bed.read(&job).await;
    assert_eq!(after.definition.uid, job.uid());
    assert_eq!(after.definition.spec.description, "new");
    assert_eq!(after.status.etag, change.etag);
    assert!(after.status.updated >= before.status.updated);
    let kept = |job: &bellwether_domain::Job| {
        let status = job.status.clone();
        (status.last_fire, status.next_fire, status.fires, status.state)
    };
    assert_eq!(kept(&after), kept(&before), "last, next and count of fires stay");
    assert_eq!(bed.run_of(&job, 0).await.state, RunState::Ended(EndState::Succeeded));
    assert_eq!(bed.run_of(&job, 1).await, running.run, "the running attempt goes on");
    assert_eq!(leader.finish(job.success(&running)).await, crate::FinishReply::Recorded);
    let history: Vec<_> = bed.runs(job.uid()).await.iter().map(|run| run.draft.id).collect();
    assert_eq!(history, [job.run_id(1), job.run_id(0)]);
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::JobUpdated), "{kinds:?}");
}

pub async fn a_change_is_refused_when_its_grounds_have_moved(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let good = job.change(described(&job, "new"));
    let before = bed.read(&job).await;

    let bad = [
        ChangeJob { expected: new_etag(), ..good.clone() },
        ChangeJob { expected_last: Some(job.fire_time(0)), ..good.clone() },
        ChangeJob { expected_next: Some(job.fire_time(1)), ..good.clone() },
        ChangeJob { expected_next: None, ..good.clone() },
    ];
    for change in bad {
        assert_eq!(write(&bed, &change).await, Write::Changed, "{change:?}");
        assert_eq!(bed.read(&job).await, before);
    }
    assert_eq!(write(&bed, &good).await, Write::Done);
}

pub async fn an_update_that_crosses_a_claim_loses_to_it(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let change = job.change(described(&job, "new"));

    leader.start(&job, 0).await;

    assert_eq!(write(&bed, &change).await, Write::Changed);
    assert_eq!(bed.read(&job).await.definition.spec.description, "");
}

pub async fn a_claim_that_crosses_an_update_loses_to_it(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let change = job.change(described(&job, "new"));

    assert_eq!(write(&bed, &change).await, Write::Done);

    assert_eq!(leader.claim(1, &[job.claim(0)]).await.claims, [ClaimReply::Changed]);
    let mut again = job.claim(0);
    again.claim.etag = change.etag;
    let reply = leader.claim(1, &[again]).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
}

pub async fn an_update_gives_the_job_its_new_point(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let at = NextPoint::At { point: job.far_point(), due_at_once: false };
    let mut change = job.change(described(&job, "new"));
    change.next = at;

    assert_eq!(write(&bed, &change).await, Write::Changed, "a due fire time would be lost");
    assert_eq!(bed.due().await, ["j"]);
    change.dropped = Some(job.dropped(4, "trigger changed"));
    assert_eq!(write(&bed, &change).await, Write::Done);

    let status = bed.read(&job).await.status;
    assert_eq!(status.next_fire, Some(job.far_point().fire_time));
    assert_eq!(status.last_fire, Some(job.fire_time(4)), "the record's end");
    assert_eq!(bed.due().await, [""; 0]);
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.due, Some(job.far_point().start_after));
    let record = bed.run_of(&job, 4).await;
    assert_eq!(record.state, RunState::Ended(EndState::Skipped));
    assert_eq!(record.draft, job.dropped(4, "").draft);
    assert_eq!(record.report.reason, "trigger changed");
    assert!(record.ended.is_some() && record.started.is_none());
}

pub async fn a_new_point_lies_ahead_unless_it_may_be_past(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    bed.insert(&crate::InsertJob { next: job.far_point(), ..job.insert() }).await;
    let at = |fire, due_at_once| NextPoint::At { point: job.point(fire), due_at_once };

    let mut change = from_now(&bed, &job, described(&job, "new"), at(3, false)).await;
    assert_eq!(write(&bed, &change).await, Write::Changed);
    assert_eq!(bed.read(&job).await.status.next_fire, Some(job.far_point().fire_time));
    change.next = at(3, true);
    assert_eq!(write(&bed, &change).await, Write::Done);
    assert_eq!(bed.due().await, ["j"]);
}

pub async fn a_claimed_fire_time_is_never_the_next_one(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim_all(0..5)).await;

    for fire in [3, 4] {
        let at = NextPoint::At { point: job.point(fire), due_at_once: true };
        let mut change = from_now(&bed, &job, described(&job, "new"), at).await;
        change.dropped = None;
        assert_eq!(write(&bed, &change).await, Write::Changed, "fire {fire} was claimed");
    }
    // Nor one that the same change records as dropped.
    let at = NextPoint::At { point: job.point(7), due_at_once: true };
    let mut change = from_now(&bed, &job, described(&job, "new"), at).await;
    change.dropped = Some(job.dropped(7, "trigger changed"));
    assert_eq!(write(&bed, &change).await, Write::Changed);
    assert_eq!(bed.read(&job).await.status.next_fire, Some(job.fire_time(5)));
}

pub async fn a_pause_records_the_fire_times_that_it_drops(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let mut change = ChangeJob { next: NextPoint::Unset, ..job.change(pause("for now")) };

    assert_eq!(write(&bed, &change).await, Write::Changed, "a due fire time would be lost");
    assert_eq!(bed.read(&job).await.status.state, JobState::Active);
    change.dropped = Some(job.dropped(9, "paused"));
    assert_eq!(write(&bed, &change).await, Write::Done);

    let status = bed.read(&job).await.status;
    assert_eq!(status.state, JobState::Paused { reason: "for now".into() });
    assert_eq!((status.next_fire, status.last_fire), (None, Some(job.fire_time(9))));
    assert_eq!(status.etag, change.etag);
    assert_eq!(bed.due().await, [""; 0]);
    let record = bed.run_of(&job, 9).await;
    assert_eq!((record.draft.covers.first, record.draft.covers.last), {
        (job.fire_time(0), job.fire_time(9))
    });
    let mut claim = job.claim(0);
    claim.claim.etag = change.etag;
    assert_eq!(leader.claim(1, &[claim]).await.claims, [ClaimReply::Changed]);
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::JobPaused), "{kinds:?}");
    assert!(kinds.contains(&EventKind::RunSkipped), "{kinds:?}");
}

pub async fn a_pause_of_a_job_that_is_not_due_drops_nothing(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    bed.insert(&crate::InsertJob { next: job.far_point(), ..job.insert() }).await;

    let change = from_now(&bed, &job, pause(""), NextPoint::Unset).await;
    assert_eq!(write(&bed, &change).await, Write::Done);

    assert_eq!(bed.runs(job.uid()).await, []);
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.due, None);
}

pub async fn a_pause_lets_running_attempts_go_on(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut leader = bed.leader().await;
    let first = leader.start(&job, 0).await;
    leader.claim(1, &[job.claim(1)]).await;
    let mut change = from_now(&bed, &job, pause(""), NextPoint::Unset).await;
    change.dropped = Some(job.dropped(2, "paused"));
    assert_eq!(write(&bed, &change).await, Write::Done);

    leader.finish(job.success(&first)).await;

    let taken = leader.take(&job.ready, 9).await;
    assert_eq!(super::bed::ids(&taken), [job.run_id(1)], "what was claimed is run");
}

pub async fn a_pause_remembers_since_when(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    bed.insert(&crate::InsertJob { next: job.far_point(), ..job.insert() }).await;
    let since = async || bed.read(&job).await.status.paused_since;
    assert_eq!(since().await, None);

    let change = from_now(&bed, &job, pause("a"), NextPoint::Unset).await;
    assert_eq!(write(&bed, &change).await, Write::Done);
    assert_eq!(since().await, Some(SINCE));

    let later = Change::Pause { reason: "b".into(), since: bed.start };
    let at = NextPoint::At { point: job.far_point(), due_at_once: false };
    for (change, next) in [(later, NextPoint::Unset), (described(&job, "new"), at)] {
        let change = from_now(&bed, &job, change, next).await;
        assert_eq!(write(&bed, &change).await, Write::Done);
        assert_eq!(since().await, Some(SINCE), "it goes on");
    }
    let change = from_now(&bed, &job, Change::Resume, at).await;
    assert_eq!(write(&bed, &change).await, Write::Done);
    assert_eq!(since().await, None);
}

pub async fn a_paused_job_that_is_changed_stays_paused(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    bed.insert(&crate::InsertJob { next: job.far_point(), ..job.insert() }).await;
    let change = from_now(&bed, &job, pause("mine"), NextPoint::Unset).await;
    write(&bed, &change).await;

    let at = NextPoint::At { point: job.far_point(), due_at_once: false };
    for next in [NextPoint::Keep, NextPoint::Unset, at] {
        let change = from_now(&bed, &job, described(&job, "new"), next).await;
        assert_eq!(write(&bed, &change).await, Write::Done);

        let after = bed.read(&job).await;
        assert_eq!(after.status.state, JobState::Paused { reason: "mine".into() }, "{next:?}");
        assert_eq!(after.status.next_fire, None);
        assert_eq!(after.definition.spec.description, "new");
        let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
        assert_eq!(head.due, None);
    }
}

pub async fn a_resumed_job_fires_again(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let mut change = ChangeJob { next: NextPoint::Unset, ..job.change(pause("")) };
    change.dropped = Some(job.dropped(1, "paused"));
    write(&bed, &change).await;

    let at = NextPoint::At { point: job.point(2), due_at_once: true };
    let change = from_now(&bed, &job, Change::Resume, at).await;
    assert_eq!(write(&bed, &change).await, Write::Done);

    assert_eq!(bed.read(&job).await.status.state, JobState::Active);
    assert_eq!(bed.due().await, ["j"]);
    let mut claim = job.claim(2);
    claim.claim.etag = change.etag;
    let reply = leader.claim(1, &[claim]).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::JobResumed), "{kinds:?}");
}

pub async fn a_job_whose_fire_times_are_over_is_finished(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut change = ChangeJob { next: NextPoint::Exhausted, ..job.change(described(&job, "x")) };

    assert_eq!(write(&bed, &change).await, Write::Changed, "a due fire time would be lost");
    change.dropped = Some(job.dropped(0, "trigger changed"));
    assert_eq!(write(&bed, &change).await, Write::Done);

    let status = bed.read(&job).await.status;
    assert_eq!((status.state, status.next_fire), (JobState::Finished, None));
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::JobFinished), "{kinds:?}");
}

pub async fn a_finished_job_with_a_new_point_is_active_again(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let mut last = job.claim(0);
    last.claim.next = None;
    let leased = leader.claim(1, &[last]).await.leased.remove(0);
    leader.finish(job.success(&leased)).await;

    let keep = from_now(&bed, &job, described(&job, "new"), NextPoint::Keep).await;
    assert_eq!(write(&bed, &keep).await, Write::Done);
    assert_eq!(bed.read(&job).await.status.state, JobState::Finished, "it does not fire again");
    let at = NextPoint::At { point: job.far_point(), due_at_once: false };
    let again = from_now(&bed, &job, described(&job, "newer"), at).await;
    assert_eq!(write(&bed, &again).await, Write::Done);

    let status = bed.read(&job).await.status;
    assert_eq!(status.state, JobState::Active);
    assert_eq!((status.last_fire, status.fires), (Some(job.fire_time(0)), 1));
}

pub async fn a_repeated_change_gets_its_first_reply(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let reply = Reply { request: new_request(), body: b"first".to_vec() };
    let mut change = job.change(described(&job, "first"));
    change.reply = Some(reply.clone());
    assert_eq!(write(&bed, &change).await, Write::Done);

    change.change = described(&job, "second");
    assert_eq!(write(&bed, &change).await, Write::Repeated(reply.body));

    assert_eq!(bed.read(&job).await.definition.spec.description, "first");
}

pub async fn jobs_are_counted_by_state(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    for id in ["a", "b", "c"] {
        bed.given(bed.job(id)).await;
    }
    for id in ["p", "q"] {
        let job = bed.job(id);
        bed.insert(&crate::InsertJob { next: job.far_point(), ..job.insert() }).await;
        let change = from_now(&bed, &job, pause("mine"), NextPoint::Unset).await;
        write(&bed, &change).await;
    }
    let finished = bed.given(bed.job("f")).await;
    let mut last = finished.claim(0);
    last.claim.next = None;
    bed.leader().await.claim(1, &[last]).await;

    let (mut sum, mut after) = ((0, 0, 0), None);
    for _ in 0..=6 {
        let count = bed.store.count_jobs(PARTITION, after.as_ref(), 2).await;
        let count = count.expect("the store answers");
        assert!(count.active + count.paused + count.finished <= 2, "{count:?}");
        sum = (sum.0 + count.active, sum.1 + count.paused, sum.2 + count.finished);
        after = count.more_after;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((sum, after), ((3, 2, 1), None));
}
