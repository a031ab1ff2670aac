//! The table of policies, with a real node over Redis: what became due while nobody was there.

use std::time::Duration;

use bellwether_client::{ClientOptions, v1};
use bellwether_domain::trigger::{IntervalSpec, TriggerKind};
use bellwether_domain::{
    Coalesce, Definition, Etag, FirePoint, JobSpec, JobUid, Misfire, PartitionCount, PolicySpec,
    Target, Timestamp,
};
use bellwether_store::{ClusterStore as _, InsertJob, JobStore as _, Write};
use bellwether_store_redis::{RedisConfig, RedisStore};
use bellwether_tests::jobs;
use bellwether_tests::node::{NodeOptions, client};
use bellwether_tests::operator::{Knowledge, Operator};
use bellwether_tests::record::RunRecord;
use bellwether_tests::redis_server::{Persistence, RedisServer};
use bellwether_tests::wait::{PATIENCE, wait_for};

use bellwether_client::v1::RunState::{Missed, Succeeded};

/// A rule, and what becomes of the fire times: offset in seconds, state, how many beside it.
type Row = (&'static str, Coalesce, Option<u64>, &'static [(i64, v1::RunState, u32)]);

const ROWS: [Row; 5] = [
    ("latest-30", Coalesce::Latest, Some(30), &[(-5, Succeeded, 3)]),
    ("latest-1", Coalesce::Latest, Some(1), &[(-5, Missed, 3)]),
    ("earliest", Coalesce::Earliest, None, &[(-185, Succeeded, 3)]),
    (
        "all-100",
        Coalesce::All,
        Some(100),
        &[(-185, Missed, 0), (-125, Missed, 0), (-65, Succeeded, 0), (-5, Succeeded, 0)],
    ),
    (
        "all",
        Coalesce::All,
        None,
        &[(-185, Succeeded, 0), (-125, Succeeded, 0), (-65, Succeeded, 0), (-5, Succeeded, 0)],
    ),
];

/// A job that fires every minute, due since 185 seconds.
fn due(id: &str, coalesce: Coalesce, grace: Option<u64>, now: Timestamp) -> InsertJob {
    let first = now.saturating_sub(Duration::from_secs(185));
    let every = Duration::from_secs(60);
    let interval = IntervalSpec { every, anchor: Some(first), fire_immediately: false };
    let misfire = grace.map(|grace| Misfire::Grace(Duration::from_secs(grace)));
    let definition = Definition {
        key: jobs::key(id),
        uid: JobUid(uuid::Uuid::now_v7()),
        created: first,
        spec: JobSpec {
            description: String::new(),
            labels: <_>::default(),
            trigger: TriggerKind::Interval(interval).into(),
            target: Target::Noop,
            policy: PolicySpec { coalesce: Some(coalesce), misfire, ..PolicySpec::default() },
        },
    };
    let next = FirePoint { fire_time: first, start_after: first };
    InsertJob { definition, etag: Etag([7; 8]), next, due_at_once: true, reply: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interval_of_a_minute_due_since_185_seconds() {
    let redis = RedisServer::start(Persistence::None).await;
    let store = RedisStore::connect(RedisConfig::new(redis.url(), "test")).await;
    let store = store.expect("a good configuration");
    store.open(PartitionCount::new(4)).await.expect("an empty store");
    let now = store.now().await.expect("it answers");
    for (id, coalesce, grace, _) in ROWS {
        let write = store.insert_job(&due(id, coalesce, grace, now)).await.expect("it answers");
        assert_eq!(write, Write::Done);
    }

    let node = NodeOptions::new("n1", &redis.url()).start().await;
    node.wait_ready().await;
    let client = client(&[node.grpc()], ClientOptions::default());
    let operator = Operator::new(client, Knowledge::default());

    let offset = |at: Timestamp| (at.as_millis() - now.as_millis()) / 1_000;
    for (id, _, _, expected) in ROWS {
        let runs = wait_for(&format!("the runs of {id}"), PATIENCE, async || {
            let runs = operator.runs(&jobs::key(id)).await.map_err(|error| error.to_string())?;
            let ended = runs.len() >= expected.len() && runs.iter().all(RunRecord::has_ended);
            if ended { Ok(runs) } else { Err(format!("{runs:?}")) }
        })
        .await;
        let mut runs = runs;
        runs.sort_by_key(|run| run.fire_time);
        let found = runs.iter().map(|run| (offset(run.fire_time), run.state, run.covers.others));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{id}");
        let started: Vec<_> = runs.iter().filter(|run| run.was_executed()).collect();
        let one_by_one = started.windows(2).all(|pair| pair[0].ended <= pair[1].started);
        assert!(one_by_one, "{id}: {started:?}");
        let job = operator.get(&jobs::key(id)).await.expect("it is there");
        let next = bellwether_tests::oracle::instant(job.next_fire_time).expect("it goes on");
        assert_eq!(offset(next), 55, "{id}");
    }
}
