//! What namespaces may have and do, and what their jobs leave out.

use std::time::Duration;

use bellwether_domain::{
    JobDefaults, KeyPattern, Limits, Namespace, NamespaceLimits, Policy, PolicySpec, StreamPolicy,
};
use bellwether_engine::Health;
use bellwether_proto::v1;
use bellwether_server::ServerConfig;
use tokio::task::JoinSet;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::fixture::*;

async fn limited(limits: Limits) -> Node {
    Node::start_with(ServerConfig { limits, ..config() }, Health::default()).await
}

fn team() -> Namespace {
    Namespace::new("team").expect("a namespace")
}

fn in_team(job: v1::Job) -> v1::Job {
    v1::Job { namespace: "team".to_owned(), ..job }
}

#[tokio::test]
async fn a_namespace_has_no_more_jobs_than_it_may() {
    let general = NamespaceLimits { jobs: Some(2), ..NamespaceLimits::default() };
    let own = NamespaceLimits { jobs: Some(3), ..NamespaceLimits::default() };
    let node = limited(Limits::new(general).with(team(), own)).await;
    let mut jobs = node.jobs().await;
    for id in ["a", "b"] {
        jobs.create_job(create(job(id))).await.expect("there is room");
    }
    for id in ["a", "b", "c"] {
        jobs.create_job(create(in_team(job(id)))).await.expect("there is more room");
    }
    let before = node.written().await;

    let full = jobs.create_job(create(job("c"))).await.expect_err("it is full");
    assert_eq!(said(&full), (Code::ResourceExhausted, "JOB_LIMIT".to_owned(), String::new()));
    let message =
        "job.namespace: default has 2 jobs; the operator allows 2 (max_jobs_per_namespace)";
    assert_eq!(full.message(), message);
    let details = full.get_error_details();
    let quota = details.quota_failure().expect("it says what is used up");
    assert_eq!(quota.violations[0].subject, "namespace:default");
    let asked = v1::CreateJobRequest { validate_only: true, ..create(in_team(job("d"))) };
    let full = jobs.create_job(asked).await.expect_err("it would be full");
    assert_eq!(full.code(), Code::ResourceExhausted);
    assert_eq!(node.written().await, before);

    // What is there may be changed, and makes room when it goes.
    let paused = v1::Job { description: "other".to_owned(), ..job("a") };
    jobs.create_job(replace(paused)).await.expect("it is no new one");
    let gone = v1::DeleteJobRequest { job_id: "a".to_owned(), ..<_>::default() };
    jobs.delete_job(gone).await.expect("it is there");
    jobs.create_job(create(job("c"))).await.expect("there is room again");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_create_at_once_do_not_all_pass() {
    let most = NamespaceLimits { jobs: Some(25), ..NamespaceLimits::default() };
    let node = limited(Limits::new(most)).await;
    let mut calls = JoinSet::new();
    for n in 0..100 {
        let mut jobs = node.jobs().await;
        calls.spawn(async move { jobs.create_job(create(job(&format!("j{n}")))).await });
    }
    let answers = calls.join_all().await;

    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (25, 75));
    assert_eq!(node.written().await.0.len(), 25);
    let codes: Vec<_> = refused.into_iter().filter_map(|r| r.err()).map(|s| s.code()).collect();
    assert!(codes.iter().all(|code| *code == Code::ResourceExhausted), "{codes:?}");
}

#[tokio::test]
async fn a_job_fires_no_more_often_than_it_may() {
    let minute = Some(Duration::from_secs(60));
    let slow = NamespaceLimits { shortest_interval: minute, ..NamespaceLimits::default() };
    let node = limited(Limits::default().with(team(), slow)).await;
    let mut jobs = node.jobs().await;
    let firing = |id: &str, trigger| v1::Job { trigger: Some(trigger), ..job(id) };
    let good = [every(60), cron("*/5 * * * *", ""), cron("0,59 * * * *", "Asia/Kathmandu")];
    for (n, trigger) in good.into_iter().enumerate() {
        jobs.create_job(create(in_team(firing(&format!("g{n}"), trigger)))).await.expect("slow");
    }
    let before = node.written().await;
    let bad = [
        (every(59), "59s"),
        (every_ms(1), "1ms"),
        (cron("*/30 * * * * *", ""), "30s"),
        // Only once an hour, between two minutes.
        (cron("0,58 0,59 * * * *", ""), "2s"),
    ];
    for (trigger, found) in bad {
        let refused = jobs.create_job(create(in_team(firing("new", trigger.clone())))).await;
        let refused = refused.expect_err(found);
        let expected = (Code::InvalidArgument, "INVALID_FIELD".into(), "job.trigger".into());
        assert_eq!(said(&refused), expected);
        let message = refused.message();
        assert!(message.contains(&format!("fire times {found} apart")), "{message}");
        assert!(message.contains("no less than 60s in the namespace team"), "{message}");
        let change = jobs.create_job(replace(in_team(firing("g0", trigger)))).await;
        assert_eq!(change.expect_err(found).code(), Code::InvalidArgument);
    }
    assert_eq!(node.written().await, before);
    jobs.create_job(create(firing("other", every(1)))).await.expect("elsewhere it may");
}

#[tokio::test]
async fn a_job_that_fires_too_often_by_now_may_be_changed_otherwise() {
    let node = Node::start().await;
    node.jobs().await.create_job(create(job("j"))).await.expect("no limit yet");
    let hour = Some(Duration::from_secs(3600));
    let limit = NamespaceLimits { shortest_interval: hour, ..NamespaceLimits::default() };
    let node = node.restart_with(ServerConfig { limits: Limits::new(limit), ..config() }).await;
    let mut jobs = node.jobs().await;

    let described = v1::Job { description: "other".to_owned(), ..job("j") };
    jobs.create_job(replace(described)).await.expect("the trigger is the same");
    let faster = v1::Job { trigger: Some(every(30)), ..job("j") };
    let refused = jobs.create_job(replace(faster)).await.expect_err("another trigger is judged");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn jobs_follow_the_defaults_of_their_namespace() {
    let minute = Some(Duration::from_secs(60));
    let general = PolicySpec { max_instances: Some(4), ..PolicySpec::default() };
    let own = PolicySpec { timeout: minute, jitter: minute, ..PolicySpec::default() };
    let defaults = JobDefaults::new(general.resolve(&Policy::default())).with(team(), &own);
    let node = Node::start_with(ServerConfig { defaults, ..config() }, Health::default()).await;
    let mut jobs = node.jobs().await;
    let mut effective = async |job| {
        let created = jobs.create_job(create(job)).await.expect("valid").into_inner();
        let job = created.job.expect("a job");
        assert_eq!(job.policy, None, "what the client gave stays nothing");
        let shown = job.effective_policy.expect("always shown");
        let timeout = shown.timeout.map(|timeout| timeout.seconds);
        (shown.max_instances, timeout)
    };
    assert_eq!(effective(job("j")).await, (Some(4), Some(3600)));
    assert_eq!(effective(in_team(job("j"))).await, (Some(4), Some(60)));
}

#[tokio::test]
async fn a_stream_needs_the_operators_word() {
    let keys: Vec<KeyPattern> = vec!["orders:*".parse().expect("a pattern")];
    let streams = StreamPolicy { keys, available: true };
    let node = Node::start_with(ServerConfig { streams, ..config() }, Health::default()).await;
    let mut jobs = node.jobs().await;
    let to_stream = |id: &str, key: &str| {
        let stream = v1::RedisStreamTarget { key: key.to_owned(), ..<_>::default() };
        let kind = Some(v1::target::Kind::RedisStream(stream));
        v1::Job { target: Some(v1::Target { kind }), ..job(id) }
    };
    let created = jobs.create_job(create(to_stream("good", "orders:due"))).await.expect("allowed");
    let target = created.into_inner().job.and_then(|job| job.target);
    assert_eq!(target, to_stream("good", "orders:due").target);
    let before = node.written().await;
    for (key, why) in [
        ("payroll", "allow_redis_stream"),
        ("{bw:default:0}:events", "Bellwether's own"),
        ("", "is not set"),
    ] {
        let refused = jobs.create_job(create(to_stream("new", key))).await.expect_err(key);
        let field = "job.target.redis_stream.key".to_owned();
        assert_eq!(said(&refused), (Code::InvalidArgument, "INVALID_FIELD".into(), field));
        assert!(refused.message().contains(why), "{}", refused.message());
        let change = jobs.create_job(replace(to_stream("good", key))).await.expect_err(key);
        assert_eq!(change.code(), Code::InvalidArgument);
    }
    assert_eq!(node.written().await, before);
    let payload = v1::Payload::default();
    let run =
        v1::RunJobRequest { job_id: "good".to_owned(), payload: Some(payload), ..<_>::default() };
    let refused = jobs.run_job(run).await.expect_err("a stream takes no payload");
    assert_eq!(said(&refused).1, "TAKES_NO_PAYLOAD");
}
