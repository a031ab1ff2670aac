//! Three nodes on one Redis: each fire time once, whichever of them dies.
//!
//! Every scenario ends in [`Cluster::judge`], which asks all invariants of what reached the sink.

mod clients;
mod leaders;
mod membership;
mod network;
mod redis;
mod steady;
mod watch;

use std::time::Duration;

use bellwether_client::v1;
use bellwether_tests::cluster::Cluster;
use bellwether_tests::jobs;
use bellwether_tests::sink::Behaviour;

/// How many jobs fire in a scenario, and how often each: some forty runs a second, which three
/// debug builds on two cores stand.
const JOBS: u32 = 12;
const BEAT: Duration = Duration::from_millis(300);

/// The names of the jobs of [`given_jobs`].
fn names() -> impl Iterator<Item = String> {
    (0..JOBS).map(|number| format!("job/{number:02}"))
}

/// Jobs of several kinds, spread over the partitions, whose handlers take a while: with one
/// instance, with several that may overlap, with a queue, and with a catch-up of each fire time.
pub(crate) async fn given_jobs(cluster: &Cluster) {
    let operator = cluster.operator();
    for (number, id) in names().enumerate() {
        let number = u64::try_from(number).expect("there are few");
        cluster.sink.behave(&jobs::key(&id), Behaviour::Work(Duration::from_millis(5 * number)));
        let job = jobs::job(&id, jobs::every(BEAT), jobs::http(cluster.sink.url()));
        let job = jobs::with_policy(job, |policy| match number % 4 {
            0 => {}
            1 => policy.max_instances = Some(3),
            2 => {
                policy.set_overlap(v1::Overlap::Queue);
                policy.queue_limit = Some(2);
            }
            _ => {
                policy.set_coalesce(v1::Coalesce::All);
                policy.max_instances = Some(2);
            }
        });
        operator.create(job).await.expect("a good job");
    }
    cluster.deliveries(2 * JOBS as usize).await;
}

/// Lets every job fire about so many times more.
pub(crate) async fn rounds(cluster: &Cluster, count: usize) {
    cluster.deliveries(count * JOBS as usize).await;
}
