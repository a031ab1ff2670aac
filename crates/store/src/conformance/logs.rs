//! The logs, as those read them who watch.

use std::sync::Arc;

use bellwether_domain::{BootId, Epoch};
use uuid::Uuid;

use super::bed::{Bed, LONG, PARTITION};
use super::members::record;
use crate::{
    Acquired, Change, EventCursor, EventKind, Happened, JobSince, Log, LogEntry, LogPage,
    NextPoint, Store, StoreError,
};

const OF_PARTITION: Log = Log::Partition(PARTITION);

async fn end(bed: &Bed, log: Log) -> EventCursor {
    bed.store.ends(&[log]).await.expect("the store answers").remove(0)
}

async fn read(bed: &Bed, log: Log, after: &EventCursor, writes: usize) -> Vec<LogEntry> {
    match bed.store.read_log(log, after, writes).await.expect("the store answers") {
        LogPage::Entries(entries) => entries,
        LogPage::Expired => panic!("nothing was dropped behind {after:?}"),
    }
}

/// What happened behind `after`.
async fn happened(bed: &Bed, log: Log, after: &EventCursor) -> Vec<Happened> {
    read(bed, log, after, 100).await.into_iter().map(|entry| entry.happened).collect()
}

fn kind(happened: &Happened) -> EventKind {
    match happened {
        Happened::Job { kind, .. } => *kind,
        other => panic!("not about a job: {other:?}"),
    }
}

pub async fn a_log_is_read_from_where_it_ended(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let nowhere = end(&bed, OF_PARTITION).await;
    assert_eq!(happened(&bed, OF_PARTITION, &nowhere).await, [], "it is empty");

    bed.given(bed.job("a")).await;
    let behind_a = end(&bed, OF_PARTITION).await;
    bed.given(bed.job("b")).await;

    let ids = async |after| {
        let happened = happened(&bed, OF_PARTITION, after).await.into_iter();
        let id = |happened| match happened {
            Happened::Job { job, .. } => job.id.to_string(),
            other => panic!("not about a job: {other:?}"),
        };
        happened.map(id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&nowhere).await, ["a", "b"]);
    assert_eq!(ids(&behind_a).await, ["b"]);
    let read = read(&bed, OF_PARTITION, &nowhere, 9).await;
    assert_eq!(read[0].cursor, behind_a, "the end is the place of the latest write");
    assert_eq!(ids(&end(&bed, OF_PARTITION).await).await, [""; 0]);
    assert!(read.iter().all(|entry| entry.at >= bed.start));
}

pub async fn pages_of_a_log_follow_each_other(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let start = end(&bed, OF_PARTITION).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    leader.claim(9, &[job.claim_all(0..4)]).await;
    bed.store.delete_job(&job.delete()).await.expect("the store answers");
    let all = read(&bed, OF_PARTITION, &start, 100).await;
    assert_eq!(all.len(), 11, "created, led, four times pending and started, deleted");

    for writes in 1..5 {
        let (mut seen, mut after) = (Vec::new(), start.clone());
        loop {
            let page = read(&bed, OF_PARTITION, &after, writes).await;
            let Some(last) = page.last() else { break };
            after = last.cursor.clone();
            let mut places: Vec<_> = page.iter().map(|entry| &entry.cursor.0).collect();
            places.dedup();
            assert!(places.len() <= writes, "{writes} at a time");
            seen.extend(page);
        }
        assert_eq!(seen, all, "{writes} at a time");
    }
}

pub async fn a_clients_write_tells_what_became_of_the_job(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let start = end(&bed, OF_PARTITION).await;
    let job = bed.given(bed.job("j")).await;
    let mut pause = job.change(Change::Pause { reason: "☂ night".into(), since: bed.start });
    pause.next = NextPoint::Unset;
    pause.dropped = Some(job.dropped(0, "paused"));
    bed.store.change_job(&pause).await.expect("the store answers");
    let mut define = job.change(Change::Define(Box::new(job.definition.clone())));
    define.expected = pause.etag;
    define.expected_last = Some(job.fire_time(0));
    define.expected_next = None;
    bed.store.change_job(&define).await.expect("the store answers");
    let mut resume = job.change(Change::Resume);
    resume.expected = define.etag;
    resume.expected_last = Some(job.fire_time(0));
    resume.expected_next = None;
    resume.next = NextPoint::Exhausted;
    bed.store.change_job(&resume).await.expect("the store answers");
    let delete = crate::DeleteJob { expected: resume.etag, ..job.delete() };
    bed.store.delete_job(&delete).await.expect("the store answers");

    let happened = happened(&bed, OF_PARTITION, &start).await;

    let since = |etag, reason: &str| JobSince { uid: job.uid(), etag, reason: reason.into() };
    let expected = [
        (EventKind::JobCreated, Some(since(job.etag, ""))),
        (EventKind::RunSkipped, None),
        (EventKind::JobPaused, Some(since(pause.etag, "☂ night"))),
        (EventKind::JobUpdated, Some(since(define.etag, "☂ night"))),
        (EventKind::JobResumed, Some(since(resume.etag, ""))),
        (EventKind::JobFinished, Some(since(resume.etag, ""))),
        (EventKind::JobDeleted, Some(since(resume.etag, ""))),
    ];
    let found = happened.into_iter().map(|happened| match happened {
        Happened::Job { kind, since, .. } => (kind, since),
        other => panic!("not about a job: {other:?}"),
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

pub async fn a_new_leader_has_its_place_in_the_log_of_its_partition(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let start = end(&bed, OF_PARTITION).await;
    let mut first = bed.leader().await;
    first.claim_only(job.claim(0)).await;
    first.be_deposed().await;
    let mut second = bed.leader().await;
    second.claim_only(job.claim(1)).await;
    let [one, two] = [&first, &second].map(|node| node.lease.expect("it leads"));
    assert!(two.epoch > one.epoch);

    let happened = happened(&bed, OF_PARTITION, &start).await;

    let led = |token: crate::LeaseToken| Happened::LeaderChanged {
        partition: PARTITION,
        owner: token.owner,
        epoch: token.epoch,
    };
    assert_eq!((&happened[0], &happened[2]), (&led(one), &led(two)));
    let kinds = [1, 3].map(|place| kind(&happened[place]));
    assert_eq!(kinds, [EventKind::RunPending, EventKind::RunSkipped]);
    // Who reads about jobs only is not disturbed by it.
    let about = |event: &crate::Event| event.job == *job.key();
    assert!(bed.events().await.iter().all(about));
}

pub async fn a_lease_that_changes_no_hands_is_no_event(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let leader = bed.leader().await;
    let token = leader.lease.expect("it leads");
    let before = end(&bed, OF_PARTITION).await;

    let other = BootId(Uuid::now_v7());
    let held = bed.store.acquire(PARTITION, other, LONG, Epoch(0)).await;
    assert!(matches!(held, Ok(Acquired::Held(_))), "{held:?}");
    assert!(bed.store.renew(token, LONG).await.expect("the store answers"));
    leader.be_deposed().await;

    assert_eq!(end(&bed, OF_PARTITION).await, before);
}

pub async fn nodes_that_come_and_go_are_in_the_log_of_the_cluster(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let start = end(&bed, Log::Cluster).await;
    let [a, b] = [record("a"), record("naïve ☂")];
    for node in [&a, &a, &b, &a] {
        bed.store.beat(node).await.expect("the store answers");
    }
    for _ in 0..2 {
        bed.store.leave(a.boot).await.expect("the store answers");
    }
    let middle = end(&bed, Log::Cluster).await;
    // It was only asleep.
    bed.store.beat(&a).await.expect("the store answers");

    let joined = |boot, name: &str| Happened::NodeJoined { boot, name: name.into() };
    let expected = [
        joined(a.boot, "a"),
        joined(b.boot, "naïve ☂"),
        Happened::NodeLeft { boot: a.boot, name: "a".into() },
        joined(a.boot, "a"),
    ];
    assert_eq!(happened(&bed, Log::Cluster, &start).await, expected);
    assert_eq!(happened(&bed, Log::Cluster, &middle).await, expected[3..]);
    let ends = bed.store.ends(&[OF_PARTITION, Log::Cluster]).await.expect("the store answers");
    assert_eq!(ends[1], end(&bed, Log::Cluster).await, "in the order asked for");
}

pub async fn a_place_that_the_log_has_no_more_is_expired(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    bed.given(bed.job("j")).await;
    let of_partition = end(&bed, OF_PARTITION).await;
    // To a log that lost what it held, a place of its past is as strange as one of another log.
    let page = bed.store.read_log(Log::Cluster, &of_partition, 9).await;
    assert_eq!(page.expect("the store answers"), LogPage::Expired);
}

pub async fn a_place_that_no_log_had_is_refused(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    for text in ["", "☂", "nonsense", "1;2", "68e0a421f0640313"] {
        let cursor = EventCursor(text.into());
        let page = bed.store.read_log(OF_PARTITION, &cursor, 9).await;
        assert!(matches!(page, Err(StoreError::Corrupt { .. })), "{text:?}: {page:?}");
    }
}
