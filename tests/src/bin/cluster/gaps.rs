//! For how long nobody claims what is due, when a leader is gone.

use std::time::Duration;

use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::wait::PATIENCE;
use clap::Args;

/// How often each job fires: a gap is measured as finely as this.
const BEAT: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How long a lease holds, in seconds
    #[arg(long, default_value_t = 2)]
    lease_ttl: u64,
    /// How many leaders are killed, and how many leave
    #[arg(long, default_value_t = 5)]
    times: u32,
    /// How many jobs fire, twenty times a second each
    #[arg(long, default_value_t = 12)]
    jobs: u32,
}

/// How a leader goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Kill,
    Leave,
}

/// Measures both and prints them; whether they are within their limits.
pub(crate) async fn run(options: &Options) -> bool {
    let ttl = Duration::from_secs(options.lease_ttl);
    let killed = measure(options, Exit::Kill, ttl + Duration::from_secs(1)).await;
    let left = measure(options, Exit::Leave, Duration::from_millis(300)).await;
    killed && left
}

async fn measure(options: &Options, exit: Exit, limit: Duration) -> bool {
    let lease_ttl = Duration::from_secs(options.lease_ttl);
    let mut cluster = Cluster::start(ClusterOptions { lease_ttl, ..<_>::default() }).await;
    let operator = cluster.operator();
    let sink = jobs::http(cluster.sink.url());
    for number in 0..options.jobs {
        let job = jobs::job(&format!("beat/{number}"), jobs::every(BEAT), sink.clone());
        operator.create(job).await.expect("a good job");
    }
    for _ in 0..options.times {
        let leader = cluster.leader().await;
        match exit {
            Exit::Kill => cluster.kill9(leader),
            Exit::Leave => {
                let at = clock::now();
                cluster.nodes[leader].terminate();
                cluster.nodes[leader].wait_exit(PATIENCE).await;
                cluster.fault("SIGTERM", at, at);
            }
        }
        cluster.wait_led().await;
        cluster.nodes[leader].restart().await;
        cluster.nodes[leader].wait_ready().await;
    }
    let what = if exit == Exit::Kill { "kill -9 of a leader" } else { "SIGTERM of a leader" };
    let summary = cluster.judge(what).await;
    println!(
        "{what}, lease ttl {} s, {} times: longest gap {:.3} s (limit {:.3} s)",
        options.lease_ttl,
        options.times,
        summary.longest_gap.as_secs_f64(),
        limit.as_secs_f64()
    );
    summary.longest_gap <= limit
}
