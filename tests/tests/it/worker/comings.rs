//! Many workers that come and go.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_tests::clock;
use bellwether_tests::jobs;
use bellwether_tests::sink::Behaviour;
use bellwether_tests::wait::{PATIENCE, wait_for};
use bellwether_tests::worker::WorkerProcess;

use super::{cluster, setup};

const QUEUES: [&str; 4] = ["a", "b", "c", "d"];

/// How long workers come and go, in seconds; two minutes by `BELLWETHER_WORKERS_SECONDS=120`.
const VARIABLE: &str = "BELLWETHER_WORKERS_SECONDS";
const SECONDS: u64 = 6;

/// How many workers there are at a time; 20 with the longer time.
const WORKERS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_come_and_go_and_nothing_is_lost_or_done_twice() {
    let seconds = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok());
    let count = if seconds.is_some() { 20 } else { WORKERS };
    let span = Duration::from_secs(seconds.unwrap_or(SECONDS));
    let mut cluster = cluster(3).await;
    for number in 0..12_u64 {
        let (id, queue) = (format!("job/{number:02}"), QUEUES[(number % 4) as usize]);
        cluster.sink.behave(&jobs::key(&id), Behaviour::Work(Duration::from_millis(7 * number)));
        let job = jobs::job(&id, jobs::every(Duration::from_millis(300)), jobs::worker(queue));
        let job = jobs::with_policy(job, |policy| match number % 3 {
            0 => {}
            1 => policy.max_instances = Some(3),
            _ => {
                policy.set_coalesce(v1::Coalesce::All);
                policy.max_instances = Some(2);
            }
        });
        cluster.operator().create(job).await.expect("a good job");
    }
    let bystander =
        jobs::job("bystander", jobs::every(super::BEAT), jobs::http(cluster.sink.url()));
    cluster.operator().create(bystander).await.expect("a good job");

    let began = clock::now();
    let mut born = 0;
    let mut start = |cluster: &bellwether_tests::cluster::Cluster| -> WorkerProcess {
        born += 1;
        let queues = [QUEUES[born % 4], QUEUES[(born + 1) % 4]];
        setup(cluster, &format!("w{born}"), born % 3, &queues).start()
    };
    let mut workers: Vec<_> = (0..count).map(|_| start(&cluster)).collect();
    cluster.deliveries(12).await;
    let mut rounds = 0;
    while clock::now().since(began) < span {
        rounds += 1;
        let mut oldest = workers.remove(0);
        match rounds % 3 {
            0 => oldest.kill9(),
            1 => oldest.leave(PATIENCE).await,
            // Still for a moment, within its grace.
            _ => {
                oldest.stop();
                cluster.deliveries(4).await;
                oldest.cont();
                workers.push(oldest);
            }
        }
        while workers.len() < count {
            workers.push(start(&cluster));
        }
        cluster.deliveries(10).await;
    }
    cluster.fault("workers came and went", began, clock::now());
    wait_for("every queue to be served", PATIENCE, async || {
        let rows = cluster.ledger.rows();
        let late = |id: &str| rows.iter().filter(|row| row.job == jobs::key(id)).count() < 3;
        let waiting: Vec<_> =
            (0..12).map(|n| format!("job/{n:02}")).filter(|id| late(id)).collect();
        if waiting.is_empty() { Ok(()) } else { Err(format!("{waiting:?}")) }
    })
    .await;
    let lateness: Vec<_> = cluster
        .ledger
        .rows_of(&jobs::key("bystander"))
        .iter()
        .map(|row| row.start.since(row.fire_time))
        .collect();
    let worst = lateness.iter().max().copied().unwrap_or_default();
    assert!(worst < Duration::from_secs(2), "the other queue was late by {worst:?}");
    cluster.judge("workers: come and go").await;
}
