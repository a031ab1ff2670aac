//! DeleteJob.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn delete(id: &str) -> v1::DeleteJobRequest {
    v1::DeleteJobRequest { job_id: id.to_owned(), ..<_>::default() }
}

#[tokio::test]
async fn a_job_is_removed_once() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let first = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner().job;
    let request = v1::DeleteJobRequest { request_id: request_id(), ..delete("tick") };
    let reply = jobs.delete_job(request.clone()).await.expect("deleted").into_inner();
    assert!(reply.deleted);
    assert_eq!(jobs.get_job(get("tick")).await.expect_err("gone").code(), Code::NotFound);

    let again = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner().job;
    assert_ne!(again.map(|job| job.uid), first.map(|job| job.uid), "another incarnation");
    // A repeat of the first request does not touch it.
    assert_eq!(jobs.delete_job(request).await.expect("the first reply").into_inner(), reply);
    jobs.get_job(get("tick")).await.expect("still there");
}

#[tokio::test]
async fn a_missing_job_is_not_found_unless_that_is_allowed() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let answer = jobs.delete_job(delete("nobody")).await.expect_err("no such job");
    assert_eq!(said(&answer).1, "JOB_NOT_FOUND");
    let allowed = v1::DeleteJobRequest { allow_missing: true, ..delete("nobody") };
    assert!(!jobs.delete_job(allowed).await.expect("allowed").into_inner().deleted);
}

#[tokio::test]
async fn an_etag_makes_it_conditional() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let created = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner().job;
    let with = |etag: &str| v1::DeleteJobRequest { etag: etag.to_owned(), ..delete("tick") };
    let answer = jobs.delete_job(with("0000000000000000")).await.expect_err("another version");
    assert_eq!(answer.code(), Code::Aborted);
    let etag = created.expect("the job").etag;
    assert!(jobs.delete_job(with(&etag)).await.expect("the right one").into_inner().deleted);
}
