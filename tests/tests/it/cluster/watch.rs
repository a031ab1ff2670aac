//! Those who watch, while nodes die.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_client::v1::event::Detail;
use bellwether_client::v1::{self, EventKind};
use bellwether_client::{Client, ClientOptions, RetryPolicy};
use bellwether_domain::PartitionCount;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::node::{Node, client};
use bellwether_tests::sink::Behaviour;
use bellwether_tests::wait::{PATIENCE, wait_for};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

const PARTITIONS: u16 = 4;

/// A client that asks the node at `first` as long as it lives, and then the others.
fn patient(cluster: &Cluster, first: usize) -> Client {
    let mut addresses: Vec<_> = cluster.nodes.iter().map(Node::grpc).collect();
    addresses.rotate_left(first);
    let retry = RetryPolicy { max_attempts: u32::MAX, ..RetryPolicy::default() };
    client(&addresses, ClientOptions { retry, ..ClientOptions::default() })
}

/// A watch of the whole cluster that goes on until the value is dropped.
struct Watcher {
    /// Each event with the cursor of its response.
    seen: Arc<Mutex<Vec<(v1::Event, String)>>>,
    task: JoinHandle<()>,
}

impl Watcher {
    /// Begins behind `cursor`; nothing that happens from here on is missed.
    async fn begin(client: Client, cursor: String) -> Self {
        let namespace = "-".to_owned();
        let request = v1::WatchEventsRequest { namespace, cursor, ..<_>::default() };
        let mut watch = client.watch_events(request);
        watch.next().await.expect("a node answers");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let filled = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            loop {
                let part = watch.next().await.expect("a watch goes on");
                let cursor = part.cursor;
                filled.lock().extend(part.events.into_iter().map(|event| (event, cursor.clone())));
            }
        });
        Self { seen, task }
    }

    fn events(&self) -> Vec<v1::Event> {
        self.seen.lock().iter().map(|(event, _)| event.clone()).collect()
    }

    /// Waits until an event is there that `is_it`.
    async fn until(&self, what: &str, is_it: impl Fn(&v1::Event) -> bool) {
        wait_for(what, PATIENCE, async || {
            let events = self.events();
            let tail = events.len().saturating_sub(5);
            events.iter().any(&is_it).then_some(()).ok_or_else(|| format!("{:?}", &events[tail..]))
        })
        .await;
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn of_job(events: &[v1::Event], id: &str) -> Vec<v1::Event> {
    events.iter().filter(|event| event.job_id == id).cloned().collect()
}

fn run_of(event: &v1::Event) -> Option<&v1::RunEvent> {
    match &event.detail {
        Some(Detail::Run(run)) => Some(run),
        _ => None,
    }
}

/// What happened to the job itself.
fn deeds(events: &[v1::Event]) -> Vec<EventKind> {
    let of_job = events.iter().filter(|event| run_of(event).is_none());
    of_job.map(v1::Event::kind).collect()
}

/// Each run's events are a life: admitted, attempts one after another, one end.
fn assert_lives(events: &[v1::Event]) {
    use EventKind::{RunLost, RunPending, RunRetried, RunStarted, RunSuperseded};
    let mut lives: BTreeMap<&str, Vec<(EventKind, &v1::RunEvent)>> = BTreeMap::new();
    let runs = events.iter().filter_map(|event| Some((event.kind(), run_of(event)?)));
    for (kind, run) in runs.filter(|(kind, _)| !matches!(kind, EventKind::RunCoalesced)) {
        lives.entry(&run.run_id).or_default().push((kind, run));
    }
    assert!(!lives.is_empty());
    for (id, life) in lives {
        let mut running = None;
        let mut ended = false;
        for (place, (kind, run)) in life.iter().enumerate() {
            let goes_on = matches!(run.state(), v1::RunState::Pending);
            match kind {
                RunSuperseded => continue,
                RunPending => assert_eq!((place, run.attempt), (0, 0), "{id}: {life:?}"),
                RunStarted => {
                    assert!(running.is_none() && !ended, "{id}: {life:?}");
                    running = Some(run.attempt);
                }
                RunRetried | RunLost if goes_on => {
                    assert_eq!(running.take(), Some(run.attempt), "{id}: {life:?}");
                }
                _ => {
                    assert!(!ended, "{id} ended twice: {life:?}");
                    running = None;
                    ended = true;
                }
            }
        }
        assert!(ended, "{id} has no end: {life:?}");
    }
}

/// What makes an event the same, whenever it is looked up.
fn identity(event: &v1::Event) -> (i32, Option<prost_types::Timestamp>, String, i32) {
    let run = run_of(event);
    let (id, attempt) = run.map_or((String::new(), 0), |run| (run.run_id.clone(), run.attempt));
    (event.kind, event.event_time, id, attempt)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jobs_life_is_told_in_order_though_its_leader_is_killed() {
    let lease_ttl = Duration::from_secs(1);
    let options = ClusterOptions { partitions: PARTITIONS, lease_ttl, ..<_>::default() };
    let mut cluster = Cluster::start(options).await;
    let key = jobs::key("watched");
    let partition = key.partition(PartitionCount::new(PARTITIONS).expect("a count"));
    let leads = async |cluster: &Cluster| {
        let leases = cluster.leases().await;
        leases[usize::from(partition.0)].node.clone()
    };
    let leader = leads(&cluster).await;
    let place = cluster.nodes.iter().position(|node| node.name() == leader).expect("it runs");
    // The one that watches asks the very node that is about to die.
    let watcher = Watcher::begin(patient(&cluster, place), String::new()).await;
    let operator = cluster.operator();
    cluster.sink.behave(&key, Behaviour::Work(Duration::from_millis(40)));
    let every = jobs::every(Duration::from_millis(200));
    operator
        .create(jobs::job("watched", every, jobs::http(cluster.sink.url())))
        .await
        .expect("good");
    cluster.deliveries(4).await;
    operator.pause(&key).await.expect("it is there");
    operator.resume(&key, false).await.expect("it is there");
    cluster.deliveries(2).await;

    cluster.kill9(place);
    cluster.wait_led().await;
    cluster.deliveries(5).await;

    let operator = cluster.operator();
    operator.pause(&key).await.expect("it is there");
    wait_for("every run to end", PATIENCE, async || {
        let runs = operator.runs(&key).await.map_err(|status| status.to_string())?;
        if runs.iter().all(|run| run.has_ended()) { Ok(()) } else { Err(format!("{runs:?}")) }
    })
    .await;
    let recorded = operator.runs(&key).await.expect("it is there").len();
    operator.delete(&key).await.expect("it is there");
    watcher.until("the end of the job", |e| e.kind() == EventKind::JobDeleted).await;
    let left = |event: &v1::Event| {
        let Some(Detail::Node(node)) = &event.detail else { return false };
        event.kind() == EventKind::NodeLeft && node.node == leader
    };
    watcher.until("the word that the node is gone", left).await;

    let events = watcher.events();
    let told = of_job(&events, "watched");
    use EventKind::{JobCreated, JobDeleted, JobPaused, JobResumed};
    assert_eq!(deeds(&told), [JobCreated, JobPaused, JobResumed, JobPaused, JobDeleted]);
    assert!(told.windows(2).all(|pair| {
        let at = |event: &v1::Event| event.event_time.map(|at| (at.seconds, at.nanos));
        at(&pair[0]) <= at(&pair[1])
    }));
    assert_lives(&told);
    let mut runs: Vec<_> = told.iter().filter_map(run_of).map(|run| &run.run_id).collect();
    runs.sort();
    runs.dedup();
    assert_eq!(runs.len(), recorded, "every run of the record was told of, and no other");
    let successor = leads(&cluster).await;
    let took_over = |event: &v1::Event| {
        let Some(Detail::Leader(led)) = &event.detail else { return false };
        led.partition == i32::from(partition.0) && led.node == successor
    };
    assert_ne!(successor, leader);
    assert!(events.iter().any(took_over), "{events:?}");

    // Behind the cursor that came with the first pause, at a node that never served this watch.
    let cursor = {
        let seen = watcher.seen.lock();
        let pause = seen.iter().find(|(event, _)| event.kind() == JobPaused);
        pause.map(|(_, cursor)| cursor.clone()).expect("it was paused")
    };
    let behind: Vec<_> = {
        let seen = watcher.seen.lock();
        let from = seen.iter().rposition(|(_, with)| *with == cursor).map_or(0, |last| last + 1);
        seen[from..].iter().map(|(event, _)| event.clone()).collect()
    };
    let other = (0..3).rfind(|node| *node != place).expect("two are left");
    let again = Watcher::begin(patient(&cluster, other), cursor).await;
    again.until("the end of the job", |e| e.kind() == EventKind::JobDeleted).await;
    let again = of_job(&again.events(), "watched");
    let told: Vec<_> = of_job(&behind, "watched").iter().map(identity).collect();
    assert_eq!(again.iter().map(identity).collect::<Vec<_>>(), told);
    cluster.judge("cluster: a watched life").await;
}
