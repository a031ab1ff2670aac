//! Clients that write while jobs fire.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::operator::Operator;
use tokio::task::JoinSet;
use tonic::Status;

use super::{given_jobs, names, rounds};

/// How many clients apply the same jobs at once, as the workers of a web server do at their boot.
const CLIENTS: usize = 8;
const APPLIED: usize = 50;

fn applied(number: usize, sink: &str, description: String) -> v1::Job {
    // Each on a beat of its own, so that they do not all come due at once.
    let beat = Duration::from_millis(900 + 7 * u64::try_from(number).unwrap_or(0));
    let job = jobs::job(&format!("applied/{number:02}"), jobs::every(beat), jobs::http(sink));
    v1::Job { description, ..job }
}

/// Applies every job again and again, sometimes as it is and sometimes changed.
async fn apply_all(operator: Operator, sink: String, client: usize) -> Result<(), Status> {
    for round in 0..3 {
        for number in 0..APPLIED {
            let changed = (number + round) % 2 == 0;
            let description = if changed { format!("by {client}") } else { String::new() };
            operator.apply(applied(number, &sink, description)).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_clients_that_apply_the_same_jobs_disturb_no_fire_time() {
    let mut cluster = Cluster::start(ClusterOptions::default()).await;
    let operator = cluster.operator();
    let sink = cluster.sink.url().to_owned();
    let mut uids = Vec::new();
    for number in 0..APPLIED {
        let job = operator.apply(applied(number, &sink, String::new())).await;
        uids.push(job.expect("a good job").uid);
    }

    let began = clock::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(apply_all(cluster.operator(), sink.clone(), client));
    }
    while let Some(ended) = clients.join_next().await {
        ended.expect("no client panics").expect("no client is refused");
        cluster.fault("a client applied 150 jobs", began, began);
    }
    cluster.deliveries(APPLIED).await;
    for (number, uid) in uids.iter().enumerate() {
        let job = operator.get(&jobs::key(&format!("applied/{number:02}"))).await;
        assert_eq!(job.expect("it is there").uid, *uid, "another incarnation");
    }
    cluster.judge("cluster: eight clients apply").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_changed_while_they_fire_lose_nothing_and_repeat_nothing() {
    let mut cluster = Cluster::start(ClusterOptions::default()).await;
    given_jobs(&cluster).await;
    let operator = cluster.operator();
    for round in 0..5 {
        let at = clock::now();
        for (number, id) in names().enumerate() {
            change(&cluster, &operator, &id, number + round).await;
        }
        cluster.fault("a round of changes", at, at);
        if round == 2 {
            let leader = cluster.leader().await;
            cluster.kill9(leader);
            cluster.wait_led().await;
        }
        rounds(&cluster, 1).await;
    }
    // Whatever was left paused or deleted, the others fire on.
    for id in names() {
        let key = jobs::key(&id);
        match operator.get(&key).await {
            Ok(job) if job.state() == v1::JobState::Paused => {
                operator.resume(&key, false).await.expect("it is there");
            }
            Ok(_) => {}
            Err(_) => {
                let job = jobs::job(&id, jobs::every(super::BEAT), jobs::http(cluster.sink.url()));
                operator.create(job).await.expect("a good job");
            }
        }
    }
    rounds(&cluster, 2).await;
    cluster.judge("cluster: jobs changed").await;
}

/// One of five changes, in turn. A step on what another left undone does what is there to do.
async fn change(cluster: &Cluster, operator: &Operator, id: &str, step: usize) {
    let key = jobs::key(id);
    let job = |beat| jobs::job(id, jobs::every(beat), jobs::http(cluster.sink.url()));
    let done = match step % 5 {
        0 => operator.apply(job(super::BEAT)).await.map(drop),
        1 => {
            let beat = super::BEAT + Duration::from_millis(37);
            let change =
                v1::Job { id: id.to_owned(), trigger: job(beat).trigger, ..<_>::default() };
            operator.update(change, &["trigger"]).await.map(drop)
        }
        2 => operator.pause(&key).await.map(drop),
        3 => operator.resume(&key, false).await.map(drop),
        _ => operator.delete(&key).await,
    };
    let missing = |status: &Status| status.code() == tonic::Code::NotFound;
    assert!(done.as_ref().is_ok() || done.as_ref().is_err_and(missing), "{id}: {done:?}");
}
