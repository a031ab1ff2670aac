//! Requests that nobody can mean: each is refused by a status that names the field, the value and
//! what is allowed, and leaves the store as it was.

use tonic::{Code, Status};

use crate::fixture::*;
use bellwether_proto::v1;

/// A bad request's answer, and what it must say.
struct Case {
    what: &'static str,
    answer: Status,
    code: Code,
    field: &'static str,
    says: &'static str,
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> Status {
    answer.expect_err("a bad request is refused")
}

#[tokio::test]
async fn ten_bad_requests_change_nothing() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("good"))).await.expect("a good request");
    let before = node.written().await;

    let mut cases = Vec::new();
    let invalid =
        |what, answer, field, says| Case { what, answer, code: Code::InvalidArgument, field, says };
    let bad_jobs = [
        (
            "unknown timezone",
            v1::Job { trigger: Some(cron("0 9 * * *", "Mars/Phobos")), ..job("bad") },
            "job.trigger.cron.timezone",
            "\"Mars/Phobos\"",
        ),
        ("empty id", job(""), "job.id", "must not be empty; allowed are 1 to 256 characters"),
        (
            "id of 10,000 characters",
            job(&"i".repeat(10_000)),
            "job.id",
            "has 10000 characters; allowed are 1 to 256",
        ),
        (
            "interval of 0",
            v1::Job { trigger: Some(every(0)), ..job("bad") },
            "job.trigger.interval.every",
            "allowed are whole milliseconds, at least 1",
        ),
        (
            "cron of 4 fields",
            v1::Job { trigger: Some(cron("* * * *", "")), ..job("bad") },
            "job.trigger.cron.expression",
            "\"* * * *\"",
        ),
        (
            "URL without scheme",
            v1::Job { target: Some(to_http(http("example.com/hook"))), ..job("bad") },
            "job.target.http.url",
            "\"example.com/hook\" begins with neither http:// nor https://",
        ),
        (
            "payload of 300 KiB",
            v1::Job { target: Some(to_http(with_body(300 * 1024))), ..job("bad") },
            "job.target.http.body.data",
            "has 307200 bytes; at most 262144 (256 KiB) are allowed",
        ),
    ];
    for (what, job, field, says) in bad_jobs {
        let answer = refused(jobs.create_job(create(job)).await);
        cases.push(invalid(what, answer, field, says));
    }

    let wrong_etag = v1::UpdateJobRequest {
        job: Some(v1::Job { description: "new".to_owned(), ..job("good") }),
        etag: "0123456789abcdef".to_owned(),
        ..<_>::default()
    };
    cases.push(Case {
        what: "wrong etag",
        answer: refused(jobs.update_job(wrong_etag).await),
        code: Code::Aborted,
        field: "",
        says: "etag: \"0123456789abcdef\" is not that of default/good any more",
    });
    let list = v1::ListJobsRequest::default;
    let negative = v1::ListJobsRequest { page_size: -1, ..list() };
    let answer = refused(jobs.list_jobs(negative).await);
    cases.push(invalid("negative page_size", answer, "page_size", "-1 is negative"));
    let malformed = v1::ListJobsRequest { page_token: "zzz".to_owned(), ..list() };
    let answer = refused(jobs.list_jobs(malformed).await);
    cases.push(invalid("malformed page_token", answer, "page_token", "is no token of this list"));

    assert_eq!(cases.len(), 10);
    for Case { what, answer, code, field, says } in cases {
        let (said_code, reason, said_field) = said(&answer);
        assert_eq!((said_code, said_field.as_str()), (code, field), "{what}: {answer:?}");
        assert!(!reason.is_empty(), "{what} has a reason");
        let message = answer.message();
        assert!(message.starts_with(field) && message.contains(says), "{what}: {message}");
    }
    assert_eq!(node.written().await, before, "the store is unchanged");
}

fn with_body(bytes: usize) -> v1::HttpTarget {
    let content = Some(v1::payload::Content::Data(vec![0; bytes]));
    let body = Some(v1::Payload { content, ..<_>::default() });
    v1::HttpTarget { body, ..http("http://127.0.0.1:9/") }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let node = Node::start().await;
    let bad = v1::CreateJobRequest {
        request_id: "once".to_owned(),
        on_conflict: 9,
        ..create(v1::Job { id: String::new(), target: None, ..job("") })
    };
    let answer = refused(node.jobs().await.create_job(bad).await);
    let details = tonic_types::StatusExt::get_error_details(&answer);
    let violations = &details.bad_request().expect("a bad request").field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["request_id", "on_conflict", "job.id", "job.target"]);
}

#[tokio::test]
async fn a_trigger_that_never_fires_again_is_refused() {
    let node = Node::start().await;
    let over = v1::Trigger { end_time: Some(at(START - 1)), ..every(60) };
    let never = cron("0 0 30 2 *", "");
    for trigger in [over, never] {
        let job = v1::Job { trigger: Some(trigger), ..job("bad") };
        let answer = refused(node.jobs().await.create_job(create(job)).await);
        let (code, _, field) = said(&answer);
        assert_eq!((code, field.as_str()), (Code::InvalidArgument, "job.trigger"));
        assert!(answer.message().contains("has no fire time after"), "{}", answer.message());
    }
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_refused_with_the_flag_that_allows_it() {
    let node = Node::start().await;
    let job = |url: &str| v1::Job { target: Some(to_http(http(url))), ..job("hook") };
    let mut jobs = node.jobs().await;
    let answer = refused(jobs.create_job(create(job("http://169.254.169.254/latest"))).await);
    assert_eq!(said(&answer).2, "job.target.http.url");
    assert!(answer.message().contains("--allow-target-network"), "{}", answer.message());
    jobs.create_job(create(job("http://127.0.0.1:9/"))).await.expect("loopback is allowed here");
}

#[tokio::test]
async fn a_request_beyond_the_limit_is_refused_and_the_connection_lives() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let huge = v1::Job { target: Some(to_http(with_body(5 * 1024 * 1024))), ..job("huge") };
    let answer = refused(jobs.create_job(create(huge)).await);
    assert_eq!(answer.code(), Code::OutOfRange, "{answer:?}");
    jobs.create_job(create(job("small"))).await.expect("the same connection");
}
