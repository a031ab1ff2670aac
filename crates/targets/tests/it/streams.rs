//! Redis stream targets against a real server.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_domain::address::AddressPolicy;
use bellwether_domain::{
    AttemptEnd, Content, Payload, RedisStreamTarget, RunId, StreamPolicy, Target, Timestamp,
};
use bellwether_engine::{Attempt, Execution, TargetExecutor as _};
use bellwether_targets::{StreamsConfig, Targets, TargetsConfig};

use crate::redis::Server;
use crate::support::{self, FINAL, FIRE_TIME, RETRYABLE, code, message};

/// The entries of a stream: id, fields and values.
type Entries = Vec<(String, Vec<(String, String)>)>;

fn targets(server: &Server) -> Targets {
    with(StreamsConfig { url: Some(server.url()), ..config() })
}

fn config() -> StreamsConfig {
    let keys = ["orders:*", "{eu}:orders", "text", "{bw:*"];
    let keys = keys.iter().map(|key| key.parse().expect("a pattern")).collect();
    StreamsConfig {
        policy: StreamPolicy { keys, available: true },
        dedup: Duration::from_secs(1_000),
        connect_timeout: Duration::from_secs(2),
        response_timeout: Duration::from_millis(300),
        ..StreamsConfig::default()
    }
}

fn with(streams: StreamsConfig) -> Targets {
    support::targets(TargetsConfig { streams, ..TargetsConfig::new(AddressPolicy::default()) })
}

/// The given attempt of the run of one fire time.
fn attempt(key: &str, fire_time: Timestamp, number: u32) -> Attempt {
    let fields = BTreeMap::from([("kind".to_owned(), "invoice ü".to_owned())]);
    let mut attempt = support::attempt(support::post("http://localhost/"));
    attempt.target = Target::RedisStream(RedisStreamTarget { key: key.to_owned(), fields });
    attempt.longest_wait = Duration::from_secs(60);
    let draft = &mut attempt.run.draft;
    draft.id = RunId::scheduled(draft.id.partition, draft.uid, fire_time);
    draft.timeout = Duration::from_secs(5);
    attempt.run.attempt = number;
    attempt
}

async fn entries(server: &Server, key: &str) -> Entries {
    server.ask(&["XRANGE", key, "-", "+"]).await
}

/// The id of the entry that an attempt says it stands for.
fn entry(execution: &Execution) -> String {
    assert_eq!(execution.end, AttemptEnd::Succeeded, "{}", message(execution));
    match &execution.report.output {
        Some(Payload { content: Content::Text(id), .. }) => id.clone(),
        other => panic!("an entry's id, not {other:?}"),
    }
}

#[tokio::test]
async fn an_entry_names_the_run_beside_the_jobs_own_fields() {
    let server = Server::start();
    let attempt = attempt("orders:due", FIRE_TIME, 2);

    let execution = targets(&server).execute(&attempt).await;

    let entries = entries(&server, "orders:due").await;
    let [(id, fields)] = &entries[..] else { panic!("one entry: {entries:?}") };
    assert_eq!(*id, entry(&execution));
    let fields: BTreeMap<_, _> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let run = attempt.run.draft.id.to_string();
    let trace = format!("00-{}-{}-01", attempt.trace_id, attempt.span_id);
    let expected = BTreeMap::from([
        ("kind", "invoice ü"),
        ("bellwether-run", &run),
        ("bellwether-namespace", "billing"),
        ("bellwether-job", "invoices/nightly"),
        ("bellwether-fire-time", "2026-03-01T12:00:00.250Z"),
        ("bellwether-attempt", "2"),
        ("bellwether-epoch", "7"),
        ("traceparent", &trace),
    ]);
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_run_has_one_entry_however_many_attempts() {
    let server = Server::start();
    let targets = targets(&server);
    for key in ["orders:due", "{eu}:orders"] {
        let first = entry(&targets.execute(&attempt(key, FIRE_TIME, 1)).await);
        let second = entry(&targets.execute(&attempt(key, FIRE_TIME, 2)).await);
        let later = FIRE_TIME.saturating_add(Duration::from_secs(1));
        let other = entry(&targets.execute(&attempt(key, later, 1)).await);

        assert_eq!(first, second, "the entry that is there");
        let ids: Vec<_> = entries(&server, key).await.into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, [first, other], "another run has its own");
    }
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_not_appended_twice() {
    let server = Server::start();
    let targets = targets(&server);
    let later = FIRE_TIME.saturating_add(Duration::from_secs(1));
    entry(&targets.execute(&attempt("orders:due", later, 1)).await);

    // What it is sent while it stands still, it carries out afterwards.
    server.stop();
    let execution = targets.execute(&attempt("orders:due", FIRE_TIME, 1)).await;
    server.go_on();
    assert_eq!((execution.end, code(&execution)), (RETRYABLE, "no_answer"));
    let appended = || async { entries(&server, "orders:due").await.len() == 2 };
    support::within("the entry of the lost answer", async {
        while !appended().await {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let id = entry(&targets.execute(&attempt("orders:due", FIRE_TIME, 2)).await);

    let entries = entries(&server, "orders:due").await;
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!(entries[1].0, id);
}

#[tokio::test]
async fn what_is_remembered_of_a_run_outlasts_its_next_attempt_and_ends() {
    let server = Server::start();
    let targets = targets(&server);
    let attempt = attempt("orders:due", FIRE_TIME, 1);
    let marker = format!("{{orders:due}}:bellwether:appended:{}", attempt.run.draft.id);
    let most = 1_000_000 + 5_000 + 60_000;
    for _ in 0..2 {
        entry(&targets.execute(&attempt).await);
        let left: i64 = server.ask(&["PTTL", &marker]).await;
        assert!((most - 30_000..=most).contains(&left), "{left} ms, of at most {most}");
        // As if a while had passed: another attempt renews it.
        let _: i64 = server.ask(&["PEXPIRE", &marker, "5000"]).await;
    }
}

#[tokio::test]
async fn only_streams_that_the_operator_names_are_touched() {
    let server = Server::start();
    let targets = targets(&server);
    // Our own are refused though a pattern names them.
    for key in ["payroll", "{bw:default:0}:events", "orders"] {
        let execution = targets.execute(&attempt(key, FIRE_TIME, 1)).await;
        assert_eq!((execution.end, code(&execution)), (FINAL, "stream_refused"), "{key}");
        assert!(message(&execution).contains(key), "{}", message(&execution));
    }
    let keys: Vec<String> = server.ask(&["KEYS", "*"]).await;
    assert_eq!(keys, [""; 0]);
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_is_wrong_is_not() {
    let server = Server::start_with(&["--requirepass", "s3cret"]);
    let execution = targets(&server).execute(&attempt("orders:due", FIRE_TIME, 1)).await;
    assert_eq!((execution.end, code(&execution)), (FINAL, "denied"), "{}", message(&execution));
    drop(server);

    let server = Server::start();
    let targets = targets(&server);
    let _: () = server.ask(&["SET", "text", "x"]).await;
    let execution = targets.execute(&attempt("text", FIRE_TIME, 1)).await;
    assert_eq!((execution.end, code(&execution)), (FINAL, "no_stream"));

    let _: () = server.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let execution = targets.execute(&attempt("orders:due", FIRE_TIME, 1)).await;
    assert_eq!((execution.end, code(&execution)), (RETRYABLE, "busy"), "{}", message(&execution));
    let _: () = server.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    let markers: Vec<String> = server.ask(&["KEYS", "*appended*"]).await;
    assert_eq!(markers, [""; 0], "what failed left no mark");
    entry(&targets.execute(&attempt("orders:due", FIRE_TIME, 2)).await);

    drop(server);
    let execution = targets.execute(&attempt("orders:due", FIRE_TIME, 3)).await;
    assert_eq!(execution.end, RETRYABLE);
    assert!(["connect", "no_answer"].contains(&code(&execution)), "{}", code(&execution));
}

#[test]
fn a_url_that_is_none_is_an_error_that_does_not_repeat_it() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let streams = StreamsConfig { url: Some("http://:s3cret@x".to_owned()), ..config() };
    let made =
        Targets::new(TargetsConfig { streams, ..TargetsConfig::new(AddressPolicy::default()) });
    let error = made.err().expect("no Redis has such a URL").to_string();
    assert!(!error.contains("s3cret"), "{error}");
}
