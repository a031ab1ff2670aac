//! Backfills: runs for fire times of the past, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::backfill::{Backfill, Progress};
use bellwether_domain::pause::{Pauses, Scope};
use bellwether_domain::{
    BackfillId, EndState, Overlap, RunCause, RunDraft, RunId, RunState, Timestamp,
};
use uuid::Uuid;

use super::bed::{Bed, Node, PARTITION, ids, new_etag, new_request};
use super::job::TestJob;
use crate::{
    AdvanceBackfill, Advanced, BackfillView, EventKind, Keep, Reply, StartBackfill, Store, Write,
};

fn backfill(bed: &Bed, job: &TestJob, overlap: Overlap) -> Backfill {
    Backfill {
        id: BackfillId(Uuid::now_v7()),
        job: job.key().clone(),
        uid: job.uid(),
        start: job.fire_time(0),
        end: job.fire_time(9),
        overlap,
        runs_per_second: 2.5,
        fire_times: 10,
        created: bed.start,
    }
}

fn start_of(job: &TestJob, backfill: &Backfill) -> StartBackfill {
    StartBackfill {
        backfill: backfill.clone(),
        partition: PARTITION,
        expected: job.etag,
        reply: None,
    }
}

/// Stores a backfill of the job's first ten fire times.
async fn given(bed: &Bed, job: &TestJob, overlap: Overlap) -> Backfill {
    let backfill = backfill(bed, job, overlap);
    let write = bed.store.start_backfill(&start_of(job, &backfill)).await;
    assert_eq!(write.expect("the store answers"), Write::Done);
    backfill
}

async fn view(bed: &Bed, id: BackfillId) -> Option<BackfillView> {
    let views = bed.store.read_backfills(PARTITION, &[id]).await.expect("the store answers");
    views.into_iter().next().flatten()
}

async fn progress(bed: &Bed, backfill: &Backfill) -> Progress {
    view(bed, backfill.id).await.expect("it is there").progress
}

/// What a leader sends to take these fires, from where the backfill is.
async fn advance(
    bed: &Bed,
    job: &TestJob,
    backfill: &Backfill,
    fires: std::ops::Range<u32>,
) -> AdvanceBackfill {
    let draft = |fire| RunDraft {
        id: RunId::backfilled(PARTITION, job.uid(), backfill.id, job.fire_time(fire)),
        cause: RunCause::Backfill,
        ..job.draft(fire)
    };
    AdvanceBackfill {
        backfill: backfill.clone(),
        expected: progress(bed, backfill).await,
        etag: job.etag,
        last: fires.end == 10,
        fires: fires.map(draft).collect(),
        next: bed.start.saturating_add(Duration::from_secs(600)),
        again: bed.start,
        max_instances: job.max_instances,
        ready: job.ready.clone(),
        keep: Keep { succeeded: 20, others: 20 },
    }
}

async fn send(bed: &Bed, leader: &Node, advance: &AdvanceBackfill) -> Advanced {
    let token = leader.lease.expect("it leads");
    bed.store.advance_backfill(token, advance).await.expect("the store answers")
}

async fn due(bed: &Bed) -> (Vec<BackfillId>, Option<Timestamp>) {
    let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
    (peek.backfills, peek.head.delayed)
}

pub async fn a_backfill_is_kept_and_due_at_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let other = bed.given(bed.job("k")).await;
    assert_eq!(due(&bed).await, (vec![], None));

    let backfill = given(&bed, &job, Overlap::Queue).await;

    let kept = BackfillView { backfill: backfill.clone(), progress: Progress::default() };
    assert_eq!(view(&bed, backfill.id).await, Some(kept.clone()));
    assert_eq!(due(&bed).await, (vec![backfill.id], None));
    let list = async |job: &TestJob| {
        bed.store.list_backfills(PARTITION, job.uid()).await.expect("the store answers")
    };
    assert_eq!(list(&job).await, [kept]);
    assert_eq!(list(&other).await, []);
    assert_eq!(view(&bed, BackfillId(Uuid::now_v7())).await, None);
}

pub async fn a_backfill_is_of_the_version_that_was_read_and_starts_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let backfill = backfill(&bed, &job, Overlap::Skip);
    let start = async |start: &StartBackfill| {
        bed.store.start_backfill(start).await.expect("the store answers")
    };
    let stale = StartBackfill { expected: new_etag(), ..start_of(&job, &backfill) };
    assert_eq!(start(&stale).await, Write::Changed);
    assert_eq!(view(&bed, backfill.id).await, None);

    let reply = Reply { request: new_request(), body: vec![7] };
    let first = StartBackfill { reply: Some(reply.clone()), ..start_of(&job, &backfill) };
    assert_eq!(start(&first).await, Write::Done);
    let mut again = first.clone();
    again.backfill.id = BackfillId(Uuid::now_v7());
    assert_eq!(start(&again).await, Write::Repeated(reply.body));
    assert_eq!(view(&bed, again.backfill.id).await, None);
}

pub async fn a_step_makes_runs_beside_the_schedule(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(5)).await;
    let mut leader = bed.leader().await;
    let backfill = given(&bed, &job, Overlap::Skip).await;
    let status = bed.read(&job).await.status;

    let step = advance(&bed, &job, &backfill, 0..3).await;
    assert_eq!(send(&bed, &leader, &step).await, Advanced::Taken(3));

    assert_eq!(bed.read(&job).await.status, status, "the schedule is untouched");
    let made = progress(&bed, &backfill).await;
    assert_eq!((made.cursor, made.runs, made.skipped), (Some(job.fire_time(2)), 3, 0));
    assert_eq!((made.waits, made.ended), (0, None));
    let runs = bed.runs(job.uid()).await;
    let drafts: Vec<_> = runs.iter().map(|run| run.draft.clone()).collect();
    assert_eq!(drafts, step.fires);
    assert!(runs.iter().all(|run| run.state == RunState::PENDING), "{runs:?}");
    assert_eq!(Some(runs[0].epoch), leader.lease.map(|token| token.epoch));
    let taken = leader.take(&job.ready, 9).await;
    assert_eq!(ids(&taken), step.fires.iter().map(|draft| draft.id).collect::<Vec<_>>());
    assert_eq!(due(&bed).await, (vec![], Some(step.next)), "it comes back at its rate");
}

pub async fn a_step_that_is_sent_twice_counts_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let leader = bed.leader().await;
    let backfill = given(&bed, &job, Overlap::Skip).await;
    let step = advance(&bed, &job, &backfill, 0..2).await;

    assert_eq!(send(&bed, &leader, &step).await, Advanced::Taken(2));
    assert_eq!(send(&bed, &leader, &step).await, Advanced::Changed);

    assert_eq!(bed.runs(job.uid()).await.len(), 2);
    assert_eq!(progress(&bed, &backfill).await.runs, 2);
}

pub async fn only_the_leader_advances_a_backfill(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let leader = bed.leader().await;
    let backfill = given(&bed, &job, Overlap::Skip).await;
    let step = advance(&bed, &job, &backfill, 0..1).await;
    let stale = AdvanceBackfill { etag: new_etag(), ..step.clone() };
    assert_eq!(send(&bed, &leader, &stale).await, Advanced::Changed);
    leader.be_deposed().await;

    assert_eq!(send(&bed, &leader, &step).await, Advanced::Stale);

    assert_eq!(bed.runs(job.uid()).await, []);
    assert_eq!(progress(&bed, &backfill).await, Progress::default());
}

pub async fn at_the_limit_a_backfill_skips_or_waits(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    // Two may wait for their place: those of the schedule, not of a backfill.
    let job = bed.given(bed.job("j").queueing(2)).await;
    let mut leader = bed.leader().await;
    let running = leader.start(&job, 0).await;

    let skips = given(&bed, &job, Overlap::Skip).await;
    let step = advance(&bed, &job, &skips, 0..2).await;
    assert_eq!(send(&bed, &leader, &step).await, Advanced::Taken(2));
    let made = progress(&bed, &skips).await;
    assert_eq!((made.runs, made.skipped, made.cursor), (0, 2, Some(job.fire_time(1))));
    let record = bed.run(&job, step.fires[1].id).await.expect("a record");
    assert_eq!(record.state, RunState::Ended(EndState::Skipped));
    assert_eq!(record.report.reason, crate::reason::NO_PLACE);

    let waits = given(&bed, &job, Overlap::Queue).await;
    let step = advance(&bed, &job, &waits, 0..2).await;
    assert_eq!(send(&bed, &leader, &step).await, Advanced::Taken(0));
    let made = progress(&bed, &waits).await;
    assert_eq!((made.runs, made.skipped, made.cursor, made.waits), (0, 0, None, 1));
    leader.finish(job.success(&running)).await;
    let step = advance(&bed, &job, &waits, 0..2).await;
    assert_eq!(send(&bed, &leader, &step).await, Advanced::Taken(1), "the place that is free");
    let made = progress(&bed, &waits).await;
    assert_eq!((made.runs, made.cursor), (1, Some(job.fire_time(0))));
    assert_eq!(made.waits, 0, "who gets a place has not waited in vain");
    let (backfills, _) = due(&bed).await;
    assert_eq!(backfills, [waits.id], "it tries again when it said");
}

pub async fn the_last_step_ends_a_backfill(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(10)).await;
    let leader = bed.leader().await;
    let backfill = given(&bed, &job, Overlap::Skip).await;
    let step = advance(&bed, &job, &backfill, 0..10).await;
    assert_eq!(send(&bed, &leader, &step).await, Advanced::Taken(10));

    let made = progress(&bed, &backfill).await;
    assert_eq!((made.runs, made.waits), (10, 0));
    let ended = made.ended.expect("it ended");
    let kept = bellwether_domain::backfill::KEPT;
    assert_eq!(due(&bed).await, (vec![], Some(ended.saturating_add(kept))), "to be forgotten");

    bed.store.drop_backfill(PARTITION, backfill.id).await.expect("the store answers");
    assert_eq!(view(&bed, backfill.id).await, None);
    assert_eq!(due(&bed).await, (vec![], None));
    assert_eq!(bed.runs(job.uid()).await.len(), 10, "its runs are the job's");
}

pub async fn paused_scheduling_holds_backfills_back(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let leader = bed.leader().await;
    let backfill = given(&bed, &job, Overlap::Skip).await;
    let pauses = Pauses::default().pause(&Scope::Cluster, "", bed.start).expect("a change");
    bed.store.apply_pauses(PARTITION, &pauses).await.expect("the store answers");

    let mut step = advance(&bed, &job, &backfill, 0..1).await;
    step.last = true;
    assert_eq!(send(&bed, &leader, &step).await, Advanced::Taken(0));

    let made = progress(&bed, &backfill).await;
    assert_eq!((made.cursor, made.runs, made.skipped, made.ended), (None, 0, 0, None));
    assert_eq!(bed.runs(job.uid()).await, []);
}

pub async fn a_backfill_of_a_deleted_job_makes_no_runs(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let leader = bed.leader().await;
    let backfill = given(&bed, &job, Overlap::Skip).await;
    let step = advance(&bed, &job, &backfill, 0..1).await;
    bed.store.delete_job(&job.delete()).await.expect("the store answers");
    let mut next = bed.job("j");
    next.etag = job.etag;
    bed.given(next.clone()).await;

    assert_eq!(send(&bed, &leader, &step).await, Advanced::Changed);

    assert_eq!(bed.runs(next.uid()).await, []);
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert!(!kinds.contains(&EventKind::RunPending), "{kinds:?}");
}
