//! What a leader clears away.

use std::time::Duration;

use bellwether_domain::{JobState, PolicySpec};
use bellwether_store::JobStore as _;

use crate::fixture::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_job_is_removed_after_its_time_and_no_other() {
    let cluster = Cluster::new().await;
    let node = cluster.start_node_with("a", |config| {
        config.finished_ttl = Duration::from_millis(200);
    });
    let active = cluster.every("active", 600_000, 9).await;
    let mut finished = Vec::new();
    for n in 0..20 {
        finished.push(cluster.once(&format!("done-{n}"), PolicySpec::default()).await);
    }
    let there = async |key| {
        let view = cluster.store.read_job(key, None).await.expect("the embedded store answers");
        view.job.map(|job| job.status.state)
    };
    let began = std::time::Instant::now();
    for job in &finished {
        while let Some(state) = there(job).await {
            assert!(began.elapsed() < Duration::from_secs(30), "{job} is still {state:?}");
            tokio::time::sleep(Duration::from_millis(5)).await; // paced: polls a condition
        }
        assert_eq!(cluster.runs(job).await, [], "its history went with it");
        assert_eq!(cluster.target.calls(job.id.as_str()).len(), 1, "it ran before");
    }
    assert!(began.elapsed() >= Duration::from_millis(200), "not before its time");
    assert_eq!(there(&active).await, Some(JobState::Active));
    node.drain().await;
}
