//! What the NetworkPolicies let through, against what the nodes themselves refuse.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_domain::address::AddressKind;
use bellwether_tests::deploy::manifests::{Manifests, items, text};
use ipnet::IpNet;
use serde_json::Value;

use super::{OVERLAYS, overlay};

/// A block of addresses without some of them.
struct Block {
    all: IpNet,
    except: Vec<IpNet>,
}

impl Block {
    fn lets_through(&self, address: IpAddr) -> bool {
        self.all.contains(&address) && !self.except.iter().any(|net| net.contains(&address))
    }
}

fn net(value: &Value) -> IpNet {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is none"))
}

/// The blocks that the policy of a name lets targets lie in.
fn blocks(manifests: &Manifests, policy: &str) -> Vec<Block> {
    let policy = manifests.get("NetworkPolicy", policy);
    let peers = items(policy, "/spec/egress").iter().flat_map(|rule| items(rule, "/to"));
    let blocks = peers.map(|peer| {
        let block = peer.get("ipBlock").unwrap_or_else(|| panic!("{peer} is no block"));
        let except = items(block, "/except").iter().map(net).collect();
        Block { all: net(&block["cidr"]), except }
    });
    blocks.collect()
}

/// The address beside `address`, on either side.
fn beside(address: IpAddr) -> [Option<IpAddr>; 2] {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            [bits.checked_sub(1), bits.checked_add(1)]
                .map(|bits| bits.map(|bits| Ipv4Addr::from_bits(bits).into()))
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [bits.checked_sub(1), bits.checked_add(1)]
                .map(|bits| bits.map(|bits| Ipv6Addr::from_bits(bits).into()))
        }
    }
}

#[test]
fn the_network_lets_targets_go_where_the_nodes_do_and_nowhere_else() {
    for name in OVERLAYS {
        let blocks = blocks(&overlay(name), "bellwether-targets");
        let nets: Vec<IpNet> = blocks
            .iter()
            .flat_map(|block| block.except.iter().chain([&block.all]))
            .copied()
            .collect();
        assert!(nets.len() > 10, "{nets:?}");
        // Both edges of every block and what lies beside them, and addresses strewn over all of
        // IPv4: 65,537 is prime to its size.
        let edges = nets.iter().flat_map(|net| [net.network(), net.broadcast()]);
        let edges = edges.flat_map(|edge| beside(edge).into_iter().flatten().chain([edge]));
        let strewn = (0..200_000_u32).map(|at| Ipv4Addr::from_bits(at.wrapping_mul(65_537 * 21)));
        for address in edges.chain(strewn.map(IpAddr::V4)) {
            let passes = blocks.iter().any(|block| block.lets_through(address));
            let allowed = AddressKind::of(address).is_none();
            // 6to4 and NAT64 addresses carry IPv4 ones that the network cannot tell apart.
            let carries = matches!(address, IpAddr::V6(v6) if v6.segments()[0] == 0x2002);
            assert!(passes == allowed || carries && !passes, "{name}: {address}: {passes}");
        }
    }
}

#[test]
fn nothing_is_let_in_but_by_label() {
    for name in OVERLAYS {
        let manifests = overlay(name);
        let deny = &manifests.get("NetworkPolicy", "default-deny")["spec"];
        assert_eq!(deny["podSelector"], serde_json::json!({}), "{name}");
        assert_eq!(deny["policyTypes"], serde_json::json!(["Ingress", "Egress"]), "{name}");
        assert!(deny.get("ingress").is_none() && deny.get("egress").is_none(), "{name}");
        for policy in manifests.of_kind("NetworkPolicy") {
            for rule in items(policy, "/spec/ingress") {
                let peers = items(rule, "/from");
                assert!(!peers.is_empty(), "{name}: anybody may come in: {policy}");
                for peer in peers {
                    let labels =
                        peer.pointer("/podSelector/matchLabels").and_then(Value::as_object);
                    assert!(labels.is_some_and(|labels| !labels.is_empty()), "{name}: {policy}");
                }
            }
        }
        let callers = manifests.get("NetworkPolicy", "bellwether");
        let label = callers.pointer("/spec/ingress/0/from/0/podSelector/matchLabels");
        assert_eq!(label, Some(&serde_json::json!({"bellwether-client": "true"})), "{name}");
    }
}

#[test]
fn who_may_be_called_in_the_cluster_is_said_to_both_fences() {
    let manifests = overlay("dev");
    let policy = manifests.get("NetworkPolicy", "bellwether-cluster-targets");
    let label = policy.pointer("/spec/egress/0/to/0/podSelector/matchLabels").expect("a label");
    let sink = manifests.get("Deployment", "sink");
    let labels = sink.pointer("/spec/template/metadata/labels").expect("a pod has labels");
    let label = label.as_object().expect("a selector is a map");
    assert!(label.iter().all(|(name, value)| labels[name] == *value), "{label:?} of {labels}");
    let variables =
        items(manifests.get("Deployment", "bellwether"), "/spec/template/spec/containers/0/env");
    let allowed = variables.iter().find(|name| name["name"] == "BELLWETHER_ALLOW_TARGET_HOST");
    assert_eq!(text(allowed.expect("it is said"), "/value"), "*.svc.cluster.local");
}
