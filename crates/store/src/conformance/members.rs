//! The nodes that are there.

use std::sync::Arc;

use bellwether_domain::BootId;
use uuid::Uuid;

use super::bed::Bed;
use crate::{NodeRecord, Roster, Store};

pub(super) fn record(name: &str) -> NodeRecord {
    NodeRecord {
        boot: BootId(Uuid::now_v7()),
        name: name.into(),
        beat: 1,
        grpc_address: "127.0.0.1:7400".into(),
        http_address: "[::1]:7401".into(),
        version: "0.1.0".into(),
        capacity: 64,
        inflight: 3,
        draining: false,
        seen: None,
    }
}

/// In order, and without what the store adds.
fn said(roster: Roster) -> Vec<NodeRecord> {
    let records = roster.nodes.into_iter().map(|record| NodeRecord { seen: None, ..record });
    let mut records: Vec<_> = records.collect();
    records.sort_by_key(|record| record.boot);
    records
}

pub async fn a_beat_shows_all_nodes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    assert_eq!(said(bed.store.nodes().await.expect("the store answers")), []);
    // The same name twice: one process died and came back.
    let [a, b] = [record("n1"), record("n1")];

    let alone = bed.store.beat(&a).await.expect("the store answers");
    let both = bed.store.beat(&b).await.expect("the store answers");

    let both_records = [a, b];
    assert_eq!(said(alone.roster), both_records[..1]);
    assert_eq!(said(both.roster), both_records);
    assert_eq!(said(bed.store.nodes().await.expect("the store answers")), both_records);
}

pub async fn a_beat_replaces_the_one_before(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let first = record("n1");
    bed.store.beat(&first).await.expect("the store answers");
    let second =
        NodeRecord {
            beat: u64::MAX, inflight: 0, draining: true, name: "naïve ☂".into(), ..first
        };

    let seen = bed.store.beat(&second).await.expect("the store answers");

    assert_eq!(said(seen.roster), [second]);
}

pub async fn a_record_says_when_it_was_written_and_by_which_run_of_the_store(
    store: Arc<dyn Store>,
) {
    let bed = Bed::new(store).await;
    let before = bed.store.now().await.expect("the store answers");

    let beat = bed.store.beat(&record("n1")).await.expect("the store answers");

    let after = bed.store.now().await.expect("the store answers");
    let seen = beat.roster.nodes[0].seen.expect("the store says when");
    assert!((before..=after).contains(&seen), "{before} <= {seen} <= {after}");
    let roster = bed.store.nodes().await.expect("the store answers");
    assert_ne!(roster.run, "");
    assert_eq!(roster, beat.roster);
}

pub async fn a_node_that_leaves_is_gone(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [a, b] = [record("a"), record("b")];
    bed.store.beat(&a).await.expect("the store answers");
    bed.store.beat(&b).await.expect("the store answers");

    let left = [b];
    for _ in 0..2 {
        bed.store.leave(a.boot).await.expect("the store answers");
        assert_eq!(said(bed.store.nodes().await.expect("the store answers")), left);
    }
}

pub async fn a_node_that_is_asked_to_drain_learns_so_with_its_beat(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [a, b] = [record("a"), record("b")];
    let asked = async |node: &NodeRecord| {
        bed.store.beat(node).await.expect("the store answers").drain_requested
    };
    assert!(!asked(&a).await);

    for _ in 0..2 {
        bed.store.request_drain(a.boot).await.expect("the store answers");
        assert!(asked(&a).await);
        assert!(!asked(&b).await, "only the one that was meant");
    }

    bed.store.leave(a.boot).await.expect("the store answers");
    assert!(!asked(&a).await, "the request goes with the node");
}
