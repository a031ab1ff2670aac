//! Workers over real streams: what they hold survives their streams and the nodes behind them.
//!
//! Workers are processes of their own whose handlers call the sink, so that the ledger is the same as
//! for HTTP targets and every scenario ends in [`Cluster::judge`] like any other.

mod comings;
mod faults;
mod manners;

use std::time::Duration;

use bellwether_client::v1;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::node::Node;
use bellwether_tests::wait::{PATIENCE, wait_for};
use bellwether_tests::worker::WorkerSetup;

/// How long a session outlives its stream in these scenarios: 10 s by default would make them long.
const GRACE: (&str, &str) = ("BELLWETHER_WORKER_GRACE", "1500ms");

const BEAT: Duration = Duration::from_millis(250);

async fn cluster(nodes: usize) -> Cluster {
    let (lease_ttl, env) = (Duration::from_secs(1), vec![GRACE]);
    Cluster::start(ClusterOptions { nodes, lease_ttl, env, ..<_>::default() }).await
}

/// A worker that knows every node of the cluster, in an order that begins with `first`.
fn setup(cluster: &Cluster, name: &str, first: usize, queues: &[&str]) -> WorkerSetup {
    let mut nodes: Vec<_> = cluster.nodes.iter().map(|node| node.grpc().to_owned()).collect();
    nodes.rotate_left(first);
    WorkerSetup {
        name: name.to_owned(),
        nodes,
        queues: queues.iter().map(|queue| (*queue).to_owned()).collect(),
        capacity: 8,
        sink: Some(cluster.sink.url().to_owned()),
    }
}

/// Creates a job each beat for workers of `queue`.
async fn given_job(cluster: &Cluster, id: &str, queue: &str) {
    let job = jobs::job(id, jobs::every(BEAT), jobs::worker(queue));
    cluster.operator().create(job).await.expect("a good job");
}

/// Waits until a job's handler was called so often in all.
async fn deliveries(cluster: &Cluster, id: &str, count: usize) {
    let key = jobs::key(id);
    wait_for(&format!("{count} deliveries of {id}"), PATIENCE, async || {
        let rows = cluster.ledger.rows_of(&key);
        if rows.len() >= count { Ok(()) } else { Err(format!("{rows:?}")) }
    })
    .await;
}

/// The one run of a job that runs once.
async fn run_of(cluster: &Cluster, id: &str) -> v1::Run {
    let request = v1::ListRunsRequest {
        job_id: id.to_owned(),
        view: v1::View::Full as i32,
        ..v1::ListRunsRequest::default()
    };
    let runs = cluster.operator().client().list_runs(request).await.expect("it is there").runs;
    runs.into_iter().next().expect("it ran")
}

/// Waits until a job's only run has ended.
async fn ended(cluster: &Cluster, id: &str) -> v1::Run {
    wait_for(&format!("the run of {id} to end"), PATIENCE, async || {
        let run = run_of(cluster, id).await;
        let live = matches!(run.state(), v1::RunState::Pending | v1::RunState::Running);
        if live { Err(format!("{run:?}")) } else { Ok(run) }
    })
    .await
}

/// How many workers said hello to a node, or came back to it.
fn came(node: &Node) -> usize {
    node.logged("worker came")
}
