//! Limits on what a node executes at once: a full one delays only what it is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use bellwether_domain::{
    EndState, HttpTarget, JobKey, Limits, Namespace, NamespaceLimits, Run, RunState, Target,
};
use tokio::sync::Semaphore;

use crate::fixture::{Cluster, Script};

fn succeeded(runs: &[Run]) -> bool {
    matches!(runs, [run] if run.state == RunState::Ended(EndState::Succeeded))
}

fn call(host: &str) -> Target {
    Target::Http(HttpTarget {
        url: format!("https://{host}:8443/hook"),
        method: "POST".to_owned(),
        headers: BTreeMap::new(),
        body: None,
        signing_secret: None,
    })
}

async fn all_succeed(cluster: &Cluster, jobs: &[JobKey]) {
    for job in jobs {
        let runs = cluster.wait_for_runs(job, "success", succeeded).await;
        assert_eq!((runs[0].attempt, runs[0].lost), (1, 0), "being held back is no attempt");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_namespace_delays_only_itself() {
    let cluster = Cluster::new().await;
    let permits = Arc::new(Semaphore::new(0));
    let node = cluster.start_node_with("a", |config| {
        let narrow = Namespace::new("narrow").expect("a namespace");
        let two = NamespaceLimits { concurrency: Some(2), ..NamespaceLimits::default() };
        config.limits = Limits::default().with(narrow, two);
        // What waits must hold none of the four: two are the narrow one's, two are for the others.
        config.concurrency = 4;
    });
    let mut narrow = Vec::new();
    for n in 0..30 {
        let id = format!("narrow-{n}");
        cluster.target.script(&id, Script::Hold(Arc::clone(&permits)));
        narrow.push(cluster.once_in("narrow", &id, Target::Noop).await);
    }
    let mut wide = Vec::new();
    for n in 0..30 {
        wide.push(cluster.once_in("wide", &format!("wide-{n}"), Target::Noop).await);
    }

    all_succeed(&cluster, &wide).await;
    let begun = narrow.iter().filter(|job| !cluster.target.calls(job.id.as_str()).is_empty());
    assert!(begun.count() <= 2, "while those are held, no third begins");

    permits.add_permits(30);
    all_succeed(&cluster, &narrow).await;
    assert_eq!(cluster.target.most_at_once("narrow"), 2, "all that is allowed, and no more");
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_host_delays_neither_others_nor_its_namespace() {
    let cluster = Cluster::new().await;
    let permits = Arc::new(Semaphore::new(0));
    let node = cluster.start_node_with("a", |config| {
        let limits = NamespaceLimits { concurrency: Some(3), ..NamespaceLimits::default() };
        config.limits = Limits::new(limits);
        config.limits.host_concurrency = Some(1);
    });
    let mut slow = Vec::new();
    for n in 0..10 {
        let id = format!("slow-{n}");
        cluster.target.script(&id, Script::Hold(Arc::clone(&permits)));
        slow.push(cluster.once_in("team", &id, call("slow.example")).await);
    }
    let mut quick = Vec::new();
    for n in 0..10 {
        quick.push(cluster.once_in("team", &format!("quick-{n}"), call("quick.example")).await);
    }

    all_succeed(&cluster, &quick).await;
    let begun = slow.iter().filter(|job| !cluster.target.calls(job.id.as_str()).is_empty());
    assert!(begun.count() <= 1);

    permits.add_permits(10);
    all_succeed(&cluster, &slow).await;
    assert_eq!(cluster.target.most_at_once("slow.example"), 1);
    assert_eq!(cluster.target.most_at_once("quick.example"), 1);
    assert!(cluster.target.most_at_once("team") <= 3);
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_node_does_not_wait_for_those_who_wait() {
    let cluster = Cluster::new().await;
    let permits = Arc::new(Semaphore::new(0));
    let one = NamespaceLimits { concurrency: Some(1), ..NamespaceLimits::default() };
    let leaving = cluster.start_node_with("a", |config| config.limits = Limits::new(one));
    let mut jobs = Vec::new();
    for n in 0..5 {
        let id = format!("job-{n}");
        cluster.target.script(&id, Script::Hold(Arc::clone(&permits)));
        jobs.push(cluster.once_in("team", &id, Target::Noop).await);
    }
    let begun = async {
        while jobs.iter().all(|job| cluster.target.calls(job.id.as_str()).is_empty()) {
            tokio::task::yield_now().await;
        }
    };
    begun.await;
    let staying = cluster.start_node("b");
    permits.add_permits(5);
    leaving.drain().await;
    for job in &jobs {
        cluster.wait_for_runs(job, "success", succeeded).await;
    }
    staying.drain().await;
}
