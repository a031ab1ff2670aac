//! The life of a job, over either store: created, fired, changed, paused, resumed, run by hand,
//! deleted.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_domain::Timestamp;
use bellwether_tests::clock;
use bellwether_tests::jobs;
use bellwether_tests::oracle::instant;
use bellwether_tests::sink::Behaviour;
use tonic::Code;

use crate::bed::{Bed, count, fire_times};

macro_rules! over_either_store {
    ($($case:ident),* $(,)?) => {
        mod redis {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(crate::bed::Bed::redis().await).await;
                }
            )*
        }

        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(crate::bed::Bed::memory().await).await;
                }
            )*
        }
    };
}

over_either_store!(
    a_job_fires_at_each_of_its_times,
    a_past_date_fires_at_once_and_finishes_the_job,
    a_changed_trigger_takes_over,
    a_paused_job_is_silent_until_it_is_resumed,
    a_job_runs_when_asked_to,
    a_deleted_job_is_gone,
    a_failed_attempt_is_repeated_within_its_policy,
    a_repeated_request_gets_the_first_reply,
);

const BEAT: Duration = Duration::from_millis(200);

async fn a_job_fires_at_each_of_its_times(bed: Bed) {
    let job = bed.create("tick", jobs::every(BEAT)).await;
    let created = instant(job.create_time).expect("it was created");
    let rows = bed.deliveries("tick", created, 5).await;

    let expected: Vec<_> = (1..).map(|k| created.saturating_add(BEAT * k)).take(5).collect();
    assert_eq!(fire_times(&rows)[..5], expected);
    for row in &rows {
        assert!(row.start >= row.fire_time, "early: {row:?}");
        assert_eq!(row.attempt, 1, "{row:?}");
        assert_eq!(row.headers["bellwether-fire-time"], row.fire_time.to_string());
    }
    let runs = bed.runs("tick", |runs| runs.len() >= 5).await;
    for run in runs {
        assert_eq!(run.state, v1::RunState::Succeeded, "{run:?}");
        let times = (run.claimed >= run.start_after, run.started >= Some(run.start_after));
        assert_eq!(times, (true, true), "early: {run:?}");
        let row = rows.iter().find(|row| row.run == run.id);
        assert!(row.is_none_or(|row| row.fire_time == run.fire_time), "{run:?}: {row:?}");
    }
}

async fn a_past_date_fires_at_once_and_finishes_the_job(bed: Bed) {
    let past = Timestamp::from_millis(clock::now().as_millis() - 3_600_000);
    bed.create("once", jobs::once(past)).await;
    let rows = bed.deliveries("once", Timestamp::MIN, 1).await;
    assert_eq!(fire_times(&rows), [past]);
    bed.runs("once", |runs| runs.len() == 1).await;
    let job = bed.operator.get(&jobs::key("once")).await.expect("a finished job stays");
    assert_eq!((job.state(), job.fire_count), (v1::JobState::Finished, 1));
    assert_eq!(job.next_fire_time, None);
}

async fn a_changed_trigger_takes_over(bed: Bed) {
    let job = bed.create("tick", jobs::every(BEAT)).await;
    bed.deliveries("tick", Timestamp::MIN, 2).await;

    let created = instant(job.create_time).expect("it was created");
    let other = Duration::from_millis(170);
    let trigger = jobs::job("tick", jobs::every(other), jobs::noop()).trigger;
    let change = v1::Job { id: "tick".to_owned(), trigger, ..v1::Job::default() };
    let changed = bed.operator.update(change, &["trigger"]).await.expect("a good change");
    assert_eq!(changed.uid, job.uid, "an update keeps the incarnation");
    assert_ne!(changed.etag, job.etag);
    assert_eq!(changed.target, job.target, "what the mask leaves out stays");

    let next = instant(changed.next_fire_time).expect("it fires on");
    let before = Timestamp::from_millis(next.as_millis() - 1);
    let rows = bed.deliveries("tick", before, 4).await;
    let expected: Vec<_> = (0..).map(|k| next.saturating_add(other * k)).take(4).collect();
    assert_eq!(fire_times(&rows)[..4], expected);
    let since = next.since(created);
    assert_eq!(since.as_millis() % other.as_millis(), 0, "the anchor is the creation still");
}

async fn a_paused_job_is_silent_until_it_is_resumed(bed: Bed) {
    let key = jobs::key("tick");
    bed.create("tick", jobs::every(BEAT)).await;
    bed.deliveries("tick", Timestamp::MIN, 2).await;

    let paused = bed.operator.pause(&key).await.expect("it is there");
    assert_eq!((paused.state(), paused.next_fire_time), (v1::JobState::Paused, None));
    bed.runs("tick", |_| true).await;
    let heard = count(&bed.ledger, &key);
    bed.meanwhile(BEAT * 4).await;
    assert_eq!(count(&bed.ledger, &key), heard, "it fired while it was paused");

    let sent = clock::now();
    let resumed = bed.operator.resume(&key, false).await.expect("it is there");
    assert_eq!(resumed.state(), v1::JobState::Active);
    let next = instant(resumed.next_fire_time).expect("it fires again");
    assert!(next > sent, "{next} was while it was paused");
    let rows = bed.deliveries("tick", sent, 2).await;
    assert_eq!(fire_times(&rows)[..2], [next, next.saturating_add(BEAT)]);
}

async fn a_job_runs_when_asked_to(bed: Bed) {
    let key = jobs::key("idle");
    bed.create("idle", jobs::never()).await;
    let first = bed.operator.run_now(&key).await.expect("it is there");
    bed.operator.pause(&key).await.expect("it is there");
    bed.runs("idle", |runs| runs.len() == 1).await;
    let second = bed.operator.run_now(&key).await.expect("a paused job runs, too");
    assert_ne!(first.id, second.id);

    let rows = bed.deliveries("idle", Timestamp::MIN, 2).await;
    assert_eq!([rows[0].run, rows[1].run], [first.id, second.id]);
    let runs = bed.runs("idle", |runs| runs.len() == 2).await;
    for run in runs {
        assert_eq!((run.cause, run.state), (v1::RunCause::Manual, v1::RunState::Succeeded));
    }
}

async fn a_deleted_job_is_gone(bed: Bed) {
    let key = jobs::key("tick");
    let job = bed.create("tick", jobs::every(BEAT)).await;
    bed.deliveries("tick", Timestamp::MIN, 2).await;
    bed.operator.delete(&key).await.expect("it is there");
    let deleted = clock::now();

    let gone = bed.operator.get(&key).await.expect_err("it is gone");
    assert_eq!(gone.code(), Code::NotFound, "{gone}");
    let again = bed.operator.delete(&key).await.expect_err("it is gone");
    assert_eq!(again.code(), Code::NotFound, "{again}");
    bed.meanwhile(BEAT * 4).await;
    let late = bed.ledger.rows_of(&key).into_iter().find(|row| row.fire_time > deleted);
    assert_eq!(late, None, "it fired after it was deleted");

    let anew = bed.create("tick", jobs::every(BEAT)).await;
    assert_ne!(anew.uid, job.uid, "another incarnation has another uid");
    bed.deliveries("tick", deleted, 1).await;
    let runs = bed.runs("tick", |runs| !runs.is_empty()).await;
    assert!(runs.iter().all(|run| run.uid.to_string() == anew.uid), "{runs:?}");
}

async fn a_failed_attempt_is_repeated_within_its_policy(bed: Bed) {
    let key = jobs::key("flaky");
    bed.sink.script(&key, &[Behaviour::Answer(503), Behaviour::Answer(429)]);
    let past = Timestamp::from_millis(clock::now().as_millis() - 1_000);
    let job = jobs::job("flaky", jobs::once(past), jobs::http(bed.sink.url()));
    let job = jobs::with_policy(job, |policy| {
        let initial_backoff = Some(prost_types::Duration { seconds: 0, nanos: 10_000_000 });
        let retry = v1::RetryPolicy { max_attempts: Some(3), initial_backoff, ..<_>::default() };
        policy.retry = Some(retry);
    });
    bed.operator.create(job).await.expect("the job is a good one");

    let rows = bed.deliveries("flaky", Timestamp::MIN, 3).await;
    let seen: Vec<_> = rows.iter().map(|row| (row.attempt, row.status)).collect();
    assert_eq!(seen, [(1, Some(503)), (2, Some(429)), (3, Some(200))]);
    assert!(rows.iter().all(|row| row.run == rows[0].run), "a run keeps its id: {rows:?}");
    let runs = bed.runs("flaky", |runs| runs.len() == 1).await;
    let run = &runs[0];
    assert_eq!((run.state, run.attempt, run.lost), (v1::RunState::Succeeded, 3, 0));
}

async fn a_repeated_request_gets_the_first_reply(bed: Bed) {
    bed.create("idle", jobs::never()).await;
    let request_id = uuid::Uuid::new_v4().to_string();
    let job_id = "idle".to_owned();
    let request = v1::RunJobRequest { job_id, request_id, ..<_>::default() };
    let client = bed.operator.client();
    let first = client.run_job(request.clone()).await.expect("it is there").run.expect("a run");
    let again = client.run_job(request).await.expect("it is there").run.expect("a run");
    assert_eq!(first.id, again.id);
    let runs = bed.runs("idle", |runs| !runs.is_empty()).await;
    assert_eq!(runs.len(), 1, "{runs:?}");
}
