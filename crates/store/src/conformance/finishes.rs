//! The ends of attempts: whose result counts, and what becomes of the run.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::target::Content;
use bellwether_domain::{AttemptReport, EndState, NextStep, Owner, Payload, RunError, RunState};
use uuid::Uuid;

use super::bed::{Bed, LONG, PARTITION, eventually, ids};
use crate::{ClaimReply, EventKind, FinishReply, Promote, RecordReply, Store};

const AT_ONCE: NextStep = NextStep::Again { after: Duration::ZERO, lost: false };

fn failed_report() -> AttemptReport {
    let output = Payload {
        content: Content::Bytes(vec![0, 159, 146, 150]),
        content_type: "application/octet-stream".into(),
    };
    AttemptReport {
        node: "n1".into(),
        worker: "w1".into(),
        reason: "the target refused".into(),
        error: Some(RunError { code: "http_status".into(), message: "503".into() }),
        output: Some(output),
        output_truncated: true,
        trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
    }
}

pub async fn a_result_ends_its_run(store: Arc<dyn Store>) {
    let ends = [
        (EndState::Succeeded, EventKind::RunSucceeded),
        (EndState::Failed, EventKind::RunFailed),
        (EndState::Cancelled, EventKind::RunCancelled),
        (EndState::TimedOut, EventKind::RunTimedOut),
        (EndState::Lost, EventKind::RunLost),
        (EndState::Missed, EventKind::RunMissed),
    ];
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    for (fire, (end, kind)) in (0..).zip(ends) {
        let leased = leader.start(&job, fire).await;
        let mut finish = job.finish(&leased, NextStep::End(end));
        finish.report = failed_report();

        assert_eq!(leader.finish(finish).await, FinishReply::Recorded);

        let run = bed.run_of(&job, fire).await;
        assert_eq!(run.state, RunState::Ended(end));
        assert_eq!(run.report, failed_report());
        assert_eq!((run.attempt, run.started), (1, leased.run.started));
        assert!(run.ended >= run.started, "{:?} after {:?}", run.ended, run.started);
        assert_eq!(run.lost, u32::from(end == EndState::Lost));
        assert_eq!(bed.attempts().await, []);
        let events = bed.events().await;
        let last = events.last().expect("there are events");
        assert_eq!((last.kind, last.run.map(|run| run.id)), (kind, Some(run.draft.id)));
    }
    let live = [job.run_id(0), job.run_id(1)];
    let live = bed.store.read_live_runs(PARTITION, &live).await.expect("the store answers");
    assert_eq!(live, [None, None]);
}

pub async fn a_result_of_another_owner_or_attempt_is_superseded(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let before = bed.run_of(&job, 0).await;

    let mut of_another = job.success(&leased);
    of_another.owner = Owner(Uuid::now_v7());
    let mut too_early = job.success(&leased);
    too_early.attempt = 2;
    let mut too_late = job.success(&leased);
    too_late.attempt = 0;

    for finish in [of_another, too_early, too_late] {
        let attempt = finish.attempt;
        assert_eq!(leader.finish(finish).await, FinishReply::Superseded);
        assert_eq!(bed.run_of(&job, 0).await, before, "the run goes on");
        let events = bed.events().await;
        let last = events.last().expect("there are events");
        assert_eq!(last.kind, EventKind::ResultSuperseded, "the refusal is recorded");
        assert_eq!(last.run.map(|run| (run.id, run.attempt)), Some((job.run_id(0), attempt)));
    }
    assert_eq!(leader.finish(job.success(&leased)).await, FinishReply::Recorded);
}

pub async fn a_result_for_a_run_that_is_pending_again_is_superseded(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    leader.finish(job.finish(&leased, AT_ONCE)).await;

    assert_eq!(leader.finish(job.success(&leased)).await, FinishReply::Superseded);

    assert_eq!(bed.run_of(&job, 0).await.state, RunState::PENDING);
}

pub async fn a_result_for_no_unfinished_run_is_unknown(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    leader.finish(job.success(&leased)).await;
    let (run, events) = (bed.run_of(&job, 0).await, bed.events().await);

    let mut again = job.success(&leased);
    again.report = failed_report();
    let mut nobody = job.success(&leased);
    nobody.run = job.run_id(77);

    assert_eq!(leader.finish(again).await, FinishReply::Unknown);
    assert_eq!(leader.finish(nobody).await, FinishReply::Unknown);
    assert_eq!(bed.run_of(&job, 0).await, run);
    assert_eq!(bed.events().await, events);
}

pub async fn a_retry_waits_for_its_time(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let later = NextStep::Again { after: LONG, lost: false };
    let mut finish = job.finish(&leased, later);
    finish.report = failed_report();

    assert_eq!(leader.finish(finish).await, FinishReply::Recorded);

    let run = bed.run_of(&job, 0).await;
    assert_eq!((run.state, run.attempt, run.lost), (RunState::PENDING, 1, 0));
    assert_eq!((run.report, run.ended), (failed_report(), None));
    leader.promote(job.promote(0)).await;
    assert_eq!(leader.take(&job.ready, 1).await, [], "its time has not come");
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    let delayed = head.delayed.expect("it waits");
    assert!(delayed >= bed.start.saturating_add(LONG), "{delayed}");
    let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
    assert_eq!((peek.delayed, peek.head.delayed), (vec![], Some(delayed)));
}

pub async fn a_delayed_run_is_promoted_once_its_time_has_come(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let soon = NextStep::Again { after: Duration::from_millis(30), lost: false };
    leader.finish(job.finish(&leased, soon)).await;

    let peek = eventually("the delay is over", || async {
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        (!peek.delayed.is_empty()).then_some(peek)
    })
    .await;

    assert_eq!(peek.delayed, [job.promote(0)]);
    assert_eq!(peek.head.delayed, None, "nothing behind what was returned");
    let mut other = bed.node().await;
    other.promote(job.promote(0)).await;
    assert_eq!(other.take(&job.ready, 1).await, [], "who does not lead promotes nothing");
    leader.promote(job.promote(0)).await;
    leader.promote(job.promote(0)).await;
    let taken = leader.take(&job.ready, 9).await;
    assert_eq!(ids(&taken), [job.run_id(0)]);
    assert_eq!(taken[0].run.attempt, 2);
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.delayed, None);
}

pub async fn only_the_run_that_is_named_is_promoted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let mut leader = bed.leader().await;
    for fire in 0..2 {
        let leased = leader.start(&job, fire).await;
        let soon = NextStep::Again { after: Duration::from_millis(1), lost: false };
        leader.finish(job.finish(&leased, soon)).await;
    }
    let [first, last] = eventually("both delays are over", || async {
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        <[Promote; 2]>::try_from(peek.delayed).ok()
    })
    .await;

    leader.promote(last.clone()).await;

    assert_eq!(ids(&leader.take(&job.ready, 9).await), [last.run]);
    let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
    assert_eq!(peek.delayed, [first]);
}

pub async fn a_retry_without_delay_is_ready_at_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;

    leader.finish(job.finish(&leased, AT_ONCE)).await;

    let taken = leader.take(&job.ready, 1).await;
    assert_eq!(ids(&taken), [job.run_id(0)]);
    assert_eq!((taken[0].run.attempt, taken[0].run.lost), (2, 0));
    let kinds: Vec<_> = bed.events().await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::RunRetried), "{kinds:?}");
}

pub async fn lost_attempts_are_counted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let lost = NextStep::Again { after: Duration::ZERO, lost: true };
    let mut leased = leader.start(&job, 0).await;

    for (attempt, step) in [(1, lost), (2, AT_ONCE), (3, lost)] {
        assert_eq!(leased.run.attempt, attempt);
        leader.finish(job.finish(&leased, step)).await;
        leased = leader.take(&job.ready, 1).await.remove(0);
    }

    assert_eq!((leased.run.attempt, leased.run.lost), (4, 2));
    let events = bed.events().await;
    let lost = events.iter().filter(|event| event.kind == EventKind::AttemptLost);
    let attempts: Vec<_> = lost.filter_map(|event| Some(event.run?.attempt)).collect();
    assert_eq!(attempts, [1, 3]);
}

pub async fn an_attempt_given_back_never_was(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let other = bed.given(bed.job("other")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    leader.claim_only(other.claim(0)).await;

    leader.finish(job.finish(&leased, NextStep::GiveBack)).await;

    let run = bed.run_of(&job, 0).await;
    assert_eq!((run.state, run.attempt, run.lost), (RunState::PENDING, 0, 0));
    assert_eq!(run.started, None);
    let taken = leader.take(&job.ready, 9).await;
    assert_eq!(ids(&taken), [job.run_id(0), other.run_id(0)], "it had its turn: it goes first");
    assert_eq!(taken[0].run.attempt, 1, "its number is free again");
    let events = bed.events().await;
    let back = events.iter().find(|event| event.kind == EventKind::RunGivenBack);
    assert_eq!(back.and_then(|event| Some(event.run?.attempt)), Some(1));
}

pub async fn an_attempt_put_off_never_was_and_waits(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;

    leader.finish(job.finish(&leased, NextStep::PutOff { after: LONG })).await;

    let run = bed.run_of(&job, 0).await;
    assert_eq!((run.state, run.attempt, run.lost), (RunState::PENDING, 0, 0));
    assert_eq!(run.started, None);
    assert_eq!(bed.attempts().await, []);
    assert_eq!(leader.take(&job.ready, 9).await, [], "not before its time");
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert!(head.delayed.is_some_and(|at| at > bed.start), "{head:?}");
    let skipped = leader.claim_only(job.claim(1)).await;
    assert_eq!(skipped, ClaimReply::Done(vec![RecordReply::Skipped]), "it keeps its place");

    let other = bed.given(bed.job("other")).await;
    let leased = leader.start(&other, 0).await;
    let soon = Duration::from_millis(1);
    leader.finish(other.finish(&leased, NextStep::PutOff { after: soon })).await;
    eventually("the wait is over", || async {
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        (!peek.delayed.is_empty()).then_some(())
    })
    .await;
    leader.promote(other.promote(0)).await;
    let taken = leader.take(&other.ready, 9).await;
    assert_eq!(ids(&taken), [other.run_id(0)]);
    assert_eq!(taken[0].run.attempt, 1, "its number is free again");
}

pub async fn the_report_of_the_last_attempt_counts(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let mut failed = job.finish(&leased, AT_ONCE);
    failed.report = failed_report();
    leader.finish(failed).await;
    let leased = leader.take(&job.ready, 1).await.remove(0);
    assert_eq!(leased.run.report, failed_report(), "kept until there is a newer one");

    let mut succeeded = job.success(&leased);
    succeeded.report = AttemptReport { node: "n2".into(), ..AttemptReport::default() };
    let expected = succeeded.report.clone();
    leader.finish(succeeded).await;

    assert_eq!(bed.run_of(&job, 0).await.report, expected, "nothing of attempt 1 shows through");
}

pub async fn history_is_bounded_apart_for_successes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").keeping(2, 3)).await;
    let mut leader = bed.leader().await;
    // Fires 0 to 3 fail, 4 to 7 succeed.
    for fire in 0..8 {
        let leased = leader.start(&job, fire).await;
        let end = if fire < 4 { EndState::Failed } else { EndState::Succeeded };
        leader.finish(job.finish(&leased, NextStep::End(end))).await;
    }

    let kept: Vec<_> = bed.runs(job.uid()).await.iter().map(|run| run.draft.id).collect();

    let expected = [7, 6, 3, 2, 1].map(|fire| job.run_id(fire));
    assert_eq!(kept, expected, "the latest first, the older ones dropped");
    assert_eq!(bed.run(&job, job.run_id(0)).await, None);
    assert_eq!(bed.run(&job, job.run_id(5)).await, None);
    assert_eq!(bed.run_of(&job, 1).await.state, RunState::Ended(EndState::Failed));
}

pub async fn a_history_of_none_keeps_none(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").keeping(0, 0)).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;

    assert_eq!(leader.finish(job.success(&leased)).await, FinishReply::Recorded);

    assert_eq!(bed.runs(job.uid()).await, []);
}

pub async fn finishes_of_one_turn_are_judged_each_on_its_own(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(3)).await;
    let mut leader = bed.leader().await;
    let [a, b] = [leader.start(&job, 0).await, leader.start(&job, 1).await];
    let mut wrong = job.success(&b);
    wrong.attempt = 9;

    let finishes = vec![job.success(&a), wrong, job.success(&a), job.success(&b)];
    let reply = leader.turn(crate::Turn { finishes, ..Default::default() }).await;

    use FinishReply::{Recorded, Superseded, Unknown};
    assert_eq!(reply.finishes, [Recorded, Superseded, Unknown, Recorded]);
}
