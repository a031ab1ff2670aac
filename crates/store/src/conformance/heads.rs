//! What is due, and when to look again.

use std::sync::Arc;

use bellwether_domain::FirePoint;

use super::bed::{Bed, PARTITION};
use crate::{DueCursor, DueEntry, InsertJob, Peek, Store};

async fn peek(bed: &Bed, after: Option<&DueCursor>, limit: usize) -> Peek {
    bed.store.peek(PARTITION, after, limit).await.expect("the store answers")
}

fn names(peek: &Peek) -> Vec<&str> {
    peek.due.iter().map(|entry| entry.key.id.as_str()).collect()
}

fn behind(entry: &DueEntry) -> DueCursor {
    DueCursor { start_after: entry.next.start_after, key: entry.key.clone() }
}

pub async fn a_peek_shows_what_a_plan_needs(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    leader.claim(9, &[job.claim_all(0..3)]).await;

    let peek = peek(&bed, None, 9).await;

    let expected = DueEntry {
        key: job.key().clone(),
        etag: job.etag,
        uid: job.uid(),
        next: job.point(3),
        fires: 3,
        catching_up: false,
    };
    assert_eq!(peek.due, [expected]);
    assert!(peek.now >= bed.start);
    assert_eq!((peek.head.due, peek.head.delayed, peek.head.ready), (None, None, 0));
}

pub async fn due_points_come_in_their_order(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    // By when they are due, not by their fire times; then by name, as text.
    for (id, namespace, fire, due) in [
        ("late", "default", 0, 9),
        ("z", "a", 5, 5),
        ("y", "a-b", 5, 5),
        ("early", "default", 2, 2),
    ] {
        let job = bed.job(id).in_namespace(namespace);
        let next = FirePoint { start_after: job.fire_time(due), ..job.point(fire) };
        assert_eq!(bed.insert(&InsertJob { next, ..job.insert() }).await, crate::Write::Done);
    }

    assert_eq!(names(&peek(&bed, None, 9).await), ["early", "y", "z", "late"]);
}

pub async fn pages_lead_past_jobs_that_stay_due(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let all: Vec<String> = (0..7).map(|n| format!("j{n}")).collect();
    for id in &all {
        bed.given(bed.job(id)).await;
    }
    let ahead = bed.job("ahead");
    bed.insert(&InsertJob { next: ahead.far_point(), ..ahead.insert() }).await;

    let mut seen = Vec::new();
    let mut after = None;
    for _ in 0..all.len() {
        let page = peek(&bed, after.as_ref(), 3).await;
        assert!(page.due.len() <= 3, "{:?}", names(&page));
        seen.extend(page.due.iter().map(|entry| entry.key.id.to_string()));
        // Nobody claims anything: the jobs stay due.
        let expected = match seen.len() {
            3 | 6 => bed.job("x").point(0).start_after,
            _ => ahead.far_point().start_after,
        };
        assert_eq!(page.head.due, Some(expected), "the earliest behind the page");
        after = page.due.last().map(behind).or(after);
    }

    assert_eq!(seen, all, "all of them, none twice");
}

pub async fn a_peek_of_nothing_due_tells_when_to_come_back(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let empty = peek(&bed, None, 9).await;
    assert_eq!((empty.due.len(), empty.head), (0, crate::Head::default()));
    let job = bed.job("j");
    bed.insert(&InsertJob { next: job.far_point(), ..job.insert() }).await;

    let peek = peek(&bed, None, 9).await;

    assert_eq!(peek.due, []);
    assert_eq!(peek.head.due, Some(job.far_point().start_after));
}

pub async fn heads_are_those_of_the_partitions_asked_for(store: Arc<dyn Store>) {
    let count = bellwether_domain::PartitionCount::new(4).expect("a valid number");
    store.open(Some(count)).await.expect("an empty store opens");
    let start = store.now().await.expect("the store tells its time");
    let job = super::job::TestJob::new("j", start);
    let write = store.insert_job(&job.insert()).await.expect("the store answers");
    assert_eq!(write, crate::Write::Done);
    let home = job.key().partition(count);
    let partitions: Vec<_> = count.iter().collect();

    let heads = store.heads(&partitions).await.expect("the store answers");

    for (partition, head) in partitions.iter().zip(&heads) {
        let expected = (*partition == home).then_some(job.point(0).start_after);
        assert_eq!(head.due, expected, "partition {partition}");
    }
    let one = store.heads(&[home]).await.expect("the store answers");
    assert_eq!(one, [heads[usize::from(home.0)]]);
}

pub async fn a_head_counts_the_runs_that_are_ready(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(3)).await;
    let low = bed.job("low").with_priority(bellwether_domain::Priority::Low);
    let low = bed.given(low).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim_all(0..3)).await;
    leader.claim_only(low.claim(0)).await;

    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];

    assert_eq!(head.ready, 4, "of all priorities");
    assert_eq!(peek(&bed, None, 9).await.head.ready, 4);
    leader.take(&job.ready, 2).await;
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.ready, 2);
}
