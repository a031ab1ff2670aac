//! GetCluster and ListNodes.

use std::time::Duration;

use bellwether_domain::{BootId, Epoch, Partition};
use bellwether_proto::v1;
use bellwether_store::{LeaseStore, MemberStore, NodeRecord};
use tonic::Code;
use uuid::Uuid;

use crate::fixture::*;

fn record(name: &str) -> NodeRecord {
    NodeRecord {
        boot: BootId(Uuid::now_v7()),
        name: name.to_owned(),
        beat: 1,
        grpc_address: "127.0.0.1:7400".to_owned(),
        http_address: "127.0.0.1:7401".to_owned(),
        version: "test".to_owned(),
        capacity: 64,
        inflight: 3,
        draining: false,
        seen: None,
    }
}

#[tokio::test]
async fn leaders_and_nodes_are_shown() {
    let node = Node::start().await;
    let (one, two) = (record("one"), record("two"));
    for record in [&two, &one] {
        node.store.beat(record).await.expect("a beat");
    }
    let ttl = Duration::from_secs(3);
    for (partition, owner) in [(0, one.boot), (1, two.boot), (2, one.boot)] {
        node.store.acquire(Partition(partition), owner, ttl, Epoch(0)).await.expect("a lease");
    }
    node.clock.pass(1);
    let mut client = node.cluster().await;
    let cluster = client.get_cluster(v1::GetClusterRequest {}).await.expect("the cluster");
    let cluster = cluster.into_inner().cluster.expect("the cluster");
    assert_eq!((cluster.name.as_str(), cluster.partitions), ("default", 4));
    assert_eq!(cluster.tzdb_version, bellwether_domain::trigger::tzdb_version());
    assert_eq!((cluster.store.as_str(), cluster.store_time), ("memory", Some(at(START + 1))));
    let leaders: Vec<_> = cluster.leases.iter().map(|lease| lease.node.as_str()).collect();
    assert_eq!(leaders, ["one", "two", "one", ""]);
    let left = prost_types::Duration { seconds: 2, nanos: 0 };
    assert_eq!(cluster.leases[0].lease_left, Some(left));
    assert_eq!(cluster.leases[0].boot_id, one.boot.to_string());
    assert!(cluster.leases[0].epoch > 0);
    assert_eq!(cluster.leases[3].lease_left, None);

    let nodes = client.list_nodes(v1::ListNodesRequest {}).await.expect("nodes").into_inner().nodes;
    let led: Vec<_> = nodes.iter().map(|node| (node.name.as_str(), node.partitions_led)).collect();
    assert_eq!(led, [("one", 2), ("two", 1)]);
    assert_eq!((nodes[0].capacity, nodes[0].inflight), (64, 3));
    assert_eq!(nodes[0].last_seen_time, Some(at(START)));
}

#[tokio::test]
async fn a_lease_that_ran_out_leads_nobody() {
    let node = Node::start().await;
    let owner = BootId(Uuid::now_v7());
    let ttl = Duration::from_secs(3);
    node.store.acquire(Partition(0), owner, ttl, Epoch(0)).await.expect("a lease");
    node.clock.pass(3);
    let cluster = node.cluster().await.get_cluster(v1::GetClusterRequest {}).await;
    let lease = &cluster.expect("the cluster").into_inner().cluster.expect("the cluster").leases[0];
    assert_eq!((lease.node.as_str(), lease.boot_id.as_str()), ("", ""));
    assert!(lease.epoch > 0, "its epoch stays");
}

fn drain(node: &str, boot_id: &str) -> v1::DrainNodeRequest {
    let (node, boot_id) = (node.to_owned(), boot_id.to_owned());
    v1::DrainNodeRequest { node, boot_id, ..<_>::default() }
}

#[tokio::test]
async fn a_node_that_is_asked_to_drain_learns_it_with_its_next_beat() {
    let node = Node::start().await;
    let (one, two) = (record("one"), record("two"));
    for record in [&one, &two] {
        node.store.beat(record).await.expect("a beat");
    }
    let mut client = node.cluster().await;
    let drained = client.drain_node(drain("one", "")).await.expect("asked").into_inner().node;
    let drained = drained.expect("the node");
    assert_eq!((drained.name.as_str(), drained.draining), ("one", true));
    assert!(node.store.beat(&one).await.expect("a beat").drain_requested, "the one that is meant");
    assert!(!node.store.beat(&two).await.expect("a beat").drain_requested, "and no other");
}

#[tokio::test]
async fn a_node_that_is_not_there_or_not_named_is_asked_nothing() {
    let node = Node::start().await;
    let one = record("one");
    node.store.beat(&one).await.expect("a beat");
    let mut client = node.cluster().await;
    let earlier = Uuid::nil().to_string();
    for (name, boot) in [("two", ""), ("one", earlier.as_str())] {
        let answer = client.drain_node(drain(name, boot)).await.expect_err("not there");
        assert_eq!((said(&answer).0, said(&answer).1.as_str()), (Code::NotFound, "NODE_NOT_FOUND"));
        assert!(answer.message().contains(name), "{}", answer.message());
    }
    let answer = client.drain_node(drain("", "")).await.expect_err("not named");
    assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, "node"));
    assert!(!node.store.beat(&one).await.expect("a beat").drain_requested);
}
