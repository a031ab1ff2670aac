//! The end of a job, and of its runs.

use std::sync::Arc;

use bellwether_domain::{EndState, NextStep, RunState};

use super::bed::{Bed, LONG, PARTITION, new_etag};
use super::job::TestJob;
use crate::{DeleteJob, EventKind, FinishReply, Store, Write};

async fn delete(bed: &Bed, job: &TestJob) {
    let write = bed.store.delete_job(&job.delete()).await.expect("the store answers");
    assert_eq!(write, Write::Done);
}

/// How often something happened to a run.
async fn count(bed: &Bed, kind: EventKind) -> usize {
    bed.events().await.iter().filter(|event| event.kind == kind).count()
}

pub async fn a_deleted_job_is_gone(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    leader.finish(job.success(&leased)).await;

    delete(&bed, &job).await;

    assert_eq!(bed.find(job.key()).await, None);
    assert_eq!(bed.due().await, [""; 0]);
    assert_eq!(bed.runs(job.uid()).await, [], "its history as well");
    assert_eq!(bed.run(&job, job.run_id(0)).await, None);
    let all = bed.store.list_jobs(PARTITION, None, None, 9).await.expect("the store answers");
    assert_eq!(all, []);
    assert_eq!(count(&bed, EventKind::JobDeleted).await, 1);
}

pub async fn a_delete_names_version_and_incarnation(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;

    let another_version = DeleteJob { expected: new_etag(), ..job.delete() };
    let another_incarnation = DeleteJob { uid: bed.job("j").uid(), ..job.delete() };
    for delete in [another_version, another_incarnation] {
        let write = bed.store.delete_job(&delete).await.expect("the store answers");
        assert_eq!(write, Write::Changed);
        assert_eq!(bed.read(&job).await.definition, job.definition);
    }
}

pub async fn a_delete_cancels_what_is_pending(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut leader = bed.leader().await;
    let ready = bed.given(bed.job("ready").queueing(1)).await;
    leader.claim_only(ready.claim_all(0..2)).await;
    let delayed = bed.given(bed.job("delayed")).await;
    leader.claim_only(delayed.claim(0)).await;
    // Both stand on the ready list: the one to be delayed is behind.
    let mut taken = leader.take(&ready.ready, 2).await;
    let own = taken.pop().expect("two were ready");
    assert_eq!(own.run.draft.id, delayed.run_id(0));
    let later = NextStep::Again { after: LONG, lost: false };
    leader.finish(delayed.finish(&own, later)).await;
    let back = taken.pop().expect("two were ready");
    leader.finish(ready.finish(&back, NextStep::GiveBack)).await;

    delete(&bed, &ready).await;
    delete(&bed, &delayed).await;

    assert_eq!(count(&bed, EventKind::RunCancelled).await, 3, "ready, waiting, delayed");
    assert_eq!(leader.take(&ready.ready, 9).await, []);
    assert_eq!(bed.runs(ready.uid()).await, []);
    assert_eq!(bed.runs(delayed.uid()).await, []);
    let ids = [ready.run_id(0), ready.run_id(1), delayed.run_id(0)];
    let live = bed.store.read_live_runs(PARTITION, &ids).await.expect("the store answers");
    assert_eq!(live, [None, None, None]);
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert_eq!((head.due, head.delayed), (None, None));
}

pub async fn a_delete_lets_running_attempts_go_on(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;

    delete(&bed, &job).await;

    assert_eq!(bed.attempts().await.len(), 1);
    let live = bed.store.read_live_runs(PARTITION, &[job.run_id(0)]).await;
    assert_eq!(live.expect("the store answers"), [Some(leased.run.clone())]);
    assert_eq!(leader.finish(job.success(&leased)).await, FinishReply::Recorded);
    assert_eq!(count(&bed, EventKind::RunSucceeded).await, 1, "the event is the record");
    assert_eq!(bed.runs(job.uid()).await, [], "there is no history");
    assert_eq!(bed.attempts().await, []);
}

pub async fn a_late_result_is_not_the_next_incarnations(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let old = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&old, 0).await;
    delete(&bed, &old).await;
    let new = bed.given(bed.job("j")).await;
    let started = leader.start(&new, 0).await;
    assert_eq!(started.run.draft.uid, new.uid(), "the old one's run takes no place of its");

    assert_eq!(leader.finish(old.success(&leased)).await, FinishReply::Recorded);

    assert_eq!(bed.runs(old.uid()).await, []);
    let runs = bed.runs(new.uid()).await;
    assert_eq!(runs, [started.run]);
}

pub async fn a_run_of_a_deleted_job_does_not_start_again(store: Arc<dyn Store>) {
    let again = |lost| NextStep::Again { after: std::time::Duration::ZERO, lost };
    let delayed = NextStep::Again { after: LONG, lost: false };
    let bed = Bed::new(store).await;
    let mut leader = bed.leader().await;
    for (n, step) in (1..).zip([again(false), again(true), delayed, NextStep::GiveBack]) {
        let job = bed.given(bed.job("j")).await;
        let leased = leader.start(&job, 0).await;
        delete(&bed, &job).await;

        assert_eq!(leader.finish(job.finish(&leased, step)).await, FinishReply::Recorded);

        assert_eq!(count(&bed, EventKind::RunCancelled).await, n, "{step:?} ends it cancelled");
        assert_eq!(leader.take(&job.ready, 9).await, []);
        let live = bed.store.read_live_runs(PARTITION, &[job.run_id(0)]).await;
        assert_eq!(live.expect("the store answers"), [None]);
        let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
        assert_eq!(head.delayed, None);
    }
}

pub async fn a_name_may_be_given_again(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let old = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&old, 0).await;
    leader.finish(old.success(&leased)).await;
    delete(&bed, &old).await;

    let new = bed.given(bed.job("j")).await;

    let status = bed.read(&new).await.status;
    assert_eq!((status.fires, status.last_fire), (0, None));
    let leased = leader.start(&new, 0).await;
    assert_ne!(leased.run.draft.id, old.run_id(0), "the same fire time, another run");
    leader.finish(new.finish(&leased, NextStep::End(EndState::Failed))).await;
    let states: Vec<_> = bed.runs(new.uid()).await.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Ended(EndState::Failed)]);
}
