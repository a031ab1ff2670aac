//! One node over either store, for what holds without any fault.

use std::time::Duration;

use bellwether_client::{ClientOptions, v1};
use bellwether_domain::{JobKey, Timestamp};
use bellwether_tests::clock;
use bellwether_tests::jobs;
use bellwether_tests::ledger::{Ledger, Row};
use bellwether_tests::node::{Node, NodeOptions, client};
use bellwether_tests::operator::{Knowledge, Operator};
use bellwether_tests::record::RunRecord;
use bellwether_tests::redis_server::{Persistence, RedisServer};
use bellwether_tests::sink::Sink;
use bellwether_tests::wait::{PATIENCE, wait_for};
use tempfile::TempDir;

/// A node, its store, and a sink.
pub(crate) struct Bed {
    pub(crate) node: Node,
    pub(crate) sink: Sink,
    pub(crate) ledger: Ledger,
    pub(crate) operator: Operator,
    _redis: Option<RedisServer>,
    _directory: TempDir,
}

impl Bed {
    /// One over the embedded store.
    pub(crate) async fn memory() -> Self {
        Self::over("memory:".to_owned(), None).await
    }

    /// One over a Redis.
    pub(crate) async fn redis() -> Self {
        let redis = RedisServer::start(Persistence::None).await;
        Self::over(redis.url(), Some(redis)).await
    }

    async fn over(store: String, redis: Option<RedisServer>) -> Self {
        let directory = TempDir::with_prefix("bellwether-bed-").expect("a temporary directory");
        let ledger = Ledger::create(&directory.path().join("ledger.jsonl"));
        let sink = Sink::start(ledger.clone()).await;
        let node = NodeOptions::new("n1", &store).start().await;
        node.wait_ready().await;
        let client = client(&[node.grpc()], ClientOptions::default());
        let operator = Operator::new(client, Knowledge::default());
        Self { node, sink, ledger, operator, _redis: redis, _directory: directory }
    }

    /// Creates a job whose runs call the sink.
    pub(crate) async fn create(&self, id: &str, trigger: v1::trigger::Kind) -> v1::Job {
        let job = jobs::job(id, trigger, jobs::http(self.sink.url()));
        self.operator.create(job).await.expect("the job is a good one")
    }

    /// The deliveries of a job once there are `count` with fire times after `after`.
    pub(crate) async fn deliveries(&self, id: &str, after: Timestamp, count: usize) -> Vec<Row> {
        let key = jobs::key(id);
        wait_for(&format!("{count} deliveries of {id}"), PATIENCE, async || {
            let mut rows = self.ledger.rows_of(&key);
            rows.retain(|row| row.fire_time > after);
            if rows.len() >= count { Ok(rows) } else { Err(format!("{rows:?}")) }
        })
        .await
    }

    /// The runs of a job once none is unfinished and `holds` is true of them.
    pub(crate) async fn runs(
        &self,
        id: &str,
        holds: impl Fn(&[RunRecord]) -> bool,
    ) -> Vec<RunRecord> {
        let key = jobs::key(id);
        wait_for(&format!("the runs of {id}"), PATIENCE, async || {
            let runs = self.operator.runs(&key).await.map_err(|status| status.to_string())?;
            let settled = runs.iter().all(RunRecord::has_ended) && holds(&runs);
            if settled { Ok(runs) } else { Err(format!("{runs:?}")) }
        })
        .await
    }

    /// Lets a job fire beside the others for about `span`, so that what does not happen meanwhile
    /// had its time to.
    pub(crate) async fn meanwhile(&self, span: Duration) {
        let beat = Duration::from_millis(50);
        let count = usize::try_from(span.as_millis() / beat.as_millis()).unwrap_or(1);
        let id = format!("witness-{}", clock::now().as_millis());
        self.create(&id, jobs::every(beat)).await;
        self.deliveries(&id, Timestamp::MIN, count).await;
        self.operator.delete(&jobs::key(&id)).await.expect("the witness is there");
    }
}

/// The fire times of rows.
pub(crate) fn fire_times(rows: &[Row]) -> Vec<Timestamp> {
    rows.iter().map(|row| row.fire_time).collect()
}

/// The rows of a job that have arrived so far.
pub(crate) fn count(ledger: &Ledger, key: &JobKey) -> usize {
    ledger.rows_of(key).len()
}
