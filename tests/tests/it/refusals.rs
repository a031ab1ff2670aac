//! Bad requests: each is refused with a status that names the field, and changes nothing.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_tests::jobs;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::bed::Bed;

/// A request that must be refused: what it is, its outcome, the code and the field that the
/// refusal names.
type Case = (&'static str, Result<(), Status>, Code, &'static str);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_requests_name_the_field_and_change_nothing() {
    let bed = Bed::redis().await;
    bed.create("kept", jobs::every(Duration::from_secs(3600))).await;
    let before = listed(&bed).await;

    let cases = [creates(&bed).await, others(&bed).await].concat();
    for (what, outcome, code, field) in cases {
        let status = outcome.expect_err(what);
        assert_eq!(status.code(), code, "{what}: {status}");
        let bad = status.get_details_bad_request();
        let violations = bad.map(|bad| bad.field_violations).unwrap_or_default();
        let named = violations.iter().any(|violation| violation.field == field);
        let expected = if field.is_empty() { violations.is_empty() } else { named };
        assert!(expected, "{what}: {field:?} is not named by {violations:?}");
        println!("{what}: {code:?}, {field}, {}", status.message());
    }
    assert_eq!(listed(&bed).await, before);
}

async fn listed(bed: &Bed) -> Vec<v1::Job> {
    let request = v1::ListJobsRequest { namespace: "-".to_owned(), ..<_>::default() };
    bed.operator.client().list_jobs(request).await.expect("a good request").jobs
}

fn cron(expression: &str, timezone: &str) -> v1::trigger::Kind {
    let form = Some(v1::cron_trigger::Form::Expression(expression.to_owned()));
    let timezone = timezone.to_owned();
    v1::trigger::Kind::Cron(v1::CronTrigger { form, timezone, ..<_>::default() })
}

/// Jobs with one thing wrong.
async fn creates(bed: &Bed) -> Vec<Case> {
    let text = "x".repeat(300 * 1024);
    let payload =
        v1::Payload { content: Some(v1::payload::Content::Text(text)), ..v1::Payload::default() };
    let body = v1::target::Kind::Http(v1::HttpTarget {
        url: bed.sink.url().to_owned(),
        body: Some(payload),
        ..v1::HttpTarget::default()
    });
    let good = || jobs::every(Duration::from_secs(3600));
    let bad = Code::InvalidArgument;
    let jobs = [
        (
            "unknown timezone",
            "a",
            cron("0 9 * * *", "Europe/Nowhere"),
            jobs::noop(),
            bad,
            "job.trigger.cron.timezone",
        ),
        (
            "cron of 4 fields",
            "a",
            cron("0 9 * *", ""),
            jobs::noop(),
            bad,
            "job.trigger.cron.expression",
        ),
        ("empty id", "", good(), jobs::noop(), bad, "job.id"),
        (
            "interval of 0",
            "a",
            jobs::every(Duration::ZERO),
            jobs::noop(),
            bad,
            "job.trigger.interval.every",
        ),
        (
            "URL without scheme",
            "a",
            good(),
            jobs::http("example.org/hook"),
            bad,
            "job.target.http.url",
        ),
        (
            "private address",
            "a",
            good(),
            jobs::http("http://10.0.0.1/"),
            bad,
            "job.target.http.url",
        ),
        ("payload of 300 KiB", "a", good(), body, bad, "job.target.http.body.text"),
        ("existing id", "kept", good(), jobs::noop(), Code::AlreadyExists, ""),
    ];
    let mut cases = Vec::new();
    let long = "x".repeat(10_000);
    for (what, id, trigger, target, code, field) in jobs {
        cases.push((what, create(bed, id, trigger, target).await, code, field));
    }
    let outcome = create(bed, &long, good(), jobs::noop()).await;
    cases.push(("id of 10,000 characters", outcome, bad, "job.id"));
    cases
}

async fn create(
    bed: &Bed,
    id: &str,
    trigger: v1::trigger::Kind,
    target: v1::target::Kind,
) -> Result<(), Status> {
    let job = Some(jobs::job(id, trigger, target));
    let request = v1::CreateJobRequest { job, ..<_>::default() };
    bed.operator.client().create_job(request).await.map(drop)
}

/// Other requests with one thing wrong.
async fn others(bed: &Bed) -> Vec<Case> {
    let client = bed.operator.client();
    let job_id = || "kept".to_owned();
    let update = v1::UpdateJobRequest {
        job: Some(v1::Job { id: job_id(), description: "changed".to_owned(), ..<_>::default() }),
        etag: "0000000000000000".to_owned(),
        ..<_>::default()
    };
    let size = v1::ListJobsRequest { page_size: -1, ..<_>::default() };
    let token = v1::ListJobsRequest { page_token: "nonsense".to_owned(), ..<_>::default() };
    let request_id = "not a UUID".to_owned();
    let request = v1::DeleteJobRequest { job_id: job_id(), request_id, ..<_>::default() };
    let inside = v1::UpdateJobRequest {
        job: Some(v1::Job { id: job_id(), ..<_>::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["target.http".to_owned()] }),
        ..<_>::default()
    };
    let missing = v1::GetJobRequest { job_id: "missing".to_owned(), ..<_>::default() };
    let bad = Code::InvalidArgument;
    vec![
        ("wrong etag", client.update_job(update).await.map(drop), Code::Aborted, ""),
        ("negative page_size", client.list_jobs(size).await.map(drop), bad, "page_size"),
        ("malformed page_token", client.list_jobs(token).await.map(drop), bad, "page_token"),
        ("request_id", client.delete_job(request).await.map(drop), bad, "request_id"),
        (
            "mask inside target",
            client.update_job(inside).await.map(drop),
            bad,
            "update_mask.paths[0]",
        ),
        ("no such job", client.get_job(missing).await.map(drop), Code::NotFound, ""),
    ]
}
