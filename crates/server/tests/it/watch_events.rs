//! WatchEvents: order, cursors, filters, and what a watcher is told.

use std::time::Duration;

use bellwether_domain::{EndState, NextStep};
use bellwether_proto::v1;
use bellwether_proto::v1::EventKind;
use bellwether_proto::v1::event::Detail;
use bellwether_store::{MemberStore as _, NodeRecord};
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use crate::fixture::*;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

fn all() -> v1::WatchEventsRequest {
    v1::WatchEventsRequest { namespace: "-".to_owned(), ..<_>::default() }
}

fn of_job(id: &str) -> v1::WatchEventsRequest {
    v1::WatchEventsRequest { job_id: id.to_owned(), ..<_>::default() }
}

/// A watch that has begun: the first response came.
struct Watch {
    stream: Streaming<v1::WatchEventsResponse>,
    /// That of the latest response.
    cursor: String,
}

impl Watch {
    async fn begin(node: &Node, request: v1::WatchEventsRequest) -> Result<Self, Status> {
        let stream = node.cluster().await.watch_events(request).await?.into_inner();
        let mut watch = Self { stream, cursor: String::new() };
        assert_eq!(watch.part().await?, [], "the first response only says where it begins");
        Ok(watch)
    }

    /// The events of the next response.
    async fn part(&mut self) -> Result<Vec<v1::Event>, Status> {
        let part = tokio::time::timeout(PATIENCE, self.stream.message()).await;
        let part = part.expect("a response within the patience")?.expect("a watch does not end");
        self.cursor = part.cursor;
        Ok(part.events)
    }

    /// The next `count` events.
    async fn events(&mut self, count: usize) -> Vec<v1::Event> {
        let mut seen = Vec::new();
        let all = async {
            while seen.len() < count {
                seen.extend(self.part().await.expect("a response"));
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, all).await;
        assert!(in_time.is_ok(), "{count} are wanted, and there are {:?}", kinds(&seen));
        assert_eq!(seen.len(), count, "no more than there are: {seen:?}");
        seen
    }
}

fn kinds(events: &[v1::Event]) -> Vec<EventKind> {
    events.iter().map(v1::Event::kind).collect()
}

/// A job is created, paused, resumed, changed, run, retried, and deleted.
async fn a_life(node: &Node, id: &str) {
    let mut jobs = node.jobs().await;
    let policy = v1::Policy { max_instances: Some(2), ..<_>::default() };
    jobs.create_job(create(v1::Job { policy: Some(policy), ..job(id) })).await.expect("valid");
    let reason = "☂ night".to_owned();
    let pause = v1::PauseJobRequest { job_id: id.to_owned(), reason, ..<_>::default() };
    jobs.pause_job(pause).await.expect("paused");
    let resume = v1::ResumeJobRequest { job_id: id.to_owned(), ..<_>::default() };
    jobs.resume_job(resume).await.expect("resumed");
    let job = v1::Job { description: "new".to_owned(), id: id.to_owned(), ..<_>::default() };
    let update = v1::UpdateJobRequest { job: Some(job), ..<_>::default() };
    jobs.update_job(update).await.expect("updated");
    let run = v1::RunJobRequest { job_id: id.to_owned(), ..<_>::default() };
    jobs.run_job(run).await.expect("a run");
    let leased = node.take(id).await;
    node.clock.pass(1);
    let again = NextStep::Again { after: Duration::ZERO, lost: false };
    node.end(id, &leased, again).await;
    let leased = node.take(id).await;
    node.clock.pass(1);
    node.end(id, &leased, NextStep::End(EndState::Succeeded)).await;
}

const LIFE: [EventKind; 9] = [
    EventKind::JobCreated,
    EventKind::JobPaused,
    EventKind::JobResumed,
    EventKind::JobUpdated,
    EventKind::RunPending,
    EventKind::RunStarted,
    EventKind::RunRetried,
    EventKind::RunStarted,
    EventKind::RunSucceeded,
];

#[tokio::test]
async fn the_life_of_a_job_is_told_in_its_order() {
    let node = Node::start().await;
    let mut watch = Watch::begin(&node, of_job("tick")).await.expect("a watch");
    a_life(&node, "tick").await;
    a_life(&node, "other").await;
    let mut jobs = node.jobs().await;
    let stored = jobs.get_job(get("tick")).await.expect("it is there").into_inner();
    let stored = stored.job.expect("a job");
    let delete = v1::DeleteJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
    jobs.delete_job(delete).await.expect("deleted");

    let events = watch.events(10).await;

    assert_eq!(kinds(&events), [&LIFE[..], &[EventKind::JobDeleted]].concat());
    assert!(events.iter().all(|event| event.namespace == "default" && event.job_id == "tick"));
    assert!(events[..4].iter().all(|event| event.job_uid == stored.uid));
    assert_eq!(events[9].job_uid, stored.uid, "also of one that is gone");
    let of_job = |place: usize| match &events[place].detail {
        Some(Detail::Job(job)) => (job.etag.as_str(), job.reason.as_str()),
        other => panic!("{other:?}"),
    };
    assert_eq!(of_job(1).1, "☂ night");
    assert_eq!(of_job(3), (stored.etag.as_str(), ""));
    assert_eq!(of_job(9), ("", ""));
    let attempts = [(4, 0), (5, 1), (6, 1), (7, 2), (8, 2)];
    for (place, attempt) in attempts {
        let Some(Detail::Run(run)) = &events[place].detail else { panic!("about a run") };
        assert_eq!(run.attempt, attempt, "event {place}");
        assert_eq!(run.fire_time, Some(at(START)));
    }
    assert_eq!(events[8].event_time, Some(at(START + 2)));
}

#[tokio::test]
async fn a_run_is_told_with_its_state_then_and_what_is_known_of_it() {
    use v1::RunState::{Pending, Running, Succeeded};
    let node = Node::start().await;
    let mut watch = Watch::begin(&node, of_job("tick")).await.expect("a watch");
    a_life(&node, "tick").await;
    let events = watch.events(9).await;
    let runs: Vec<_> = events[4..]
        .iter()
        .map(|event| match &event.detail {
            Some(Detail::Run(run)) => run,
            other => panic!("{other:?}"),
        })
        .collect();
    let states: Vec<_> = runs.iter().map(|run| run.state()).collect();
    assert_eq!(states, [Pending, Running, Pending, Running, Succeeded]);
    assert!(runs.iter().all(|run| run.cause() == v1::RunCause::Manual));
    assert!(runs.iter().all(|run| run.run_id == runs[0].run_id));
    assert_eq!(runs[4].node, "n1");
    let job = node.jobs().await.get_job(get("tick")).await.expect("it is there").into_inner();
    let uid = job.job.expect("a job").uid;
    assert!(events.iter().all(|event| event.job_uid == uid));
}

#[tokio::test]
async fn a_run_that_stands_for_several_fire_times_is_told_so() {
    let node = Node::start().await;
    node.jobs().await.create_job(create(job("tick"))).await.expect("valid");
    let mut watch = Watch::begin(&node, of_job("tick")).await.expect("a watch");
    node.clock.pass(250);
    node.claim("tick").await;
    let events = watch.events(2).await;
    assert_eq!(kinds(&events), [EventKind::RunPending, EventKind::RunCoalesced]);
    for event in events {
        let Some(Detail::Run(run)) = event.detail else { panic!("about a run") };
        let coalesced = run.coalesced.expect("four fire times in one");
        assert_eq!(coalesced.count, 3);
        assert_eq!(coalesced.first_fire_time, Some(at(START + 60)));
    }
}

#[tokio::test]
async fn a_watch_goes_on_behind_any_of_its_cursors() {
    let node = Node::start().await;
    let mut watch = Watch::begin(&node, all()).await.expect("a watch");
    let mut places = vec![(watch.cursor.clone(), 0)];
    let mut seen = Vec::new();
    for id in ["a", "b", "c"] {
        a_life(&node, id).await;
        seen.extend(watch.part().await.expect("a response"));
        places.push((watch.cursor.clone(), seen.len()));
    }
    seen.extend(watch.events(27 - seen.len()).await);
    places.push((watch.cursor.clone(), 27));
    drop(watch);

    let of_job = |events: &[v1::Event], id: &str| {
        events.iter().filter(|event| event.job_id == id).cloned().collect::<Vec<_>>()
    };
    for (cursor, behind) in places {
        let again = v1::WatchEventsRequest { cursor, ..all() };
        let mut again = Watch::begin(&node, again).await.expect("a watch");
        let again = again.events(27 - behind).await;
        for id in ["a", "b", "c"] {
            assert_eq!(of_job(&again, id), of_job(&seen[behind..], id), "behind {behind}");
        }
    }
    for id in ["a", "b", "c"] {
        assert_eq!(kinds(&of_job(&seen, id)), LIFE, "each job's in its order");
    }
}

#[tokio::test]
async fn a_write_too_large_for_one_response_is_resumed_in_its_midst() {
    const WAITING: usize = 600;
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let policy = v1::Policy {
        overlap: Some(v1::Overlap::Queue as i32),
        queue_limit: Some(1_000),
        ..<_>::default()
    };
    jobs.create_job(create(v1::Job { policy: Some(policy), ..job("tick") })).await.expect("valid");
    for _ in 0..WAITING {
        let run = v1::RunJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
        jobs.run_job(run).await.expect("a run");
    }
    let mut watch = Watch::begin(&node, of_job("tick")).await.expect("a watch");
    let delete = v1::DeleteJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
    jobs.delete_job(delete).await.expect("deleted, and every run cancelled in the same write");

    let first = watch.part().await.expect("a response");
    assert!(first.len() < WAITING, "{} in one response", first.len());
    let again = v1::WatchEventsRequest { cursor: watch.cursor.clone(), ..of_job("tick") };
    let mut again = Watch::begin(&node, again).await.expect("a watch");
    let rest = again.events(WAITING + 1 - first.len()).await;

    assert_eq!(rest, watch.events(rest.len()).await);
    let mut runs: Vec<_> = [first, rest]
        .concat()
        .into_iter()
        .filter_map(|event| match event.detail {
            Some(Detail::Run(run)) => Some(run.run_id),
            _ => None,
        })
        .collect();
    runs.sort();
    runs.dedup();
    assert_eq!(runs.len(), WAITING, "each once");
}

#[tokio::test]
async fn filters_choose() {
    let node = Node::start().await;
    let begin = async |request| Watch::begin(&node, request).await.expect("a watch");
    let kinds_of = |wanted: &[EventKind]| wanted.iter().map(|kind| *kind as i32).collect();
    let two = [EventKind::RunRetried, EventKind::JobPaused];
    let mut of_kinds = begin(v1::WatchEventsRequest { kinds: kinds_of(&two), ..all() }).await;
    let mut elsewhere =
        begin(v1::WatchEventsRequest { namespace: "elsewhere".to_owned(), ..<_>::default() }).await;
    let mut of_default = begin(v1::WatchEventsRequest::default()).await;
    a_life(&node, "a").await;
    let other = v1::Job { namespace: "elsewhere".to_owned(), ..job("a") };
    node.jobs().await.create_job(create(other)).await.expect("valid");

    assert_eq!(kinds(&of_kinds.events(2).await), [EventKind::JobPaused, EventKind::RunRetried]);
    assert_eq!(kinds(&elsewhere.events(1).await), [EventKind::JobCreated]);
    assert_eq!(kinds(&of_default.events(9).await), LIFE);
}

#[tokio::test]
async fn leaders_and_nodes_are_told_to_those_who_watch_the_cluster() {
    let node = Node::start().await;
    let mut watch = Watch::begin(&node, all()).await.expect("a watch");
    let mut of_default =
        Watch::begin(&node, v1::WatchEventsRequest::default()).await.expect("a watch");
    let record = NodeRecord {
        boot: bellwether_domain::BootId(Uuid::now_v7()),
        name: "n7".to_owned(),
        beat: 1,
        grpc_address: String::new(),
        http_address: String::new(),
        version: String::new(),
        capacity: 1,
        inflight: 0,
        draining: false,
        seen: None,
    };
    node.store.beat(&record).await.expect("a beat");
    let token = node.lead("tick", record.boot).await;
    node.store.leave(record.boot).await.expect("it leaves");
    node.jobs().await.create_job(create(job("tick"))).await.expect("valid");

    let mut events = watch.events(4).await;

    let created = events.iter().position(|event| event.job_id == "tick").expect("it was created");
    events.remove(created);
    // The log of the cluster and that of a partition are each in order, not one to the other.
    events.sort_by_key(v1::Event::kind);
    let expected = [EventKind::LeaderChanged, EventKind::NodeJoined, EventKind::NodeLeft];
    assert_eq!(kinds(&events), expected);
    assert!(events.iter().all(|event| event.namespace == "-" && event.job_id.is_empty()));
    let leader = v1::LeaderEvent {
        partition: i32::from(token.partition.0),
        node: "n7".to_owned(),
        boot_id: record.boot.to_string(),
        epoch: i64::try_from(token.epoch.0).expect("an epoch"),
    };
    assert_eq!(events[0].detail, Some(Detail::Leader(leader)));
    let n7 = v1::NodeEvent { node: "n7".to_owned(), boot_id: record.boot.to_string() };
    assert_eq!(events[1].detail, Some(Detail::Node(n7.clone())));
    assert_eq!(events[2].detail, Some(Detail::Node(n7)));
    assert_eq!(kinds(&of_default.events(1).await), [EventKind::JobCreated]);
}

#[tokio::test]
async fn a_watcher_that_does_not_read_is_behind_and_misses_nothing() {
    const JOBS: usize = 3_000;
    let node = Node::start().await;
    let kinds = vec![EventKind::JobCreated as i32];
    let mut watch =
        Watch::begin(&node, v1::WatchEventsRequest { kinds, ..all() }).await.expect("a watch");
    let mut jobs = node.jobs().await;
    for some in (0..JOBS).collect::<Vec<_>>().chunks(1_000) {
        let described =
            |n: &usize| v1::Job { description: "d".repeat(1_000), ..job(&format!("job-{n:04}")) };
        let jobs_of_part = some.iter().map(described).collect();
        let batch = v1::BatchCreateJobsRequest { jobs: jobs_of_part, ..<_>::default() };
        jobs.batch_create_jobs(batch).await.expect("created");
    }
    let mut seen: Vec<_> = watch.events(JOBS).await.into_iter().map(|event| event.job_id).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), JOBS);
}

#[tokio::test]
async fn a_cursor_whose_sequel_is_gone_and_one_of_another_watch_are_told_apart() {
    let node = Node::start().await;
    let mut watch = Watch::begin(&node, all()).await.expect("a watch");
    a_life(&node, "tick").await;
    watch.events(9).await;
    let cursor = watch.cursor.clone();
    // A cluster of the same name that lost all it had.
    let bare = Node::start().await;
    let request = v1::WatchEventsRequest { cursor: cursor.clone(), ..all() };
    let mut watch = Watch::begin(&bare, request).await.expect("it reads before it knows");
    let answer = watch.part().await.expect_err("its sequel is gone");
    assert_eq!((said(&answer).0, said(&answer).1.as_str()), (Code::OutOfRange, "CURSOR_EXPIRED"));

    let of_runs = v1::WatchRunsRequest { namespace: "-".into(), cursor, ..<_>::default() };
    let answer = node.runs().await.watch_runs(of_runs).await.expect_err("of another watch");
    assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, "cursor"));
}

#[tokio::test]
async fn bad_requests_are_refused_by_field() {
    let node = Node::start().await;
    let cases = [
        (v1::WatchEventsRequest { namespace: "a/b".to_owned(), ..<_>::default() }, "namespace"),
        (v1::WatchEventsRequest { job_id: "☂".to_owned(), ..<_>::default() }, "job_id"),
        (v1::WatchEventsRequest { job_id: "a".to_owned(), ..all() }, "namespace"),
        (v1::WatchEventsRequest { kinds: vec![1, 0], ..all() }, "kinds[1]"),
        (v1::WatchEventsRequest { kinds: vec![24], ..all() }, "kinds[0]"),
        (v1::WatchEventsRequest { cursor: "x".to_owned(), ..all() }, "cursor"),
    ];
    for (request, field) in cases {
        let answer = node.cluster().await.watch_events(request).await.expect_err(field);
        assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, field));
    }
}

#[tokio::test]
async fn a_watch_ends_with_its_node() {
    let node = Node::start().await;
    let mut watch = Watch::begin(&node, all()).await.expect("a watch");
    let stopped = tokio::spawn(node.stop());
    let answer = watch.part().await.expect_err("the node ends");
    assert_eq!((said(&answer).0, said(&answer).1.as_str()), (Code::Unavailable, "NODE_LEAVING"));
    drop(watch);
    stopped.await.expect("it stops").expect("it served well");
}
