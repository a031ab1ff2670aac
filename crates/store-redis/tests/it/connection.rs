//! What a broken, slow, forgetful or read-only server means to a caller.

use std::time::Duration;

use bellwether_store::{
    ClusterStore as _, JobStore as _, Seq, StoreError, Turn, TurnError, TurnStore as _,
};
use bellwether_store_redis::{ConnectError, RedisConfig, RedisStore};

use crate::fixture::{Leader, P0, claim, job, key};
use crate::server::Server;

#[tokio::test]
async fn scripts_are_told_again_to_a_server_that_forgot_them() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let mut flush = redis::cmd("SCRIPT");
    flush.arg("FLUSH");
    let () = flush.query_async(&mut server.connection().await).await.expect("it answers");
    let turn = Turn { claims: vec![claim(&insert)], free: 1, ..Turn::default() };
    assert_eq!(leader.turn(turn).await.leased.len(), 1);
}

#[tokio::test]
async fn a_turn_without_an_answer_has_an_unknown_outcome_and_is_asked_for_again() {
    let server = Server::start();
    let config = RedisConfig {
        response_timeout: Duration::from_millis(100),
        ..RedisConfig::new(server.url(), "test")
    };
    let leader = Leader::of(RedisStore::connect(config).await.expect("a good config")).await;
    let insert = leader.insert_due("a").await;
    server.stop();
    let turn = Turn {
        lease: Some(leader.token),
        claims: vec![claim(&insert)],
        free: 1,
        ..Turn::default()
    };
    let unknown = leader.store.turn(P0, leader.boot, Seq(1), &turn).await;
    assert!(matches!(unknown, Err(TurnError::Store(StoreError::OutcomeUnknown(_)))), "{unknown:?}");
    let unread = leader.store.now().await;
    assert!(matches!(unread, Err(StoreError::Unavailable(_))), "a read has none: {unread:?}");

    server.go_on();
    let answer = leader.store.turn(P0, leader.boot, Seq(1), &turn).await.expect("it answers");
    assert_eq!(answer.leased.len(), 1, "the first was carried out, this is its answer");
    assert_eq!(leader.store.attempts(P0).await.expect("it answers").len(), 1);
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable() {
    let mut server = Server::start();
    let leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    server.kill();
    // The connection broke, and who knows when.
    let first = leader.store.insert_job(&insert).await.expect_err("nobody answers");
    assert!(first.outcome_unknown(), "{first:?}");
    // From then on no connection can be made.
    for _ in 0..3 {
        let later = leader.store.insert_job(&insert).await;
        assert!(matches!(later, Err(StoreError::Unavailable(_))), "{later:?}");
    }
}

#[tokio::test]
async fn a_store_connects_when_the_server_comes_up() {
    let mut server = Server::start();
    let (url, port) = (server.url(), server.port());
    server.kill();
    let store = RedisStore::connect(RedisConfig::new(url, "test")).await.expect("a good config");
    let away = store.now().await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    let _server = Server::start_on(port).expect("the port is free again");
    store.now().await.expect("it is there now");
}

#[tokio::test]
async fn a_replica_refuses_writes() {
    let server = Server::start();
    let leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let mut replica = redis::cmd("REPLICAOF");
    replica.arg("127.0.0.1").arg(1);
    let () = replica.query_async(&mut server.connection().await).await.expect("it answers");
    let other = job("b", insert.next.fire_time);
    let refused = leader.store.insert_job(&other).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert_eq!(leader.peek().await.due.len(), 1, "reading goes on");
}

#[tokio::test]
async fn a_unix_socket_serves_as_well() {
    let server = Server::start();
    let url = format!("redis+unix://{}", server.socket().display());
    let store = RedisStore::connect(RedisConfig::new(url, "test")).await.expect("a good config");
    let leader = Leader::of(store).await;
    leader.insert_due("a").await;
    assert_eq!(leader.peek().await.due.len(), 1);
}

#[tokio::test]
async fn a_password_opens_the_door_and_is_told_to_nobody() {
    let server = Server::start_with(&["--requirepass", "s3cret-of-the-test"]);
    let url = server.url().replace("redis://", "redis://:s3cret-of-the-test@");
    let config = RedisConfig::new(&url, "test");
    assert!(!format!("{config:?}").contains("s3cret"));
    let store = RedisStore::connect(config).await.expect("a good config");
    assert!(!format!("{store:?}").contains("s3cret"));
    store.now().await.expect("it is the right one");

    let wrong = url.replace("s3cret", "wr0ng");
    let store = RedisStore::connect(RedisConfig::new(wrong, "test")).await.expect("a good config");
    let error = store.now().await.expect_err("it is the wrong one");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("wr0ng"), "{error:?}");
}

#[tokio::test]
async fn urls_that_cannot_be_used_are_refused_with_what_can() {
    let cases = [
        ("rediss://h", "rediss:// are not built yet"),
        ("redis+sentinel://h1,h2/s", "redis+sentinel:// are not built yet"),
        ("redis+cluster://h1,h2", "redis+cluster:// are not built yet"),
        ("http://h", "\"http\""),
        ("127.0.0.1:6379", "not usable"),
        ("", "not usable"),
        ("redis://", "not usable"),
        ("redis://u:s3cret@h:99999", "not usable"),
        ("redis://u:s3cret@h/x", "not usable"),
    ];
    for (url, expected) in cases {
        let error = RedisStore::connect(RedisConfig::new(url, "test")).await;
        let error = error.expect_err("it cannot be used").to_string();
        assert!(error.contains(expected), "{url}: {error}");
        assert!(error.contains("redis://") && !error.contains("s3cret"), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_cluster_name_that_is_no_part_of_a_key_is_refused() {
    for name in ["", "a b", "a}", "a:b", &"x".repeat(65)] {
        let error = RedisStore::connect(RedisConfig::new("redis://127.0.0.1:1", name)).await;
        assert!(matches!(error, Err(ConnectError::Cluster(_))), "{name:?}");
    }
}

#[tokio::test]
async fn nothing_works_before_the_cluster_is_open() {
    let server = Server::start();
    let store = server.store().await;
    let error = store.read_job(&key("a"), None).await.expect_err("it was not opened");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}
