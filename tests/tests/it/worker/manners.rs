//! Streams by hand: a worker that answers twice, answers for another, sends garbage, never reads.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_client::v1::work_request::Message as Say;
use bellwether_client::v1::work_response::Message;
use bellwether_client::v1::worker_service_client::WorkerServiceClient;
use bellwether_tests::clock;
use bellwether_tests::cluster::Cluster;
use bellwether_tests::jobs;
use bellwether_tests::node::Node;
use bellwether_tests::wait::{PATIENCE, wait_for};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use super::{cluster, deliveries, ended, given_job, run_of, setup};

/// A stream in the test's own hands.
struct Raw {
    say: mpsc::UnboundedSender<v1::WorkRequest>,
    hear: Streaming<v1::WorkResponse>,
    session: String,
}

fn hello(queue: &str, capacity: i32) -> v1::WorkerHello {
    v1::WorkerHello {
        worker_id: "raw".to_owned(),
        queues: vec![queue.to_owned()],
        capacity,
        ..v1::WorkerHello::default()
    }
}

impl Raw {
    async fn open(node: &Node, hello: v1::WorkerHello) -> Result<Self, Status> {
        let client = WorkerServiceClient::connect(format!("http://{}", node.grpc())).await;
        let (say, receiver) = mpsc::unbounded_channel();
        say.send(v1::WorkRequest { message: Some(Say::Hello(hello)) }).expect("it is open");
        let mut client = client.expect("the node listens");
        let response = client.work(UnboundedReceiverStream::new(receiver)).await?;
        let mut raw = Self { say, hear: response.into_inner(), session: String::new() };
        match raw.next().await? {
            Message::Welcome(welcome) => raw.session = welcome.session_id,
            other => panic!("welcome comes first: {other:?}"),
        }
        Ok(raw)
    }

    fn say(&self, message: Say) {
        self.say.send(v1::WorkRequest { message: Some(message) }).expect("the stream is open");
    }

    fn report(&self, run_id: &str, attempt: i32) {
        self.report_times(run_id, attempt, 1);
    }

    /// Reports a success, so often in one message.
    fn report_times(&self, run_id: &str, attempt: i32, times: usize) {
        let outcome = v1::run_result::Outcome::Succeeded(v1::RunSucceeded { output: None });
        let run_id = run_id.to_owned();
        let result = v1::RunResult { run_id, attempt, outcome: Some(outcome) };
        self.say(Say::Results(v1::WorkerResults { results: vec![result; times] }));
    }

    async fn next(&mut self) -> Result<Message, Status> {
        let message = timeout(PATIENCE, self.hear.message()).await.expect("in time")?;
        let message = message.ok_or_else(|| Status::unavailable("the stream ended"))?;
        Ok(message.message.expect("a response has a message"))
    }

    async fn run(&mut self) -> v1::RunDelivery {
        match self.next().await.expect("the stream goes on") {
            Message::Runs(mut runs) => runs.runs.remove(0),
            other => panic!("a run was expected: {other:?}"),
        }
    }

    async fn ack(&mut self) -> (String, v1::AckStatus) {
        match self.next().await.expect("the stream goes on") {
            Message::Acks(mut acks) => {
                let ack = acks.acks.remove(0);
                (ack.run_id.clone(), ack.status())
            }
            other => panic!("an ack was expected: {other:?}"),
        }
    }

    /// Waits until no run is on its way any more: the cancel of one that there never was comes last.
    async fn last_run(&mut self) {
        let by = Some(prost_types::Duration { seconds: 1, nanos: 0 });
        let run_id = "0-00000000-0000-0000-0000-000000000000".to_owned();
        let extension = v1::RunExtension { run_id, attempt: 1, by };
        self.say(Say::Extend(v1::WorkerExtensions { extensions: vec![extension] }));
        match self.next().await.expect("the stream goes on") {
            Message::Cancel(_) => {}
            other => panic!("a cancel was expected: {other:?}"),
        }
    }

    /// How the stream ends.
    async fn end(mut self) -> Status {
        loop {
            if let Err(status) = self.next().await {
                return status;
            }
        }
    }
}

async fn once(cluster: &Cluster, id: &str, queue: &str) {
    let job = jobs::job(id, jobs::once(clock::now()), jobs::worker(queue));
    cluster.operator().create(job).await.expect("a good job");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_acked_as_what_they_are() {
    use v1::AckStatus::{Recorded, Superseded, UnknownRun};
    let cluster = cluster(2).await;
    let mut one = Raw::open(&cluster.nodes[0], hello("one", 4)).await.expect("a good hello");
    let mut two = Raw::open(&cluster.nodes[1], hello("two", 4)).await.expect("a good hello");
    once(&cluster, "a", "one").await;
    once(&cluster, "b", "two").await;
    let (a, b) = (one.run().await, two.run().await);
    assert_eq!((a.job_id.as_str(), a.attempt, a.queue.as_str()), ("a", 1, "one"));
    assert!(a.traceparent.starts_with("00-") && a.epoch > 0, "{a:?}");

    // For another's run, for one that there never was, in a partition that there is not.
    one.report(&b.run_id, 1);
    assert_eq!(one.ack().await, (b.run_id.clone(), UnknownRun));
    let nobody = "0-018f3c1e-7a2b-7c4d-8e5f-6a7b8c9d0e1f".to_owned();
    one.report(&nobody, 1);
    assert_eq!(one.ack().await, (nobody, UnknownRun));
    let nowhere = "900-018f3c1e-7a2b-7c4d-8e5f-6a7b8c9d0e1f".to_owned();
    one.report(&nowhere, 1);
    assert_eq!(one.ack().await, (nowhere, UnknownRun));
    // Twice, in one breath and after the ack.
    one.report_times(&a.run_id, 1, 2);
    assert_eq!(one.ack().await, (a.run_id.clone(), Recorded));
    let run = ended(&cluster, "a").await;
    assert_eq!((run.state(), run.worker.as_str()), (v1::RunState::Succeeded, "raw"));
    one.report(&a.run_id, 1);
    assert_eq!(one.ack().await, (a.run_id.clone(), Recorded));
    // The one whose run it is is not harmed.
    two.report(&b.run_id, 1);
    assert_eq!(two.ack().await, (b.run_id.clone(), Recorded));

    // A result that its time was up for.
    let short = jobs::job("short", jobs::once(clock::now()), jobs::worker("one"));
    let short = jobs::with_policy(short, |policy| {
        policy.timeout = Some(prost_types::Duration { seconds: 0, nanos: 300_000_000 });
    });
    cluster.operator().create(short).await.expect("a good job");
    let late = one.run().await;
    let left = late.time_left.expect("there is a limit");
    assert!(left.seconds == 0 && left.nanos <= 300_000_000, "{left:?}");
    match one.next().await.expect("the stream goes on") {
        Message::Cancel(cancel) => assert_eq!(cancel.cancels[0].run_id, late.run_id),
        other => panic!("its time is up: {other:?}"),
    }
    assert_eq!(ended(&cluster, "short").await.state(), v1::RunState::TimedOut);
    one.report(&late.run_id, 1);
    assert_eq!(one.ack().await, (late.run_id, Superseded));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_time_is_given_and_goodbye_gives_back_at_once() {
    let cluster = cluster(2).await;
    let mut one = Raw::open(&cluster.nodes[0], hello("one", 4)).await.expect("a good hello");
    let job = jobs::job("long", jobs::once(clock::now()), jobs::worker("one"));
    let job = jobs::with_policy(job, |policy| {
        policy.timeout = Some(prost_types::Duration { seconds: 0, nanos: 400_000_000 });
    });
    cluster.operator().create(job).await.expect("a good job");
    let run = one.run().await;
    let began = clock::now();
    let by = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let extension = v1::RunExtension { run_id: run.run_id.clone(), attempt: 1, by };
    let foreign = v1::RunExtension { attempt: 2, ..extension.clone() };
    one.say(Say::Extend(v1::WorkerExtensions { extensions: vec![extension, foreign] }));
    match one.next().await.expect("the stream goes on") {
        Message::Cancel(cancel) => assert_eq!(cancel.cancels[0].attempt, 2, "not held"),
        other => panic!("{other:?}"),
    }
    wait_for("the timeout to pass", PATIENCE, async || {
        let passed = clock::now().since(began);
        // The reaper would give it two seconds more than the timeout.
        if passed > Duration::from_millis(3_200) { Ok(()) } else { Err(format!("{passed:?}")) }
    })
    .await;
    one.say(Say::Goodbye(v1::WorkerGoodbye {}));
    let left = clock::now();
    let mut two = Raw::open(&cluster.nodes[1], hello("one", 4)).await.expect("a good hello");
    let again = two.run().await;
    assert_eq!((again.run_id.as_str(), again.attempt), (run.run_id.as_str(), 2));
    let waited = clock::now().since(left);
    assert!(waited < Duration::from_millis(1_200), "before the grace: {waited:?}");
    two.report(&again.run_id, 2);
    two.ack().await;
    assert_eq!(ended(&cluster, "long").await.state(), v1::RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_resumed_where_its_worker_says_hello() {
    let cluster = cluster(2).await;
    let mut one = Raw::open(&cluster.nodes[0], hello("one", 4)).await.expect("a good hello");
    once(&cluster, "kept", "one").await;
    let kept = one.run().await;
    once(&cluster, "unseen", "one").await;
    let unseen = one.run().await;
    let session = one.session.clone();
    // Its room is used up, so that the older stream's node takes nothing for it any more.
    one.say(Say::Capacity(v1::WorkerCapacity { n: 0 }));
    one.last_run().await;

    // It says that it has the first, and not the second; and one that nobody knows.
    let held = |run_id: &str| v1::HeldRun { run_id: run_id.to_owned(), attempt: 1 };
    let stranger = "0-018f3c1e-7a2b-7c4d-8e5f-6a7b8c9d0e1f";
    let held = vec![held(&kept.run_id), held(stranger)];
    let again = v1::WorkerHello { session_id: session.clone(), held, ..hello("one", 4) };
    let mut two = Raw::open(&cluster.nodes[1], again).await.expect("a good hello");
    assert_eq!(two.session, session);
    let (mut cancelled, mut second) = (None, None);
    while cancelled.is_none() || second.is_none() {
        match two.next().await.expect("the stream goes on") {
            Message::Cancel(mut cancel) => cancelled = Some(cancel.cancels.remove(0).run_id),
            Message::Runs(mut runs) => second = Some(runs.runs.remove(0)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(cancelled.as_deref(), Some(stranger));
    let second = second.expect("it came");
    assert_eq!((second.run_id.as_str(), second.attempt), (unseen.run_id.as_str(), 2));
    two.report(&kept.run_id, 1);
    assert_eq!(two.ack().await, (kept.run_id, v1::AckStatus::Recorded));
    two.report(&second.run_id, 2);
    assert_eq!(two.ack().await, (second.run_id, v1::AckStatus::Recorded));
    // The newer stream has taken the older one's place, and the older one is told.
    let end = one.end().await;
    assert_eq!(end.code(), Code::Aborted, "{end}");
    let reason = end.get_details_error_info().expect("there is a reason").reason;
    assert_eq!(reason, "SESSION_RESUMED");

    // A session that there is not becomes a new one, and what was held in it is to end.
    let gone = v1::WorkerHello {
        session_id: "018f3c1e-7a2b-7c4d-8e5f-6a7b8c9d0e1f".to_owned(),
        held: vec![v1::HeldRun { run_id: stranger.to_owned(), attempt: 3 }],
        ..hello("one", 0)
    };
    let mut three = Raw::open(&cluster.nodes[0], gone.clone()).await.expect("a good hello");
    assert_ne!(three.session, gone.session_id);
    match three.next().await.expect("the stream goes on") {
        Message::Cancel(cancel) => assert_eq!(cancel.cancels[0].attempt, 3),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_ends_its_own_stream_and_names_what_is_wrong() {
    let cluster = cluster(1).await;
    let node = &cluster.nodes[0];
    let field = |status: &Status| {
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        let bad = status.get_details_bad_request().expect("a field is named");
        bad.field_violations[0].field.clone()
    };
    let bad = v1::WorkerHello { capacity: -1, ..hello("one", 1) };
    let refused = Raw::open(node, bad).await.err().expect("it is refused");
    assert_eq!(field(&refused), "hello.capacity");
    let bad = v1::WorkerHello { queues: Vec::new(), ..hello("one", 1) };
    let refused = Raw::open(node, bad).await.err().expect("it is refused");
    assert_eq!(field(&refused), "hello.queues");

    let good = Raw::open(node, hello("good", 1)).await.expect("a good hello");
    let nonsense = v1::RunResult { run_id: "?".into(), attempt: 1, outcome: None };
    let extension = v1::RunExtension { run_id: "?".into(), attempt: 0, by: None };
    let cases = [
        (Some(Say::Capacity(v1::WorkerCapacity { n: 10_001 })), "capacity.n"),
        (
            Some(Say::Results(v1::WorkerResults { results: vec![nonsense] })),
            "results.results[0].run_id",
        ),
        (
            Some(Say::Extend(v1::WorkerExtensions { extensions: vec![extension] })),
            "extend.extensions[0].run_id",
        ),
        (Some(Say::Hello(hello("one", 1))), "hello"),
        (None, "message"),
    ];
    for (message, expected) in cases {
        let raw = Raw::open(node, hello("one", 1)).await.expect("a good hello");
        raw.say.send(v1::WorkRequest { message }).expect("the stream is open");
        assert_eq!(field(&raw.end().await), expected);
    }
    once(&cluster, "fine", "good").await;
    let mut good = good;
    let run = good.run().await;
    good.report(&run.run_id, 1);
    assert_eq!(good.ack().await.1, v1::AckStatus::Recorded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_never_reads_holds_what_it_was_given_and_nothing_else() {
    let cluster = cluster(2).await;
    let silent = Raw::open(&cluster.nodes[0], hello("mail", 2)).await.expect("a good hello");
    given_job(&cluster, "one", "mail").await;
    given_job(&cluster, "two", "mail").await;
    given_job(&cluster, "three", "mail").await;
    given_job(&cluster, "print", "print").await;
    let busy = setup(&cluster, "w", 0, &["mail", "print"]).start();
    deliveries(&cluster, "print", 8).await;
    let rows = cluster.ledger.rows();
    let served = ["one", "two", "three"].map(jobs::key);
    let served: std::collections::BTreeSet<_> =
        rows.iter().filter(|row| served.contains(&row.job)).map(|row| row.job.clone()).collect();
    assert!(!served.is_empty(), "its room is two: the third job's runs go to the other worker");
    let late = rows.iter().filter(|row| row.job == jobs::key("print"));
    let worst = late.map(|row| row.start.since(row.fire_time)).max().expect("it fired");
    assert!(worst < Duration::from_secs(1), "{worst:?}");
    drop(silent);
    // Its stream is gone: what it held is the other's after the grace.
    for id in ["one", "two", "three"] {
        deliveries(&cluster, id, 2).await;
    }
    busy.leave(PATIENCE).await;
    let _rest = setup(&cluster, "w2", 1, &["mail", "print"]).start();
    cluster.judge_undisturbed("worker: one that never reads").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_do_holds_up_nothing_and_a_correction_frees_it() {
    let cluster = cluster(2).await;
    let mut hello = hello("mail", 4);
    hello.handlers = vec!["work".to_owned()];
    let mut one = Raw::open(&cluster.nodes[0], hello).await.expect("a good hello");
    let operator = cluster.operator();
    // Ten runs of a handler that nobody has, and one in a queue that nobody serves.
    for number in 0..10 {
        let id = format!("unknown/{number}");
        let job = jobs::job(&id, jobs::once(clock::now()), jobs::for_handler("mail", "unknown"));
        operator.create(job).await.expect("a good job");
    }
    once(&cluster, "misspelt", "mial").await;
    once(&cluster, "known", "mail").await;
    let run = one.run().await;
    assert_eq!(run.job_id, "known");
    one.report(&run.run_id, 1);
    one.ack().await;
    wait_for("the others to wait", PATIENCE, async || {
        let run = run_of(&cluster, "unknown/9").await;
        let pending = run.state() == v1::RunState::Pending && run.attempt == 0;
        if pending { Ok(()) } else { Err(format!("{run:?}")) }
    })
    .await;

    let corrected = jobs::job("misspelt", jobs::once(clock::now()), jobs::worker("mail"));
    operator.update(corrected, &["target"]).await.expect("a good target");
    let run = one.run().await;
    assert_eq!((run.job_id.as_str(), run.attempt, run.queue.as_str()), ("misspelt", 1, "mail"));
    one.report(&run.run_id, 1);
    one.ack().await;
    assert_eq!(ended(&cluster, "misspelt").await.state(), v1::RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_cancelled_is_its_workers_to_end() {
    let cluster = cluster(2).await;
    let mut one = Raw::open(&cluster.nodes[0], hello("one", 4)).await.expect("a good hello");
    once(&cluster, "long", "one").await;
    let run = one.run().await;
    let request = v1::CancelRunRequest {
        job_id: "long".to_owned(),
        run_id: run.run_id.clone(),
        ..v1::CancelRunRequest::default()
    };
    cluster.operator().client().cancel_run(request).await.expect("it is under way");
    match one.next().await.expect("the stream goes on") {
        Message::Cancel(cancel) => assert_eq!(cancel.cancels[0].run_id, run.run_id),
        other => panic!("a cancel was expected: {other:?}"),
    }
    let failed = v1::RunFailed { message: "told to end".to_owned(), retryable: true };
    let outcome = Some(v1::run_result::Outcome::Failed(failed));
    let result = v1::RunResult { run_id: run.run_id.clone(), attempt: 1, outcome };
    one.say(Say::Results(v1::WorkerResults { results: vec![result] }));
    assert_eq!(one.ack().await, (run.run_id, v1::AckStatus::Recorded));
    assert_eq!(ended(&cluster, "long").await.state(), v1::RunState::Cancelled);
}
