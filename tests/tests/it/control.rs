//! Steering a cluster whose leaders die: pauses of scheduling, backfills, and the pause of a job that
//! keeps failing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bellwether_client::v1;
use bellwether_domain::Timestamp;
use bellwether_proto::convert::timestamp_to_proto;
use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::sink::Behaviour;
use bellwether_tests::wait::{PATIENCE, wait_for};

const BEAT: Duration = Duration::from_millis(250);

async fn cluster(nodes: usize, partitions: u16) -> Cluster {
    let lease_ttl = Duration::from_secs(1);
    Cluster::start(ClusterOptions { nodes, partitions, lease_ttl, ..<_>::default() }).await
}

/// Waits until a job of another namespace was delivered so often more: time in which leaders, old
/// and new, claim what they may.
async fn beats(cluster: &Cluster, count: usize) {
    let of = |cluster: &Cluster| cluster.ledger.rows_of(&in_other("beat")).len();
    let wanted = of(cluster) + count;
    wait_for(&format!("{count} beats more"), PATIENCE, async || {
        let seen = of(cluster);
        if seen >= wanted { Ok(()) } else { Err(format!("{seen} of {wanted}")) }
    })
    .await;
}

fn in_other(id: &str) -> bellwether_domain::JobKey {
    format!("other/{id}").parse().expect("a key")
}

/// The fire times at which the sink was called for the jobs of the namespace `default`.
fn called(cluster: &Cluster) -> BTreeSet<Timestamp> {
    let rows = cluster.ledger.rows().into_iter();
    let own = rows.filter(|row| row.job.namespace.as_str() == "default");
    own.map(|row| row.fire_time).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_scheduling_stays_paused_when_its_leaders_die() {
    let mut cluster = cluster(3, 4).await;
    let operator = cluster.operator();
    let target = || jobs::http(cluster.sink.url());
    for id in ["a", "b", "c", "d"] {
        let job = jobs::job(id, jobs::every(BEAT), target());
        let all = jobs::with_policy(job, |policy| policy.set_coalesce(v1::Coalesce::All));
        operator.create(all).await.expect("a good job");
    }
    let namespace = "other".to_owned();
    let beat = v1::Job { namespace, ..jobs::job("beat", jobs::every(BEAT), target()) };
    operator.create(beat).await.expect("a good job");
    cluster.deliveries(10).await;

    let request = v1::PauseSchedulingRequest { reason: "storm".to_owned(), ..<_>::default() };
    let pause = operator.client().pause_scheduling(request).await.expect("it is paused").pause;
    assert_eq!(pause.expect("the pause").reason, "storm");
    let acknowledged = clock::now();
    for _ in 0..2 {
        let leader = cluster.leader().await;
        cluster.kill9(leader);
        cluster.wait_led().await;
        beats(&cluster, 4).await;
        cluster.nodes[leader].restart().await;
        cluster.nodes[leader].wait_ready().await;
    }
    let during: Vec<_> = called(&cluster).into_iter().filter(|at| *at > acknowledged).collect();
    assert_eq!(during, [], "claimed while paused");

    // Without a catch-up the pause is passed over.
    let resume = |catch_up| v1::ResumeSchedulingRequest { catch_up, ..<_>::default() };
    // The nodes have other addresses since they came back.
    let operator = cluster.operator();
    let client = operator.client();
    let asked = clock::now();
    assert!(client.resume_scheduling(resume(false)).await.expect("it is resumed").resumed);
    wait_for("the jobs to go on", PATIENCE, async || {
        let later = called(&cluster).into_iter().filter(|at| *at > asked).count();
        if later >= 8 { Ok(()) } else { Err(format!("{later} fire times")) }
    })
    .await;
    let passed = |at: &Timestamp| *at > acknowledged && *at <= asked;
    assert_eq!(called(&cluster).into_iter().filter(passed).count(), 0, "they were exempt");

    // With one, each of its fire times runs.
    let request = v1::PauseSchedulingRequest::default();
    let pause = client.pause_scheduling(request).await.expect("it is paused").pause;
    let since = pause.and_then(|pause| pause.pause_time).expect("a time");
    let since = Timestamp::from_millis(since.seconds * 1_000 + i64::from(since.nanos / 1_000_000));
    let leader = cluster.leader().await;
    cluster.kill9(leader);
    cluster.wait_led().await;
    beats(&cluster, 6).await;
    let until = clock::now();
    assert!(client.resume_scheduling(resume(true)).await.expect("it is resumed").resumed);
    wait_for("every fire time of the pause", PATIENCE, async || {
        let rows = cluster.ledger.rows_of(&jobs::key("a"));
        let fire_times: BTreeSet<_> = rows.iter().map(|row| row.fire_time.as_millis()).collect();
        let some = *fire_times.first().ok_or("none")?;
        let beat = i64::try_from(BEAT.as_millis()).expect("short");
        let all = (since.as_millis() + 1..until.as_millis()).filter(|at| (at - some) % beat == 0);
        let missing: Vec<i64> = all.filter(|at| !fire_times.contains(at)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("missing: {missing:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backfill_goes_on_when_its_leader_dies() {
    const COUNT: i64 = 60;
    let mut cluster = cluster(3, 1).await;
    let operator = cluster.operator();
    // One that fires every hour, a thousand hours ago for the first time.
    let hour = 3_600_000;
    let anchor = Timestamp::from_millis(clock::now().as_millis() - 1_000 * hour - hour / 2);
    let trigger = jobs::every_from(anchor, Duration::from_secs(3_600));
    let job = jobs::job("report", trigger, jobs::http(cluster.sink.url()));
    let job = jobs::with_policy(job, |policy| policy.max_instances = Some(3));
    operator.create(job).await.expect("a good job");
    let key = jobs::key("report");
    cluster.sink.behave(&key, Behaviour::Work(Duration::from_millis(20)));
    let expected: BTreeSet<Timestamp> =
        (0..COUNT).map(|n| Timestamp::from_millis(anchor.as_millis() + n * hour)).collect();
    let request = v1::BackfillJobRequest {
        job_id: "report".to_owned(),
        start_time: Some(timestamp_to_proto(anchor)),
        end_time: expected.last().copied().map(timestamp_to_proto),
        overlap: v1::Overlap::Queue as i32,
        runs_per_second: 20.0,
        ..<_>::default()
    };
    let asked = clock::now();
    let told = operator.client().backfill_job(request).await.expect("it is stored");
    assert_eq!(i64::from(told.fire_time_count), COUNT);

    for part in [15, 35] {
        wait_for(&format!("{part} runs of the backfill"), PATIENCE, async || {
            let seen = cluster.ledger.rows_of(&key).len();
            if seen >= part { Ok(()) } else { Err(format!("{seen}")) }
        })
        .await;
        let leader = cluster.leader().await;
        cluster.kill9(leader);
        cluster.wait_led().await;
    }
    let get = || v1::GetJobRequest { job_id: "report".to_owned(), ..<_>::default() };
    let client = operator.client();
    let backfill = wait_for("the backfill to finish", PATIENCE, async || {
        let job = client.get_job(get()).await.map_err(|status| status.to_string())?;
        let found = job.backfills.into_iter().find(|one| one.backfill_id == told.backfill_id);
        let found = found.ok_or("it is not shown")?;
        if found.finish_time.is_some() { Ok(found) } else { Err(format!("{found:?}")) }
    })
    .await;
    assert_eq!((i64::from(backfill.run_count), backfill.skipped_count), (COUNT, 0));
    let took = clock::now().since(asked);
    assert!(took >= Duration::from_millis(2_900), "20 a second, and {COUNT} came within {took:?}");

    let mut runs: BTreeMap<Timestamp, BTreeSet<_>> = BTreeMap::new();
    wait_for("the last delivery", PATIENCE, async || {
        runs.clear();
        for row in cluster.ledger.rows_of(&key) {
            runs.entry(row.fire_time).or_default().insert(row.run);
        }
        let seen: BTreeSet<_> = runs.keys().copied().collect();
        if seen == expected { Ok(()) } else { Err(format!("{} fire times", seen.len())) }
    })
    .await;
    let doubled: Vec<_> = runs.iter().filter(|(_, ids)| ids.len() != 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    let job = operator.get(&key).await.expect("the job");
    assert_eq!((job.fire_count, job.last_fire_time), (0, None), "the schedule is untouched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_keeps_failing_is_paused_with_the_reason() {
    let cluster = cluster(1, 4).await;
    let operator = cluster.operator();
    let key = jobs::key("shaky");
    // With a success the row begins anew.
    let answers = [404, 404, 200, 404, 404, 404].map(Behaviour::Answer);
    cluster.sink.script(&key, &answers);
    let job = jobs::job("shaky", jobs::every(BEAT), jobs::http(cluster.sink.url()));
    let job = jobs::with_policy(job, |policy| policy.pause_after_failures = Some(3));
    operator.create(job).await.expect("a good job");

    let paused = wait_for("the pause", PATIENCE, async || {
        let job = operator.get(&key).await.map_err(|status| status.to_string())?;
        if job.state() == v1::JobState::Paused { Ok(job) } else { Err(format!("{job:?}")) }
    })
    .await;

    assert_eq!(paused.pause_reason, "pause_after_failures: 3 failed runs in a row");
    assert_eq!(paused.next_fire_time, None);
    let runs = operator.runs(&key).await.expect("its runs");
    let failed = runs.iter().filter(|run| run.state == v1::RunState::Failed).count();
    assert_eq!((failed, cluster.ledger.rows_of(&key).len()), (5, answers.len()));
    operator.resume(&key, false).await.expect("it is resumed");
    wait_for("a success after the resume", PATIENCE, async || {
        let runs = operator.runs(&key).await.map_err(|status| status.to_string())?;
        let good = |run: &&_| run_succeeded(run);
        if runs.iter().filter(good).count() >= 2 { Ok(()) } else { Err(format!("{runs:?}")) }
    })
    .await;
}

fn run_succeeded(run: &bellwether_tests::record::RunRecord) -> bool {
    run.state == v1::RunState::Succeeded
}
