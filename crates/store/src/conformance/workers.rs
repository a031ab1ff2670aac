//! Workers: their sessions, the lists that wait for them, and more time for their attempts.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{
    BootId, HandlerName, Namespace, Owner, Priority, QueueName, SessionId, WorkerId,
};
use uuid::Uuid;

use super::bed::{Bed, PARTITION, ids};
use super::cluster::expect;
use crate::{
    Admitted, Extend, Hint, Lane, OpenSession, ReadyKey, SessionBeat, Store, StreamNumber, Take,
    Turn,
};

fn boot() -> BootId {
    BootId(Uuid::now_v7())
}

fn open(session: SessionId, host: BootId, resume: bool) -> OpenSession {
    OpenSession {
        session,
        resume,
        host,
        worker: WorkerId::new("web-3/worker").expect("a valid name"),
        namespace: Namespace::new("shop").expect("a valid name"),
    }
}

fn new_session() -> SessionId {
    SessionId(Uuid::now_v7())
}

fn beat(session: SessionId, stream: u64, beat: u64) -> SessionBeat {
    SessionBeat { session, stream: StreamNumber(stream), beat }
}

pub async fn a_session_goes_from_stream_to_stream(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (session, [a, b]) = (new_session(), [boot(), boot()]);
    for (number, host) in [(1, a), (2, b), (3, b)] {
        let opening = open(session, host, number > 1);
        let stream = bed.store.open_session(&opening).await.expect("the store answers");
        assert_eq!(stream, Some(StreamNumber(number)));
    }
    let seen = bed.store.beat_sessions(a, &[]).await.expect("the store answers");
    let record = &seen.sessions[0];
    assert_eq!((record.session, record.host, record.stream), (session, b, StreamNumber(3)));
    assert_eq!((record.worker.as_str(), record.namespace.as_str()), ("web-3/worker", "shop"));
    assert_eq!(record.beat, 0);
    assert!(record.last_seen >= bed.start);
}

pub async fn only_a_session_that_is_there_is_resumed(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (session, host) = (new_session(), boot());
    let gone = bed.store.open_session(&open(session, host, true)).await;
    assert_eq!(gone.expect("the store answers"), None);
    let seen = bed.store.beat_sessions(host, &[]).await.expect("the store answers");
    assert_eq!(seen.sessions, [], "nothing was written");

    bed.store.open_session(&open(session, host, false)).await.expect("the store answers");
    let other = Namespace::new("sho").expect("a valid name");
    let foreign = OpenSession { namespace: other, ..open(session, host, true) };
    let resumed = bed.store.open_session(&foreign).await.expect("the store answers");
    assert_eq!(resumed, None, "a session stays in its namespace");
}

pub async fn a_beat_counts_for_the_latest_stream(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let ([mine, moved, gone], [a, b]) =
        ([new_session(), new_session(), new_session()], [boot(), boot()]);
    for (session, host) in [(mine, a), (moved, a), (moved, b)] {
        bed.store.open_session(&open(session, host, false)).await.expect("the store answers");
    }

    let beats = [beat(mine, 1, 7), beat(moved, 1, 7), beat(gone, 1, 7)];
    let seen = bed.store.beat_sessions(a, &beats).await.expect("the store answers");

    assert_eq!(seen.lost, [moved, gone]);
    let beats: Vec<_> = seen.sessions.iter().map(|record| (record.session, record.beat)).collect();
    assert_eq!(beats, [(mine, 7), (moved, 0)], "and no record was made of a beat");
    // The host is part of it: after a restart the same number may come from elsewhere.
    let seen = bed.store.beat_sessions(a, &[beat(moved, 2, 8)]).await.expect("the store answers");
    assert_eq!(seen.lost, [moved]);
    let seen = bed.store.beat_sessions(b, &[beat(moved, 2, 9)]).await.expect("the store answers");
    assert_eq!(seen.lost, []);
    assert_eq!(seen.sessions[1].beat, 9);
}

pub async fn a_session_is_closed_by_its_latest_stream(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (session, host) = (new_session(), boot());
    for _ in 0..2 {
        bed.store.open_session(&open(session, host, false)).await.expect("the store answers");
    }
    let there = async || {
        let seen = bed.store.beat_sessions(host, &[]).await.expect("the store answers");
        seen.sessions.len()
    };
    bed.store.close_session(session, StreamNumber(1)).await.expect("the store answers");
    assert_eq!(there().await, 1, "the worker resumed meanwhile");
    for _ in 0..2 {
        bed.store.close_session(session, StreamNumber(2)).await.expect("the store answers");
        assert_eq!(there().await, 0);
    }
}

async fn queues(bed: &Bed) -> Vec<ReadyKey> {
    let mut queues = bed.store.queues(&[PARTITION]).await.expect("the store answers").remove(0);
    queues.sort();
    queues
}

pub async fn queues_are_known_while_runs_wait_on_them(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mail = bed.given(bed.job("mail").max_instances(9).for_workers("mail")).await;
    let print = bed.given(bed.job("print").for_workers("print")).await;
    let urgent = bed.job("urgent").with_priority(Priority::High).for_workers("mail");
    let urgent = bed.given(urgent).await;
    let node = bed.given(bed.job("node")).await;
    let mut leader = bed.leader().await;
    assert_eq!(queues(&bed).await, []);

    for job in [&mail, &print, &urgent, &node] {
        leader.claim_only(job.claim(0)).await;
    }
    let mut expected = vec![mail.ready.clone(), print.ready.clone(), urgent.ready.clone()];
    expected.sort();
    assert_eq!(queues(&bed).await, expected, "the nodes' own lane is none");

    let take = |ready: &ReadyKey, most| {
        let take = Take { ready: ready.clone(), most, owner: Owner(Uuid::now_v7()) };
        Turn { takes: vec![take], ..Turn::default() }
    };
    assert_eq!(leader.turn(take(&print.ready, 1)).await.leased.len(), 1);
    expected.retain(|ready| *ready != print.ready);
    assert_eq!(queues(&bed).await, expected);

    leader.claim_only(mail.claim(1)).await;
    assert_eq!(leader.turn(take(&mail.ready, 1)).await.leased.len(), 1);
    assert_eq!(queues(&bed).await, expected, "another run still waits there");
    let taken = leader.turn(take(&mail.ready, 1)).await.leased;
    expected.retain(|ready| *ready != mail.ready);
    assert_eq!(queues(&bed).await, expected);

    // What is given back waits there again.
    let back = crate::Finish {
        owner: taken[0].owner,
        step: bellwether_domain::NextStep::GiveBack,
        ..mail.success(&taken[0])
    };
    leader.finish(back).await;
    assert!(queues(&bed).await.contains(&mail.ready));
}

pub async fn handlers_wait_apart_from_each_other(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let one = bed.given(bed.job("one").for_workers("mail")).await;
    let mut other = bed.job("other").for_workers("mail");
    other.ready.lane = Lane::Queue {
        namespace: Namespace::default(),
        queue: QueueName::new("mail").expect("a valid name"),
        handler: HandlerName::new("an/other").expect("a valid name"),
    };
    let other = bed.given(other).await;
    let mut leader = bed.leader().await;
    leader.claim_only(one.claim(0)).await;
    leader.claim_only(other.claim(0)).await;

    assert_eq!(queues(&bed).await.len(), 2);
    assert_eq!(ids(&leader.take(&other.ready, 9).await), [other.run_id(0)]);
    assert_eq!(queues(&bed).await, std::slice::from_ref(&one.ready));
}

pub async fn a_run_for_an_empty_queue_is_hinted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9).for_workers("mail")).await;
    let mut leader = bed.leader().await;
    let mut hints = bed.store.hints().await.expect("the store answers");

    let admitted = bed.store.admit_run(&job.admit(None)).await;

    assert!(matches!(admitted.expect("the store answers"), Admitted::Run(_)));
    expect(&mut hints, Hint::Queue(PARTITION)).await;
    assert_eq!(queues(&bed).await, std::slice::from_ref(&job.ready));
    leader.take(&job.ready, 9).await;
    leader.claim_only(job.claim(0)).await;
    expect(&mut hints, Hint::Queue(PARTITION)).await;
}

pub async fn an_attempt_is_given_more_time(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let held = leader.start(&job, 0).await;
    let deadline = async || bed.attempts().await[0].deadline;
    let before = deadline().await;
    let by = |seconds| Extend {
        run: held.run.draft.id,
        attempt: 1,
        owner: held.owner,
        by: Duration::from_secs(seconds),
    };
    let extend = async |extend: Extend| {
        bed.store.extend(PARTITION, &[extend]).await.expect("the store answers")[0]
    };

    let short = extend(by(1)).await.expect("it is held");
    assert_eq!((short.deadline, deadline().await), (before, before), "never less than before");
    let long = extend(by(7_200)).await.expect("it is held");
    assert_eq!(long.deadline, long.now.saturating_add(Duration::from_secs(7_200)));
    assert_eq!(deadline().await, long.deadline);
    let again = extend(by(10)).await.expect("it is held");
    assert_eq!(again.deadline, long.deadline);
    for foreign in [
        Extend { attempt: 2, ..by(9_000) },
        Extend { owner: Owner(Uuid::now_v7()), ..by(9_000) },
        Extend { run: job.run_id(5), ..by(9_000) },
    ] {
        assert_eq!(extend(foreign).await, None);
    }
    assert_eq!(deadline().await, long.deadline);
    let both = bed.store.extend(PARTITION, &[Extend { attempt: 2, ..by(9) }, by(9)]).await;
    let held: Vec<_> = both.expect("the store answers").iter().map(Option::is_some).collect();
    assert_eq!(held, [false, true]);
}

pub async fn more_time_ends_with_its_attempt(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let first = leader.start(&job, 0).await;
    let extend = Extend {
        run: first.run.draft.id,
        attempt: 1,
        owner: first.owner,
        by: Duration::from_secs(90_000),
    };
    bed.store.extend(PARTITION, &[extend]).await.expect("the store answers");
    let lost = bellwether_domain::NextStep::Again { after: Duration::ZERO, lost: true };
    leader.finish(crate::Finish { step: lost, ..job.success(&first) }).await;

    let second = leader.take(&job.ready, 1).await.remove(0);

    assert_eq!(second.run.attempt, 2);
    let attempt = bed.attempts().await[0];
    let timeout = Duration::from_secs(3_600);
    assert_eq!(attempt.deadline, attempt.leased.saturating_add(timeout), "its own timeout");
    leader.finish(job.success(&second)).await;
    assert_eq!(bed.attempts().await, []);
}

pub async fn runs_that_wait_move_with_their_job(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2).for_workers("mial")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim_all(0..3)).await;
    let retried = leader.take(&job.ready, 1).await.remove(0);
    let again =
        bellwether_domain::NextStep::Again { after: Duration::from_millis(30), lost: false };
    leader.finish(job.finish(&retried, again)).await;
    let corrected = bed.job("j").for_workers("mail").ready;
    let relist = crate::Relist { from: job.ready.clone(), to: corrected.clone() };
    let change = crate::ChangeJob {
        expected_last: Some(job.fire_time(2)),
        expected_next: Some(job.fire_time(3)),
        relist: Some(relist),
        ..job.change(crate::Change::Define(Box::new(job.definition.clone())))
    };
    let write = bed.store.change_job(&change).await.expect("the store answers");
    assert_eq!(write, crate::Write::Done);

    // The one that might start, not the one that waits for its turn, nor yet the one in its backoff.
    let taken = leader.take(&corrected, 9).await;
    assert_eq!(ids(&taken), [job.run_id(1)]);
    let promote = super::bed::eventually("the backoff to end", async || {
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        peek.delayed.into_iter().next()
    })
    .await;
    assert_eq!((promote.run, &promote.ready), (job.run_id(0), &corrected));
    leader.promote(promote).await;
    assert_eq!(ids(&leader.take(&corrected, 9).await), [job.run_id(0)]);
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [], "the old list has hints at most");
}
