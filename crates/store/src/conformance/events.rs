//! The log of what happened.

use std::sync::Arc;

use bellwether_domain::{Covers, JobKey, NextStep, RunDraft};

use super::bed::{Bed, PARTITION};
use crate::{Event, EventCursor, EventKind, RunEvent, Store};

async fn read(bed: &Bed, after: Option<&EventCursor>, limit: usize) -> Vec<Event> {
    bed.store.events(PARTITION, after, limit).await.expect("the store answers")
}

fn kinds(events: &[Event], job: &JobKey) -> Vec<EventKind> {
    events.iter().filter(|event| event.job == *job).map(|event| event.kind).collect()
}

/// A job that was created, started, retried, given back, and ended; and another beside it.
async fn a_life(bed: &Bed) -> [super::job::TestJob; 2] {
    let job = bed.given(bed.job("j")).await;
    let other = bed.given(bed.job("other")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let at_once = NextStep::Again { after: std::time::Duration::ZERO, lost: false };
    leader.finish(job.finish(&leased, at_once)).await;
    let leased = leader.take(&job.ready, 1).await.remove(0);
    leader.finish(job.finish(&leased, NextStep::GiveBack)).await;
    let leased = leader.take(&job.ready, 1).await.remove(0);
    leader.start(&other, 0).await;
    leader.finish(job.success(&leased)).await;
    bed.store.delete_job(&job.delete()).await.expect("the store answers");
    [job, other]
}

pub async fn events_tell_a_jobs_life_in_order(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [job, other] = a_life(&bed).await;

    let events = read(&bed, None, 1_000).await;

    use EventKind::{
        JobCreated, JobDeleted, RunGivenBack, RunPending, RunRetried, RunStarted, RunSucceeded,
    };
    let expected = [
        JobCreated,
        RunPending,
        RunStarted,
        RunRetried,
        RunStarted,
        RunGivenBack,
        RunStarted,
        RunSucceeded,
        JobDeleted,
    ];
    assert_eq!(kinds(&events, job.key()), expected);
    assert_eq!(kinds(&events, other.key()), [JobCreated, RunPending, RunStarted]);
    assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert!(events.iter().all(|event| event.at >= bed.start));
    let about = |event: &Event| event.run;
    let attempts: Vec<_> =
        events.iter().filter(|e| e.job == *job.key()).filter_map(about).collect();
    let of = |attempt| RunEvent { id: job.run_id(0), fire_time: job.fire_time(0), attempt };
    assert_eq!(attempts, [0, 1, 1, 2, 2, 2, 2].map(of));
}

pub async fn a_reader_resumes_where_it_stopped(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    a_life(&bed).await;
    let all = read(&bed, None, 1_000).await;

    for limit in 1..5 {
        let mut seen: Vec<Event> = Vec::new();
        for _ in 0..all.len() {
            seen.extend(read(&bed, seen.last().map(|event| &event.cursor), limit).await);
        }
        assert_eq!(seen, all, "{limit} at a time");
    }
    let end = all.last().map(|event| &event.cursor);
    bed.given(bed.job("later")).await;
    let new = read(&bed, end, 9).await;
    assert_eq!(new.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::JobCreated]);
}

pub async fn events_of_one_write_are_not_torn_apart(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    let created = read(&bed, None, 1).await;
    leader.claim(9, &[job.claim_all(0..4)]).await;

    let page = read(&bed, created.last().map(|event| &event.cursor), 1).await;

    assert_eq!(page.len(), 8, "four runs, each pending and started");
    assert!(page.iter().all(|event| event.cursor == page[0].cursor));
    assert!(page.iter().all(|event| event.at == page[0].at));
}

pub async fn a_write_that_changes_nothing_is_no_event(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let before = read(&bed, None, 99).await;

    leader.claim(1, &[job.claim(5)]).await;
    leader.turn(crate::Turn::default()).await;
    bed.insert(&bed.job("j").insert()).await;

    assert_eq!(read(&bed, None, 99).await, before);
}

pub async fn a_foreign_cursor_is_refused(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    bed.given(bed.job("j")).await;
    for text in ["", "☂", "nonsense", "1;2"] {
        let cursor = EventCursor(text.into());
        let read = bed.store.events(PARTITION, Some(&cursor), 9).await;
        assert!(matches!(read, Err(crate::StoreError::Corrupt { .. })), "{text:?}: {read:?}");
    }
}

pub async fn a_run_that_stands_for_others_is_said_to(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut leader = bed.leader().await;
    let standing_for = |first: u32, last: u32| {
        let mut item = job.claim(first);
        let covers =
            Covers { first: job.fire_time(first), last: job.fire_time(last), others: last - first };
        item.claim.fires[0].draft = RunDraft { covers, ..job.draft(last) };
        item.claim.last_fire = job.fire_time(last);
        item.claim.next = Some(job.point(last + 1));
        item
    };

    leader.claim(1, &[standing_for(0, 3)]).await;
    leader.claim(1, &[standing_for(4, 5)]).await;
    leader.claim(1, &[standing_for(6, 7)]).await;

    use EventKind::{JobCreated, RunCoalesced, RunPending, RunSkipped, RunStarted};
    let events = read(&bed, None, 99).await;
    let expected =
        [JobCreated, RunPending, RunCoalesced, RunStarted, RunPending, RunCoalesced, RunSkipped];
    assert_eq!(kinds(&events, job.key()), expected);
    let about = events[2].run.map(|run| (run.id, run.fire_time, run.attempt));
    assert_eq!(about, Some((job.run_id(3), job.fire_time(3), 0)));
}
