//! BackfillJob, and how GetJob shows it. The runs themselves are made by a leader.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn backfill(id: &str, start: i64, end: i64) -> v1::BackfillJobRequest {
    v1::BackfillJobRequest {
        job_id: id.to_owned(),
        start_time: Some(at(START + start)),
        end_time: Some(at(START + end)),
        ..<_>::default()
    }
}

async fn given(node: &Node) {
    node.jobs().await.create_job(create(job("tick"))).await.expect("valid");
    node.clock.pass(3_600);
}

async fn shown(node: &Node, id: &str) -> Vec<v1::Backfill> {
    node.jobs().await.get_job(get(id)).await.expect("found").into_inner().backfills
}

#[tokio::test]
async fn a_backfill_is_stored_and_shown_with_its_job() {
    let node = Node::start().await;
    given(&node).await;
    let mut jobs = node.jobs().await;
    let request = v1::BackfillJobRequest {
        overlap: v1::Overlap::Queue as i32,
        runs_per_second: 0.5,
        request_id: request_id(),
        ..backfill("tick", 60, 600)
    };
    let told = jobs.backfill_job(request.clone()).await.expect("stored").into_inner();
    assert_eq!(told.fire_time_count, 10);

    let expected = v1::Backfill {
        backfill_id: told.backfill_id.clone(),
        start_time: Some(at(START + 60)),
        end_time: Some(at(START + 600)),
        overlap: v1::Overlap::Queue as i32,
        runs_per_second: 0.5,
        fire_time_count: 10,
        create_time: Some(at(START + 3_600)),
        ..<_>::default()
    };
    assert_eq!(shown(&node, "tick").await, std::slice::from_ref(&expected));
    let again = jobs.backfill_job(request).await.expect("the first reply").into_inner();
    assert_eq!(again, told);
    assert_eq!(shown(&node, "tick").await, [expected], "there is one of it");
}

#[tokio::test]
async fn what_is_left_out_has_a_default() {
    let node = Node::start().await;
    given(&node).await;
    let mut jobs = node.jobs().await;
    jobs.backfill_job(backfill("tick", 0, 3_600)).await.expect("stored");
    let [shown] = &shown(&node, "tick").await[..] else { panic!("one backfill") };
    assert_eq!((shown.overlap(), shown.runs_per_second), (v1::Overlap::Skip, 10.0));
    assert_eq!(shown.fire_time_count, 60, "the creation of an interval is no fire time of it");
}

#[tokio::test]
async fn a_range_without_fire_times_needs_no_backfill() {
    let node = Node::start().await;
    given(&node).await;
    let told = node.jobs().await.backfill_job(backfill("tick", 1, 59)).await.expect("an answer");
    assert_eq!(told.into_inner().fire_time_count, 0);
    assert_eq!(shown(&node, "tick").await, []);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_changes() {
    let node = Node::start().await;
    given(&node).await;
    let before = node.written().await;
    let mut jobs = node.jobs().await;
    let good = || backfill("tick", 0, 60);
    let cases = [
        (v1::BackfillJobRequest { start_time: None, ..good() }, "start_time"),
        (v1::BackfillJobRequest { end_time: None, ..good() }, "end_time"),
        (backfill("tick", 60, 59), "end_time"),
        (backfill("tick", 0, 3_601), "end_time"),
        (v1::BackfillJobRequest { runs_per_second: -1.0, ..good() }, "runs_per_second"),
        (v1::BackfillJobRequest { runs_per_second: f64::NAN, ..good() }, "runs_per_second"),
        (v1::BackfillJobRequest { runs_per_second: 1_000.5, ..good() }, "runs_per_second"),
        (v1::BackfillJobRequest { overlap: v1::Overlap::Replace as i32, ..good() }, "overlap"),
        (v1::BackfillJobRequest { overlap: 9, ..good() }, "overlap"),
        (v1::BackfillJobRequest { job_id: String::new(), ..good() }, "job_id"),
    ];
    for (request, field) in cases {
        let answer = jobs.backfill_job(request).await.expect_err(field);
        assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, field));
    }
    let answer = jobs.backfill_job(backfill("nobody", 0, 60)).await.expect_err("no such job");
    assert_eq!(said(&answer).1, "JOB_NOT_FOUND");
    assert_eq!(node.written().await, before);
    assert_eq!(shown(&node, "tick").await, []);
}
