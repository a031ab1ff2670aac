//! CancelRun.

use bellwether_domain::{BootId, EndState, NextStep, PartitionCount, Priority};
use bellwether_proto::v1;
use bellwether_store::{
    CancelStore as _, Finish, Keep, Lane, Leased, ReadyKey, Seq, Take, Turn, TurnStore as _,
};
use tonic::Code;
use uuid::Uuid;

use crate::fixture::*;

const NODES: ReadyKey = ReadyKey { lane: Lane::Node, priority: Priority::Normal };

fn cancel(run: &v1::Run) -> v1::CancelRunRequest {
    v1::CancelRunRequest {
        job_id: run.job_id.clone(),
        run_id: run.id.clone(),
        reason: "enough".to_owned(),
        ..<_>::default()
    }
}

async fn run_now(node: &Node, id: &str) -> v1::Run {
    let request = v1::RunJobRequest { job_id: id.to_owned(), ..<_>::default() };
    let made = node.jobs().await.run_job(request).await.expect("a run");
    made.into_inner().run.expect("the run")
}

/// Somebody who executes the run of a job.
struct Holder<'a> {
    node: &'a Node,
    boot: BootId,
    leased: Leased,
}

impl<'a> Holder<'a> {
    async fn of(node: &'a Node, id: &str) -> Self {
        let partition = key(id).partition(PartitionCount::new(4).expect("a count"));
        let boot = BootId(Uuid::now_v7());
        node.store.register(partition, boot, Seq(0)).await.expect("a lane");
        let take = Take { ready: NODES, most: 1, owner: boot.into() };
        let turn = Turn { takes: vec![take], free: 1, ..Turn::default() };
        let reply = node.store.turn(partition, boot, Seq(1), &turn).await.expect("a turn");
        let leased = reply.leased.into_iter().next().expect("the run was ready");
        Self { node, boot, leased }
    }

    async fn end(&self, state: EndState) {
        let run = &self.leased.run;
        let finish = Finish {
            run: run.draft.id,
            attempt: run.attempt,
            owner: self.leased.owner,
            job: run.draft.job.clone(),
            uid: run.draft.uid,
            step: NextStep::End(state),
            report: Default::default(),
            max_instances: 1,
            ready: NODES,
            keep: Keep { succeeded: 9, others: 9 },
            failures: None,
        };
        let turn = Turn { finishes: vec![finish], ..Turn::default() };
        let partition = run.draft.id.partition;
        self.node.store.turn(partition, self.boot, Seq(2), &turn).await.expect("a turn");
    }
}

#[tokio::test]
async fn a_run_that_waits_is_cancelled_with_its_reason() {
    let node = Node::start().await;
    node.jobs().await.create_job(create(job("tick"))).await.expect("valid");
    let made = run_now(&node, "tick").await;
    let mut runs = node.runs().await;

    let request = v1::CancelRunRequest { request_id: request_id(), ..cancel(&made) };
    let ended = runs.cancel_run(request.clone()).await.expect("cancelled").into_inner().run;
    let ended = ended.expect("the run");

    assert_eq!((ended.state(), ended.reason.as_str()), (v1::RunState::Cancelled, "enough"));
    assert_eq!(ended.end_time, Some(at(START)));
    node.clock.pass(5);
    let repeat = runs.cancel_run(request.clone()).await.expect("the first reply");
    assert_eq!(repeat.into_inner().run.as_ref(), Some(&ended));
    let again = v1::CancelRunRequest { reason: "again".to_owned(), ..cancel(&made) };
    let again = runs.cancel_run(again).await.expect("it is cancelled").into_inner().run;
    assert_eq!(again, Some(ended), "cancelled once");
    let other = v1::CancelRunRequest { reason: "another".to_owned(), ..request };
    let answer = runs.cancel_run(other).await.expect_err("another request");
    assert_eq!(said(&answer).1, "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn the_holder_of_a_running_attempt_is_asked() {
    let node = Node::start().await;
    node.jobs().await.create_job(create(job("tick"))).await.expect("valid");
    let made = run_now(&node, "tick").await;
    let holder = Holder::of(&node, "tick").await;
    let mut runs = node.runs().await;

    let request = v1::CancelRunRequest { request_id: request_id(), ..cancel(&made) };
    let run = runs.cancel_run(request.clone()).await.expect("asked").into_inner().run;
    let run = run.expect("the run");

    assert_eq!(run.state(), v1::RunState::Running);
    let partition = holder.leased.run.draft.id.partition;
    let asked = node.store.cancels(&[partition]).await.expect("a read");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].report.reason, "enough");
    holder.end(EndState::Cancelled).await;
    let repeat = runs.cancel_run(request).await.expect("the first reply").into_inner().run;
    assert_eq!(repeat, Some(run), "whatever became of it since");
    let now = runs.cancel_run(cancel(&made)).await.expect("it is cancelled").into_inner().run;
    assert_eq!(now.expect("the run").state(), v1::RunState::Cancelled);
}

#[tokio::test]
async fn a_run_that_ended_by_itself_stays_as_it_is() {
    let node = Node::start().await;
    node.jobs().await.create_job(create(job("tick"))).await.expect("valid");
    let made = run_now(&node, "tick").await;
    Holder::of(&node, "tick").await.end(EndState::Succeeded).await;
    let before = node.written().await;

    let answer = node.runs().await.cancel_run(cancel(&made)).await.expect_err("it succeeded");

    let (code, reason, _) = said(&answer);
    assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "RUN_FINISHED"));
    assert!(answer.message().contains("succeeded"), "{}", answer.message());
    assert_eq!(node.written().await, before);
}

#[tokio::test]
async fn what_is_not_there_is_not_cancelled() {
    let node = Node::start().await;
    for id in ["tick", "tock", "tack"] {
        node.jobs().await.create_job(create(job(id))).await.expect("valid");
    }
    let made = run_now(&node, "tick").await;
    let before = node.written().await;
    let mut runs = node.runs().await;
    for job in ["tock", "tack", "nobody"] {
        let request = v1::CancelRunRequest { job_id: job.to_owned(), ..cancel(&made) };
        let answer = runs.cancel_run(request).await.expect_err("not its run");
        assert_eq!(said(&answer).1, "RUN_NOT_FOUND", "{job}");
    }
    let request = v1::CancelRunRequest { reason: "x".repeat(1_025), ..cancel(&made) };
    assert_eq!(said(&runs.cancel_run(request).await.expect_err("too long")).2, "reason");
    let request = v1::CancelRunRequest { run_id: "nonsense".to_owned(), ..cancel(&made) };
    assert_eq!(said(&runs.cancel_run(request).await.expect_err("no run")).2, "run_id");
    assert_eq!(node.written().await, before);
}

#[tokio::test]
async fn a_run_that_outlives_its_job_may_be_cancelled() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let made = run_now(&node, "tick").await;
    let holder = Holder::of(&node, "tick").await;
    let delete = v1::DeleteJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
    jobs.delete_job(delete).await.expect("deleted");

    let run = node.runs().await.cancel_run(cancel(&made)).await.expect("asked").into_inner().run;

    assert_eq!(run.expect("the run").state(), v1::RunState::Running);
    let partition = holder.leased.run.draft.id.partition;
    assert_eq!(node.store.cancels(&[partition]).await.expect("a read").len(), 1);
}
