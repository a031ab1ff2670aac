//! BatchCreateJobs and BatchDeleteJobs.

use bellwether_proto::v1;
use bellwether_proto::v1::batch_result::Outcome;
use prost::Message as _;
use tonic::Code;

use crate::fixture::*;

fn batch(jobs: impl IntoIterator<Item = v1::Job>) -> v1::BatchCreateJobsRequest {
    v1::BatchCreateJobsRequest { jobs: jobs.into_iter().collect(), ..<_>::default() }
}

fn deletes<'a>(ids: impl IntoIterator<Item = &'a str>) -> v1::BatchDeleteJobsRequest {
    let jobs = ids.into_iter().map(|id| v1::JobRef { job_id: id.to_owned(), ..<_>::default() });
    v1::BatchDeleteJobsRequest { jobs: jobs.collect(), ..<_>::default() }
}

/// What became of an item, in a word, and the first field that is wrong.
fn told(result: &v1::BatchResult) -> String {
    match result.outcome.as_ref().expect("every item has an outcome") {
        Outcome::Job(_) if result.created => "created".to_owned(),
        Outcome::Job(_) => "there".to_owned(),
        Outcome::Deleted(true) => "deleted".to_owned(),
        Outcome::Deleted(false) => "missing".to_owned(),
        Outcome::Error(error) => {
            let field = error.field_violations.first().map_or("", |violation| &violation.field);
            format!("{} {field}", error.reason).trim_end().to_owned()
        }
    }
}

fn all_told(results: &[v1::BatchResult]) -> Vec<String> {
    results.iter().map(told).collect()
}

#[tokio::test]
async fn each_item_succeeds_or_fails_by_itself() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("taken"))).await.expect("valid");
    let bad_policy = v1::Policy { max_instances: Some(0), ..<_>::default() };
    let items = [
        job("new"),
        job("taken"),
        v1::Job { policy: Some(bad_policy), ..job("bad") },
        v1::Job { namespace: "a/b".to_owned(), ..job("worse") },
        v1::Job { trigger: Some(cron("0 0 30 2 *", "")), ..job("never") },
        v1::Job { namespace: "other".to_owned(), ..job("taken") },
    ];
    let reply = jobs.batch_create_jobs(batch(items)).await.expect("a reply").into_inner();
    let expected = [
        "created",
        "JOB_EXISTS",
        "INVALID_FIELD policy.max_instances",
        "INVALID_FIELD namespace",
        "INVALID_FIELD trigger",
        "created",
    ];
    assert_eq!(all_told(&reply.results), expected);
    let names: Vec<_> =
        reply.results.iter().map(|r| format!("{}/{}", r.namespace, r.job_id)).collect();
    let expected = [
        "default/new",
        "default/taken",
        "default/bad",
        "a/b/worse",
        "default/never",
        "other/taken",
    ];
    assert_eq!(names, expected);
    let Some(Outcome::Job(new)) = &reply.results[0].outcome else { panic!("it was created") };
    let stored = jobs.get_job(get("new")).await.expect("stored").into_inner().job.expect("a job");
    assert_eq!(*new, stored, "the basic view of a job without a payload is all of it");

    let reply = jobs.batch_delete_jobs(deletes(["new", "nobody", "taken", ""])).await;
    let reply = reply.expect("a reply").into_inner();
    let expected = ["deleted", "JOB_NOT_FOUND", "deleted", "INVALID_FIELD job_id"];
    assert_eq!(all_told(&reply.results), expected);
    let allowing = v1::BatchDeleteJobsRequest { allow_missing: true, ..deletes(["new", "nobody"]) };
    let reply = jobs.batch_delete_jobs(allowing).await.expect("a reply").into_inner();
    assert_eq!(all_told(&reply.results), ["missing", "missing"]);
    let (left, _) = node.written().await;
    assert_eq!(left.len(), 1, "that of the other namespace");
}

#[tokio::test]
async fn a_delete_names_the_version_that_it_means() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let created = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner();
    let etag = created.job.expect("a job").etag;
    let of = |etag: &str| {
        let job = v1::JobRef { job_id: "tick".to_owned(), etag: etag.to_owned(), ..<_>::default() };
        v1::BatchDeleteJobsRequest { jobs: vec![job], ..<_>::default() }
    };
    for (etag, expected) in [("0000000000000000", "ETAG_MISMATCH"), (&etag, "deleted")] {
        let reply = jobs.batch_delete_jobs(of(etag)).await.expect("a reply").into_inner();
        assert_eq!(all_told(&reply.results), [expected]);
    }
}

#[tokio::test]
async fn a_repeated_batch_gets_item_by_item_the_first_reply() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let named =
        |on_conflict: v1::OnConflict, id: &str, items: Vec<v1::Job>| v1::BatchCreateJobsRequest {
            on_conflict: on_conflict as i32,
            request_id: id.to_owned(),
            ..batch(items)
        };
    let id = request_id();
    let first = named(v1::OnConflict::Fail, &id, vec![job("a"), job("b")]);
    let reply = jobs.batch_create_jobs(first.clone()).await.expect("a reply").into_inner();
    assert_eq!(all_told(&reply.results), ["created", "created"]);
    let written = node.written().await;
    node.clock.pass(5);
    let again = jobs.batch_create_jobs(first).await.expect("a reply").into_inner();
    assert_eq!(again, reply);
    assert_eq!(node.written().await, written);

    // A part that was not among the first ones is carried out, and one that says something else
    // under the same name is refused.
    let other = v1::Job { trigger: Some(every(5)), ..job("a") };
    let mixed = named(v1::OnConflict::Fail, &id, vec![job("c"), job("b"), other]);
    let reply = jobs.batch_create_jobs(mixed).await.expect("a reply").into_inner();
    assert_eq!(
        all_told(&reply.results),
        ["created", "created", "INVALID_FIELD request_id"].map(|told| {
            if told.ends_with("request_id") { "REQUEST_ID_REUSED request_id" } else { told }
        })
    );

    let id = request_id();
    let deleting = v1::BatchDeleteJobsRequest { request_id: id, ..deletes(["a", "b"]) };
    for _ in 0..2 {
        let reply = jobs.batch_delete_jobs(deleting.clone()).await.expect("a reply").into_inner();
        assert_eq!(all_told(&reply.results), ["deleted", "deleted"]);
    }
}

#[tokio::test]
async fn on_conflict_holds_for_each_and_validate_only_stores_nothing() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("same"))).await.expect("valid");
    jobs.create_job(create(job("other"))).await.expect("valid");
    let items = || [job("new"), job("same"), v1::Job { trigger: Some(every(5)), ..job("other") }];
    let before = node.written().await;
    for (on_conflict, expected) in [
        (v1::OnConflict::Replace, ["created", "there", "there"]),
        (v1::OnConflict::Keep, ["created", "there", "there"]),
        (v1::OnConflict::Fail, ["created", "JOB_EXISTS", "JOB_EXISTS"]),
    ] {
        let request = v1::BatchCreateJobsRequest {
            on_conflict: on_conflict as i32,
            validate_only: true,
            ..batch(items())
        };
        let reply = jobs.batch_create_jobs(request).await.expect("a reply").into_inner();
        assert_eq!(all_told(&reply.results), expected, "{on_conflict:?}");
        assert_eq!(node.written().await, before, "{on_conflict:?}");
    }
    let on_conflict = v1::OnConflict::Replace as i32;
    let request = v1::BatchCreateJobsRequest { on_conflict, ..batch(items()) };
    jobs.batch_create_jobs(request).await.expect("a reply");
    let (stored, events) = node.written().await;
    assert_eq!((stored.len(), events), (3, before.1 + 2), "an equal one writes nothing");
}

#[tokio::test]
async fn what_is_wrong_with_the_whole_is_refused_as_a_whole() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let many = (0..1_001).map(|n| job(&n.to_string()));
    let explicit = v1::Job { namespace: "default".to_owned(), ..job("a") };
    let cases = [
        (batch([]), "jobs"),
        (batch(many), "jobs"),
        (batch([job("a"), job("b"), explicit]), "jobs[2]"),
        (v1::BatchCreateJobsRequest { request_id: "x".into(), ..batch([job("a")]) }, "request_id"),
        (v1::BatchCreateJobsRequest { on_conflict: 9, ..batch([job("a")]) }, "on_conflict"),
    ];
    for (request, field) in cases {
        let answer = jobs.batch_create_jobs(request).await.expect_err(field);
        assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, field));
    }
    let twice = jobs.batch_delete_jobs(deletes(["a", "a"])).await.expect_err("twice");
    assert_eq!(said(&twice).2, "jobs[1]");
    assert_eq!(
        jobs.batch_delete_jobs(deletes([])).await.map_err(|e| said(&e).2).err(),
        Some("jobs".into())
    );
    assert!(node.written().await.0.is_empty());
}

#[tokio::test]
async fn a_thousand_items_are_one_call_and_the_reply_stays_small() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let large = |n| v1::Job { description: "d".repeat(3_500), ..job(&format!("job-{n}")) };
    let reply = jobs.batch_create_jobs(batch((0..1_000).map(large))).await.expect("a reply");
    let reply = reply.into_inner();
    assert!(reply.results.iter().all(|result| told(result) == "created"));
    assert!(reply.encoded_len() < 3_670_016, "{} bytes", reply.encoded_len());
    let ids: Vec<_> = (0..1_000).map(|n| format!("job-{n}")).collect();
    let reply = jobs.batch_delete_jobs(deletes(ids.iter().map(String::as_str))).await;
    assert!(reply.expect("a reply").into_inner().results.iter().all(|r| told(r) == "deleted"));
    assert!(node.written().await.0.is_empty());
}
