//! What the operator sets, seen from outside: streams, limits, defaults, and how long what is
//! finished is kept.

use std::collections::BTreeSet;
use std::time::Duration;

use bellwether_client::{ClientOptions, v1};
use bellwether_proto::convert::timestamp_to_proto;
use bellwether_tests::clock;
use bellwether_tests::jobs;
use bellwether_tests::node::{NodeOptions, client};
use bellwether_tests::operator::{Knowledge, Operator};
use bellwether_tests::redis_server::{Persistence, RedisServer};
use bellwether_tests::wait::{PATIENCE, wait_for};
use tempfile::TempDir;
use tonic::Code;

/// A file for a node, and the directory that it is in.
fn file(text: &str) -> (TempDir, String) {
    let directory = TempDir::with_prefix("bellwether-settings-").expect("a temporary directory");
    let path = directory.path().join("bellwether.toml");
    std::fs::write(&path, text).expect("it is written");
    let path = path.to_str().expect("a path of ours is text").to_owned();
    (directory, path)
}

/// The field of each entry of a stream.
async fn fields(redis: &RedisServer, stream: &str, wanted: &str) -> Vec<String> {
    let entries: Vec<(String, Vec<(String, String)>)> = redis::cmd("XRANGE")
        .arg(stream)
        .arg("-")
        .arg("+")
        .query_async(&mut redis.connection().await)
        .await
        .expect("the server is up");
    let field = |fields: Vec<(String, String)>| {
        let found = fields.into_iter().find(|(name, _)| name == wanted);
        found.unwrap_or_else(|| panic!("no {wanted} in an entry")).1
    };
    entries.into_iter().map(|(_, fields)| field(fields)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_hold_for_a_job_from_its_creation_to_its_end() {
    let redis = RedisServer::start(Persistence::None).await;
    let (_directory, path) = file(
        "finished_ttl = \"1s\"\nallow_redis_stream = [\"orders:*\"]\nmax_jobs_per_namespace = 2\n\
         shortest_interval = \"20ms\"\n[namespaces.default.job_defaults]\nmax_instances = 7\n",
    );
    let node = NodeOptions::new("n1", &redis.url()).flag("--config", &path).start().await;
    node.wait_ready().await;
    let client = client(&[node.grpc()], ClientOptions::default());
    let operator = Operator::new(client, Knowledge::default());
    let to = |key: &str| {
        let fields = [("kind".to_owned(), "invoice".to_owned())].into();
        v1::target::Kind::RedisStream(v1::RedisStreamTarget { key: key.to_owned(), fields })
    };
    let often = || jobs::every(Duration::from_millis(25));

    let denied = operator.create(jobs::job("j", often(), to("payroll"))).await;
    assert_eq!(denied.expect_err("no such stream is allowed").code(), Code::InvalidArgument);
    let hasty = jobs::job("j", jobs::every(Duration::from_millis(19)), to("orders:due"));
    assert_eq!(operator.create(hasty).await.expect_err("too often").code(), Code::InvalidArgument);
    let mut ending = jobs::job("j", often(), to("orders:due"));
    let end = clock::now().saturating_add(Duration::from_secs(1));
    ending.trigger.get_or_insert_default().end_time = Some(timestamp_to_proto(end));
    let job = operator.create(ending).await.expect("a good job");
    assert_eq!(job.effective_policy.and_then(|policy| policy.max_instances), Some(7));
    let later = operator.create(jobs::job("later", jobs::never(), jobs::noop())).await;
    later.expect("the second of two");
    let third = operator.create(jobs::job("third", jobs::never(), jobs::noop())).await;
    assert_eq!(third.expect_err("there is no third").code(), Code::ResourceExhausted);

    let key = jobs::key("j");
    wait_for("the job to finish", PATIENCE, async || {
        let job = operator.get(&key).await.map_err(|status| status.to_string())?;
        if job.state() == v1::JobState::Finished { Ok(()) } else { Err(format!("{job:?}")) }
    })
    .await;
    let runs = fields(&redis, "orders:due", "bellwether-run").await;
    assert!(runs.len() > 9, "{runs:?}");
    assert_eq!(runs.iter().collect::<BTreeSet<_>>().len(), runs.len(), "one for each: {runs:?}");
    let finished = clock::now();
    wait_for("the finished job to be removed", PATIENCE, async || match operator.get(&key).await {
        Err(status) if status.code() == Code::NotFound => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    assert!(clock::now().since(finished) > Duration::from_millis(500), "not before its time");
    operator.get(&jobs::key("later")).await.expect("one that is not finished stays");
    let third = operator.create(jobs::job("third", jobs::never(), jobs::noop())).await;
    third.expect("its place is free again");
}
