//! Runs that are ended by request.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{AttemptReport, EndState, Epoch, NextStep, Run, RunError, RunId, RunState};

use super::bed::{Bed, LONG, Node, PARTITION, eventually, ids, new_run_request};
use super::job::TestJob;
use crate::{
    CancelAsked, CancelOutcome, CancelRun, EventKind, Finish, FinishReply, LeaseToken, Leased,
    RunRequest, Store, Write,
};

const CANCELLED: RunState = RunState::Ended(EndState::Cancelled);
const SOON: Duration = Duration::from_millis(20);

async fn cancel(bed: &Bed, cancel: &CancelRun) -> Run {
    match bed.store.cancel_run(cancel).await.expect("the store answers") {
        CancelOutcome::Run(run) => *run,
        other => panic!("{other:?}"),
    }
}

async fn asked(bed: &Bed) -> Vec<CancelAsked> {
    bed.store.cancels(&[PARTITION]).await.expect("the store answers")
}

/// The runs whose cancelling has to be seen to, once there are some.
async fn come(bed: &Bed) -> Vec<RunId> {
    eventually("a grace that has passed", || async {
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        (!peek.cancels.is_empty()).then_some(peek.cancels)
    })
    .await
}

async fn see_to(
    bed: &Bed,
    token: Option<LeaseToken>,
    finishes: &[Finish],
    runs: &[RunId],
) -> Option<Vec<FinishReply>> {
    let token = token.expect("it leads");
    bed.store.end_cancelled(token, finishes, runs).await.expect("the store answers")
}

/// A job with an attempt under way, which is to be cancelled within `grace`.
async fn an_asked_attempt(bed: &Bed, grace: Duration) -> (Node, TestJob, Leased) {
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let run = cancel(bed, &CancelRun { grace, ..job.cancel(&leased.run) }).await;
    assert_eq!(run, leased.run, "it goes on until its holder ends it");
    (leader, job, leased)
}

fn of(job: &TestJob, leased: &Leased) -> Finish {
    let mut finish = job.finish(leased, NextStep::End(EndState::Cancelled));
    finish.report.reason = "enough".into();
    finish
}

pub async fn a_run_that_waits_is_cancelled_at_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim(0)).await;
    let before = bed.run_of(&job, 0).await;

    let run = cancel(&bed, &job.cancel(&before)).await;

    assert_eq!((run.state, run.report.reason.as_str()), (CANCELLED, "enough"));
    assert!(run.ended.is_some());
    assert_eq!(bed.run_of(&job, 0).await, run, "it stands in the history");
    assert_eq!(asked(&bed).await, [], "nobody has to be asked");
    assert_eq!(leader.take(&job.ready, 9).await, []);
    let last = bed.events().await.pop().expect("there are some");
    assert_eq!((last.kind, last.run.map(|run| run.attempt)), (EventKind::RunCancelled, Some(0)));
}

pub async fn a_cancelled_run_frees_its_place(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(2)).await;
    let mut leader = bed.leader().await;
    for fire in 0..3 {
        leader.claim_only(job.claim(fire)).await;
    }

    // The one that waits in between first, then the one in front.
    for fire in [1, 0] {
        let run = bed.run_of(&job, fire).await;
        cancel(&bed, &job.cancel(&run)).await;
    }

    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(2)]);
}

pub async fn a_delayed_run_is_cancelled_at_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let mut failed = job.finish(&leased, NextStep::Again { after: LONG, lost: false });
    let error = RunError { code: "http_status".into(), message: "503".into() };
    failed.report.error = Some(error.clone());
    leader.finish(failed).await;
    let before = bed.run_of(&job, 0).await;

    let run = cancel(&bed, &job.cancel(&before)).await;

    assert_eq!((run.state, run.attempt), (CANCELLED, 1));
    assert_eq!((run.report.reason.as_str(), run.report.error), ("enough", Some(error)));
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers").remove(0);
    assert_eq!(head.delayed, None, "nothing is waited for");
}

pub async fn the_holder_of_an_attempt_is_asked_to_end_it(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, leased) = an_asked_attempt(&bed, LONG).await;

    let report = AttemptReport { reason: "enough".into(), ..AttemptReport::default() };
    assert_eq!(asked(&bed).await, [CancelAsked { run: job.run_id(0), report }]);
    let elsewhere = bellwether_domain::Partition(1);
    let other = bed.store.cancels(&[elsewhere]).await.expect("the store answers");
    assert_eq!(other, [], "in its own partition");
    assert_eq!(leader.finish(of(&job, &leased)).await, FinishReply::Recorded);
    let run = bed.run_of(&job, 0).await;
    assert_eq!((run.state, run.report.reason.as_str()), (CANCELLED, "enough"));
    assert_eq!(bed.attempts().await, []);
}

pub async fn the_first_request_to_cancel_counts(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (leader, job, leased) = an_asked_attempt(&bed, SOON).await;

    let mut second = job.cancel(&leased.run);
    second.report.reason = "once more".into();
    assert_eq!(cancel(&bed, &second).await, leased.run);

    assert_eq!(asked(&bed).await[0].report.reason, "enough");
    assert_eq!(come(&bed).await, [job.run_id(0)], "the grace did not begin anew");
    drop(leader);
}

pub async fn an_attempt_that_is_to_be_cancelled_is_not_tried_again(store: Arc<dyn Store>) {
    let steps = [
        NextStep::Again { after: LONG, lost: false },
        NextStep::Again { after: Duration::ZERO, lost: true },
        NextStep::End(EndState::Lost),
        NextStep::GiveBack,
    ];
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    for (fire, step) in (0..).zip(steps) {
        let leased = leader.start(&job, fire).await;
        cancel(&bed, &job.cancel(&leased.run)).await;

        assert_eq!(leader.finish(job.finish(&leased, step)).await, FinishReply::Recorded);

        let run = bed.run_of(&job, fire).await;
        assert_eq!((run.state, run.report.reason.as_str()), (CANCELLED, "enough"), "{step:?}");
        assert_eq!(leader.take(&job.ready, 9).await, [], "{step:?}");
        let last = bed.events().await.pop().expect("there are some");
        assert_eq!(last.kind, EventKind::RunCancelled, "{step:?}");
    }
}

pub async fn an_attempt_that_is_to_be_cancelled_may_succeed(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, leased) = an_asked_attempt(&bed, LONG).await;

    assert_eq!(leader.finish(job.success(&leased)).await, FinishReply::Recorded);

    let run = bed.run_of(&job, 0).await;
    assert_eq!(run.state, RunState::Ended(EndState::Succeeded), "it had ended before");
}

pub async fn the_leader_ends_what_its_holder_does_not(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut leader = bed.leader().await;
    let mut other = bed.node().await;
    leader.claim_only(job.claim(0)).await;
    let leased = other.take(&job.ready, 1).await.remove(0);
    leader.claim_only(job.claim(1)).await;
    cancel(&bed, &CancelRun { grace: SOON, ..job.cancel(&leased.run) }).await;

    let runs = come(&bed).await;
    let replies = see_to(&bed, leader.lease, &[of(&job, &leased)], &runs).await;

    assert_eq!(replies, Some(vec![FinishReply::Recorded]));
    let run = bed.run_of(&job, 0).await;
    assert_eq!((run.state, run.report.reason.as_str()), (CANCELLED, "enough"));
    assert_eq!(asked(&bed).await, [], "nobody is asked any more");
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(1)], "in the same step");
    let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
    assert_eq!(peek.cancels, []);
}

pub async fn a_result_that_comes_too_late_is_superseded(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, leased) = an_asked_attempt(&bed, SOON).await;
    let runs = come(&bed).await;
    see_to(&bed, leader.lease, &[of(&job, &leased)], &runs).await;

    assert_eq!(leader.finish(job.success(&leased)).await, FinishReply::Superseded);

    assert_eq!(bed.run_of(&job, 0).await.state, CANCELLED);
    let last = bed.events().await.pop().expect("there are some");
    assert_eq!((last.kind, &last.job), (EventKind::ResultSuperseded, job.key()));
    let about = last.run.map(|run| (run.id, run.fire_time, run.attempt));
    assert_eq!(about, Some((job.run_id(0), job.fire_time(0), 1)));
}

pub async fn only_the_leader_ends_what_its_holder_does_not(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (leader, job, leased) = an_asked_attempt(&bed, SOON).await;
    let runs = come(&bed).await;
    let token = leader.lease.expect("it leads");

    let older = LeaseToken { epoch: Epoch(token.epoch.0 - 1), ..token };
    let stranger = LeaseToken { owner: bed.node().await.boot, ..token };
    for token in [older, stranger] {
        let replies = see_to(&bed, Some(token), &[of(&job, &leased)], &runs).await;
        assert_eq!(replies, None);
    }

    assert_eq!(bed.run_of(&job, 0).await.state, RunState::RUNNING);
    assert_eq!(asked(&bed).await.len(), 1);
    assert_eq!(come(&bed).await, runs, "the next leader will see to it");
}

pub async fn a_cancelling_that_is_over_is_forgotten(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, leased) = an_asked_attempt(&bed, SOON).await;
    leader.finish(of(&job, &leased)).await;

    let runs = come(&bed).await;
    assert_eq!(see_to(&bed, leader.lease, &[], &runs).await, Some(vec![]));

    assert_eq!(asked(&bed).await, []);
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers").remove(0);
    assert_eq!(head.delayed, None);
    assert_eq!(leader.finish(job.success(&leased)).await, FinishReply::Unknown);
}

pub async fn a_cancelling_is_looked_at_again_while_its_attempt_goes_on(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (leader, job, leased) = an_asked_attempt(&bed, SOON).await;
    let runs = come(&bed).await;

    let mut of_another = of(&job, &leased);
    of_another.attempt = 9;
    let replies = see_to(&bed, leader.lease, &[of_another], &runs).await;

    assert_eq!(replies, Some(vec![FinishReply::Superseded]));
    assert_eq!(asked(&bed).await.len(), 1, "its holder is still to end it");
    let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
    assert_eq!(peek.cancels, [], "not at once");
    assert!(peek.head.delayed.is_some(), "but later");
}

pub async fn a_run_that_has_moved_on_is_not_cancelled_as_read(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim(0)).await;
    let read = bed.run_of(&job, 0).await;
    let leased = leader.take(&job.ready, 1).await.remove(0);
    let again = NextStep::Again { after: LONG, lost: false };
    leader.finish(job.finish(&leased, again)).await;

    let outcome = bed.store.cancel_run(&job.cancel(&read)).await.expect("the store answers");

    assert_eq!(outcome, CancelOutcome::Changed, "its report would be that of attempt 0");
    assert_eq!(bed.run_of(&job, 0).await.state, RunState::PENDING);
}

pub async fn a_finished_run_is_not_cancelled(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    leader.finish(job.success(&leased)).await;
    let before = (bed.runs(job.uid()).await, bed.events().await);

    let outcome = bed.store.cancel_run(&job.cancel(&leased.run)).await;

    assert_eq!(outcome.expect("the store answers"), CancelOutcome::Unknown);
    assert_eq!((bed.runs(job.uid()).await, bed.events().await), before);
    assert_eq!(asked(&bed).await, []);
}

pub async fn a_run_is_cancelled_of_its_own_job(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [job, other] = [bed.given(bed.job("j")).await, bed.given(bed.job("k")).await];
    let mut leader = bed.leader().await;
    let running = leader.start(&job, 0).await.run;
    leader.claim_only(other.claim(0)).await;
    let waiting = bed.run_of(&other, 0).await;

    for (wrong, run) in [(&other, &running), (&job, &waiting)] {
        let of_another = CancelRun { uid: run.draft.uid, ..wrong.cancel(run) };
        let of_another_incarnation = CancelRun { job: run.draft.job.clone(), ..wrong.cancel(run) };
        for cancel in [of_another, of_another_incarnation] {
            let outcome = bed.store.cancel_run(&cancel).await.expect("the store answers");
            assert_eq!(outcome, CancelOutcome::Unknown);
        }
    }

    assert_eq!(asked(&bed).await, []);
    assert_eq!(bed.run_of(&other, 0).await, waiting);
}

pub async fn a_run_of_a_deleted_job_may_be_cancelled(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let write = bed.store.delete_job(&job.delete()).await.expect("the store answers");
    assert_eq!(write, Write::Done);

    assert_eq!(cancel(&bed, &job.cancel(&leased.run)).await, leased.run);

    assert_eq!(asked(&bed).await.len(), 1);
    assert_eq!(leader.finish(of(&job, &leased)).await, FinishReply::Recorded);
    assert_eq!(bed.runs(job.uid()).await, [], "its history is nobody's");
}

pub async fn a_repeated_cancel_gets_its_first_reply(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut leader = bed.leader().await;
    let running = leader.start(&job, 0).await;
    leader.claim_only(job.claim(1)).await;
    let waiting = bed.run_of(&job, 1).await;

    for run in [&running.run, &waiting] {
        let wanted = CancelRun { request: Some(new_run_request()), ..job.cancel(run) };
        let first = cancel(&bed, &wanted).await;
        if run.draft.id == running.run.draft.id {
            leader.finish(of(&job, &running)).await;
        }
        assert_eq!(cancel(&bed, &wanted).await, first, "whatever became of it since");
        let mut other = wanted.clone();
        other.request = wanted.request.map(|request| RunRequest { fingerprint: [8; 8], ..request });
        let outcome = bed.store.cancel_run(&other).await.expect("the store answers");
        assert_eq!(outcome, CancelOutcome::Reused);
    }
}
