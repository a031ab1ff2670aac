//! What only a store can be tested for whose clock and whose insides the test holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bellwether_domain::plan::CATCH_UP;
use bellwether_domain::{Clock, EndState, Epoch, NextStep, RunState, Timestamp};

use super::MemoryStore;
use crate::conformance::bed::{Bed, LONG, PARTITION, ids, new_request, new_run_request};
use crate::{
    Acquired, Admitted, ClaimReply, DeleteJob, EventStore as _, LeaseStore as _, LogPage,
    RecordReply, Reply, Store, Write,
};

/// A clock that stands still until it is moved.
struct HandClock(AtomicI64);

impl HandClock {
    fn moved(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).expect("a small step"), Ordering::Relaxed);
    }

    fn set_back(&self, by: Duration) {
        self.0.fetch_sub(i64::try_from(by.as_millis()).expect("a small step"), Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

async fn given() -> (Arc<HandClock>, MemoryStore, Bed) {
    let clock = Arc::new(HandClock(AtomicI64::new(1_800_000_000_000)));
    let store = MemoryStore::new(Arc::<HandClock>::clone(&clock));
    let bed = Bed::new(Arc::new(store.clone()) as Arc<dyn Store>).await;
    (clock, store, bed)
}

const HOUR: Duration = Duration::from_secs(3600);
const MS: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_reply_is_kept_for_an_hour() {
    let (clock, _, bed) = given().await;
    let job = bed.given(bed.job("j")).await;
    let reply = Reply { request: new_request(), body: vec![1] };
    let kept = crate::ChangeJob {
        reply: Some(reply.clone()),
        ..job.change(crate::Change::Define(Box::new(job.definition.clone())))
    };
    let write = bed.store.change_job(&kept).await.expect("the store answers");
    assert_eq!(write, Write::Done);
    let delete = DeleteJob { expected: kept.etag, reply: Some(reply.clone()), ..job.delete() };

    clock.moved(HOUR - MS);
    let write = bed.store.delete_job(&delete).await.expect("the store answers");
    assert_eq!(write, Write::Repeated(reply.body));
    clock.moved(MS);
    let write = bed.store.delete_job(&delete).await.expect("the store answers");
    assert_eq!(write, Write::Done);
}

#[tokio::test]
async fn expired_replies_are_let_go() {
    let (clock, store, bed) = given().await;
    let job = bed.given(bed.job("j").queueing(100)).await;
    let admit = || crate::AdmitRun { request: Some(new_run_request()), ..job.admit(None) };
    for _ in 0..10 {
        bed.store.admit_run(&admit()).await.expect("the store answers");
    }
    clock.moved(HOUR);

    bed.store.admit_run(&admit()).await.expect("the store answers");

    assert_eq!(store.read(PARTITION, |state| state.requested.len()), 1);
}

#[tokio::test]
async fn the_log_drops_its_oldest_writes_whole() {
    let (_, store, bed) = given().await;
    let job = bed.given(bed.job("j").max_instances(1_000)).await;
    let first = store.events(PARTITION, None, 1).await.expect("the store answers").remove(0);
    let mut leader = bed.leader().await;
    for from in (0..9_000).step_by(90) {
        let mut claim = job.claim_all(from..from + 90);
        claim.claim.admission.places = u32::MAX;
        claim.claim.expected.start_after = bed.start;
        claim.claim.next = claim
            .claim
            .next
            .map(|next| bellwether_domain::FirePoint { start_after: bed.start, ..next });
        if from == 0 {
            claim.claim.expected = job.point(0);
        }
        let reply = leader.claim(90, &[claim]).await;
        assert!(matches!(reply.claims[..], [ClaimReply::Done(_)]), "{:?}", reply.claims);
        for leased in &reply.leased {
            leader.finish(job.success(leased)).await;
        }
    }

    let kept = store.events(PARTITION, None, 100_000).await.expect("the store answers");

    assert!((9_800..=10_000).contains(&kept.len()), "{}", kept.len());
    let resumed = store.events(PARTITION, Some(&first.cursor), 100_000).await;
    assert_eq!(resumed.expect("the store answers"), kept, "a cursor outlives its event");
    let write_of = |event: &crate::Event| event.cursor.clone();
    let torn = kept.iter().filter(|event| write_of(event) == write_of(&kept[0])).count();
    assert!(torn == 1 || torn == 180, "{torn} of a write of 180");
}

#[tokio::test]
async fn places_of_runs_that_are_not_there_are_dropped_at_the_limit() {
    let (_, store, bed) = given().await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut leader = bed.leader().await;
    leader.claim(1, &[job.claim_all(0..2)]).await;
    // A write was lost: the run that is executed is not there any more, its place is.
    store.script(PARTITION, |script| {
        script.state.runs.remove(&job.run_id(0));
        script.state.attempts.remove(&job.run_id(0));
    });

    let reply = leader.claim(0, &[job.claim(2)]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Waiting])]);
    let taken = leader.take(&job.ready, 9).await;
    assert_eq!(ids(&taken), [job.run_id(1)], "the one that waited behind it moved up");
}

#[tokio::test]
async fn a_catch_up_behind_lost_runs_goes_on() {
    let (_, store, bed) = given().await;
    let most = u32::try_from(CATCH_UP).expect("a small number");
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim(1, &[job.claim_all(0..most)]).await;
    store.script(PARTITION, |script| script.state.runs.clear());
    let mut next = job.claim(most);
    next.claim.admission.continues = true;

    let reply = leader.claim(0, &[next]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Ready])]);
}

#[tokio::test]
async fn a_fire_time_whose_run_is_there_gets_no_second_one() {
    let (_, store, bed) = given().await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    // The job went back to what it was before the claim; the run did not.
    store.script(PARTITION, |script| {
        let key = job.key().to_string();
        script.schedule(&key, bellwether_domain::JobState::Active, Some(job.point(0)));
        let row = script.state.jobs.get_mut(&key).expect("it is there");
        row.job.status.last_fire = None;
    });

    let reply = leader.claim(9, &[job.claim(0)]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])], "as it stands");
    assert_eq!(reply.leased, [], "nobody else gets it");
    assert_eq!(bed.runs(job.uid()).await, [leased.run]);
    assert_eq!(bed.attempts().await.len(), 1);
}

#[tokio::test]
async fn a_second_hint_to_a_run_is_skipped() {
    let (_, store, bed) = given().await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim(0)).await;
    store.script(PARTITION, |script| script.push_ready(job.run_id(0), &job.ready));

    let taken = leader.take(&job.ready, 9).await;

    assert_eq!(ids(&taken), [job.run_id(0)], "it is executed once");
    assert_eq!(taken[0].run.attempt, 1);
}

#[tokio::test]
async fn a_claimed_fire_time_is_refused_though_it_is_the_jobs_point() {
    let (_, store, bed) = given().await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    leader.start(&job, 0).await;
    // The point went back, the latest fire time did not.
    store.script(PARTITION, |script| {
        let key = job.key().to_string();
        script.schedule(&key, bellwether_domain::JobState::Active, Some(job.point(0)));
    });

    let reply = leader.claim(9, &[job.claim(0)]).await;

    assert_eq!(reply.claims, [ClaimReply::Changed]);
}

#[tokio::test]
async fn epochs_grow_though_the_clock_goes_back() {
    let (clock, store, _) = given().await;
    let owner = bellwether_domain::BootId(uuid::Uuid::now_v7());
    let mut last = Epoch(0);
    for _ in 0..3 {
        let acquired = store.acquire(PARTITION, owner, LONG, Epoch(0)).await;
        let Ok(Acquired::Leader(token)) = acquired else { panic!("{acquired:?}") };
        assert!(token.epoch > last, "{} after {last}", token.epoch);
        last = token.epoch;
        clock.set_back(HOUR);
    }
}

#[tokio::test]
async fn a_delay_is_measured_by_the_stores_clock() {
    let (clock, _, bed) = given().await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let later = NextStep::Again { after: LONG, lost: false };
    leader.finish(job.finish(&leased, later)).await;

    for (wait, ready) in [(LONG - MS, 0), (MS, 1)] {
        clock.moved(wait);
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        assert_eq!(peek.delayed.len(), ready);
        leader.promote(job.promote(0)).await;
        let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
        assert_eq!(head.ready, ready as u64);
    }
}

#[tokio::test]
async fn a_lease_runs_out_at_its_instant() {
    let (clock, _, bed) = given().await;
    bed.leader().await;
    let other = bellwether_domain::BootId(uuid::Uuid::now_v7());
    let mut leads = Vec::new();
    for wait in [LONG - MS, MS] {
        clock.moved(wait);
        let acquired = bed.store.acquire(PARTITION, other, LONG, Epoch(0)).await;
        leads.push(matches!(acquired, Ok(Acquired::Leader(_))));
    }
    assert_eq!(leads, [false, true]);
}

#[tokio::test]
async fn history_interleaves_by_the_end() {
    let (clock, _, bed) = given().await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    for fire in 0..4 {
        let leased = leader.start(&job, fire).await;
        let end = if fire % 2 == 0 { EndState::Succeeded } else { EndState::Failed };
        leader.finish(job.finish(&leased, NextStep::End(end))).await;
        clock.moved(MS);
    }

    let runs = bed.runs(job.uid()).await;

    let order: Vec<_> = runs.iter().map(|run| run.draft.id).collect();
    assert_eq!(order, [3, 2, 1, 0].map(|fire| job.run_id(fire)));
    assert!(runs.iter().all(|run| matches!(run.state, RunState::Ended(_))));
}

#[tokio::test]
async fn a_store_that_was_not_opened_says_so() {
    let store = MemoryStore::new(Arc::new(HandClock(AtomicI64::new(0))));
    let job = crate::conformance::job::TestJob::new("j", Timestamp::UNIX_EPOCH);
    let read = crate::JobStore::read_job(&store, job.key(), None).await;
    let error = read.expect_err("it has no partitions");
    let cause = std::error::Error::source(&error).expect("it says why").to_string();
    assert!(cause.contains("open"), "{cause}");
    let admitted = crate::RunStore::admit_run(&store, &job.admit(None)).await;
    assert_eq!(admitted.expect("no job is there"), Admitted::Changed);
}

#[tokio::test]
async fn who_reads_a_log_too_late_is_told() {
    let (_, store, bed) = given().await;
    let log = crate::Log::Partition(PARTITION);
    let end = async || store.ends(&[log]).await.expect("the store answers").remove(0);
    let read = async |after| store.read_log(log, after, 1).await.expect("the store answers");
    let start = end().await;
    bed.given(bed.job("first")).await;
    let behind = end().await;
    for number in 0..10_001 {
        bed.given(bed.job(&number.to_string())).await;
    }

    for late in [&start, &behind] {
        assert_eq!(read(late).await, LogPage::Expired, "{late:?}");
    }
    assert_eq!(read(&end().await).await, LogPage::Entries(Vec::new()));
}
