//! CreateJob, and the requests that are repeated.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

#[tokio::test]
async fn a_job_reads_back_as_it_was_created() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let reply = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner();
    assert!(reply.created);
    let created = reply.job.expect("the job");
    assert_eq!(created.namespace, "default");
    assert_eq!(created.state(), v1::JobState::Active);
    assert_eq!(created.create_time, Some(at(START)));
    assert_eq!(created.next_fire_time, Some(at(START + 60)));
    let effective = created.effective_policy.as_ref().expect("defaults");
    assert_eq!(effective.max_instances, Some(1));

    let got = jobs.get_job(get("tick")).await.expect("found").into_inner();
    assert_eq!(got.job, Some(created));
    let times: Vec<_> = (1..=5).map(|n| at(START + 60 * n)).collect();
    assert_eq!(got.next_fire_times, times);
    assert!(got.recent_runs.is_empty());
}

#[tokio::test]
async fn the_reply_shows_when_the_store_wrote_though_its_clock_went_on() {
    let node = Node::start().await;
    node.clock.tick_by(3);
    let mut jobs = node.jobs().await;
    let request = v1::CreateJobRequest { request_id: request_id(), ..create(job("tick")) };
    let created = jobs.create_job(request.clone()).await.expect("valid").into_inner().job;
    let got = jobs.get_job(get("tick")).await.expect("found").into_inner().job;
    assert_eq!(created, got);
    let repeated = jobs.create_job(request).await.expect("the first reply").into_inner().job;
    assert_eq!(created, repeated);
}

#[tokio::test]
async fn no_more_fire_times_are_foretold_than_max_fires_leaves() {
    let node = Node::start().await;
    let policy = v1::Policy { max_fires: Some(3), ..<_>::default() };
    let limited = v1::Job { policy: Some(policy), ..job("three") };
    let mut jobs = node.jobs().await;
    jobs.create_job(create(limited)).await.expect("valid");
    let got = jobs.get_job(get("three")).await.expect("found").into_inner();
    assert_eq!(got.next_fire_times.len(), 3);
}

#[tokio::test]
async fn a_past_date_is_due_at_once() {
    let node = Node::start().await;
    let past = v1::Job { trigger: Some(date(START - 3_600)), ..job("past") };
    let mut jobs = node.jobs().await;
    let created = jobs.create_job(create(past)).await.expect("valid").into_inner().job;
    assert_eq!(created.expect("the job").next_fire_time, Some(at(START - 3_600)));
    node.claim("past").await;
    let got = jobs.get_job(get("past")).await.expect("found").into_inner();
    assert_eq!(got.job.expect("the job").state(), v1::JobState::Finished);
    assert_eq!(got.recent_runs.len(), 1);
}

#[tokio::test]
async fn an_existing_id_is_refused_replaced_or_kept() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let first = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner().job;
    let answer = jobs.create_job(create(job("tick"))).await.expect_err("it exists");
    assert_eq!(said(&answer).0, Code::AlreadyExists);
    assert_eq!(said(&answer).1, "JOB_EXISTS");

    let other = v1::Job { description: "other".to_owned(), ..job("tick") };
    let keep =
        v1::CreateJobRequest { on_conflict: v1::OnConflict::Keep as i32, ..create(other.clone()) };
    let kept = jobs.create_job(keep).await.expect("kept").into_inner();
    assert_eq!((kept.created, kept.job.as_ref()), (false, first.as_ref()));

    let replaced = jobs.create_job(replace(other)).await.expect("replaced").into_inner();
    assert!(!replaced.created);
    assert_eq!(replaced.job.expect("the job").description, "other");
}

#[tokio::test]
async fn a_repeat_gets_the_first_reply_and_does_nothing() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let request = v1::CreateJobRequest { request_id: request_id(), ..create(job("tick")) };
    let first = jobs.create_job(request.clone()).await.expect("valid").into_inner();
    let before = node.written().await;
    node.clock.pass(60);
    let repeat = jobs.create_job(request.clone()).await.expect("the first reply").into_inner();
    assert_eq!(repeat, first);
    assert_eq!(node.written().await, before);

    // Also when the job is gone by then.
    let delete = v1::DeleteJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
    jobs.delete_job(delete).await.expect("deleted");
    let repeat = jobs.create_job(request.clone()).await.expect("the first reply").into_inner();
    assert_eq!(repeat, first);

    // After an hour it is a request of its own.
    node.clock.pass(3_600);
    let again = jobs.create_job(request).await.expect("valid").into_inner();
    assert!(again.created && again != first);
}

#[tokio::test]
async fn a_request_id_that_named_another_request_is_refused() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let request = v1::CreateJobRequest { request_id: request_id(), ..create(job("tick")) };
    jobs.create_job(request.clone()).await.expect("valid");
    let before = node.written().await;
    let other = v1::Job { description: "other".to_owned(), ..job("tick") };
    let other = v1::CreateJobRequest { job: Some(other), ..request };
    let answer = jobs.create_job(other).await.expect_err("another request");
    assert_eq!(
        said(&answer),
        (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned(), "request_id".to_owned())
    );
    assert_eq!(node.written().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_sent_several_times_at_once_is_carried_out_once() {
    let node = Node::start().await;
    let request = v1::CreateJobRequest { request_id: request_id(), ..create(job("tick")) };
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut jobs, request) = (node.jobs().await, request.clone());
        sent.spawn(async move { jobs.create_job(request).await.expect("one reply").into_inner() });
    }
    let replies = sent.join_all().await;
    assert!(replies.iter().all(|reply| *reply == replies[0] && reply.created), "{replies:?}");
    assert_eq!(node.written().await.1, 1, "one event");
}

#[tokio::test]
async fn validate_only_answers_and_stores_nothing() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let validate = |request| v1::CreateJobRequest { validate_only: true, ..request };
    let reply = jobs.create_job(validate(create(job("tick")))).await.expect("valid").into_inner();
    assert!(reply.created);
    assert_eq!(reply.job.expect("the job").next_fire_time, Some(at(START + 60)));
    assert_eq!(node.written().await, (Vec::new(), 0));

    jobs.create_job(create(job("tick"))).await.expect("valid");
    let before = node.written().await;
    let answer = jobs.create_job(validate(create(job("tick")))).await.expect_err("it exists");
    assert_eq!(answer.code(), Code::AlreadyExists);
    let other = v1::Job { description: "other".to_owned(), ..job("tick") };
    let reply = jobs.create_job(validate(replace(other))).await.expect("valid").into_inner();
    assert_eq!(reply.job.expect("the job").description, "other");
    assert_eq!(node.written().await, before);
}

#[tokio::test]
async fn a_trigger_denser_than_a_round_trip_can_be_created_and_replaced() {
    let node = Node::start().await;
    // Between any read and its write the clock passes the next fire time.
    node.clock.tick_by(5);
    let mut jobs = node.jobs().await;
    let dense = |ms| v1::Job { trigger: Some(every_ms(ms)), ..job("dense") };
    let created = jobs.create_job(create(dense(1))).await.expect("valid").into_inner();
    assert!(created.created);
    let replaced = jobs.create_job(replace(dense(2))).await.expect("valid").into_inner();
    let replaced = replaced.job.expect("the job");
    assert_eq!(replaced.uid, created.job.expect("the job").uid);
}

#[tokio::test]
async fn a_signing_secret_is_taken_and_never_shown() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let target = |secret: Option<&str>| {
        let signing_secret = secret.map(str::to_owned);
        to_http(v1::HttpTarget { signing_secret, ..http("http://127.0.0.1:9/") })
    };
    let hook = |secret| v1::Job { target: Some(target(secret)), ..job("hook") };
    let created = jobs.create_job(create(hook(Some("s3cret")))).await.expect("valid").into_inner();
    assert!(!format!("{created:?}").contains("s3cret"));
    let stored = || async { format!("{:?}", node.written().await.0[0].definition.spec.target) };
    assert!(stored().await.contains("signing_secret: Some"));

    // What was read can be sent back.
    let read = jobs.get_job(get("hook")).await.expect("found").into_inner().job.expect("the job");
    let back = jobs.create_job(replace(read.clone())).await.expect("valid").into_inner().job;
    assert_eq!(back.expect("the job").etag, read.etag, "nothing was written");
    assert!(stored().await.contains("signing_secret: Some"));
    // Emptied, it is gone.
    jobs.create_job(replace(hook(Some("")))).await.expect("valid");
    assert!(stored().await.contains("signing_secret: None"));
}
