//! Who leads what, as a table.

use std::collections::BTreeMap;

use bellwether_client::v1::Cluster;

use super::member::Member;
use crate::output::table::Table;

/// The partitions that each node leads, by the node's name. Every partition has a leader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Roster {
    led: BTreeMap<String, Vec<i32>>,
}

impl Roster {
    /// What `cluster` says; `None` while a partition is led by nobody, or still in the name of a
    /// node that is not among `members` any more.
    pub(super) fn of(cluster: &Cluster, members: &[Member]) -> Option<Self> {
        Self::among(cluster, |node| members.iter().any(|member| member.name == node))
    }

    fn among(cluster: &Cluster, lives: impl Fn(&str) -> bool) -> Option<Self> {
        let mut led: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for lease in &cluster.leases {
            if !lives(&lease.node) {
                return None;
            }
            led.entry(lease.node.clone()).or_default().push(lease.partition);
        }
        (!led.is_empty()).then_some(Self { led })
    }

    /// The table: a line for each member.
    pub(super) fn table(&self, members: &[Member]) -> String {
        let mut table = Table::plain(&["NODE", "PID", "GRPC", "LEADS", "PARTITIONS"]);
        for member in members {
            let led = self.led.get(&member.name).map_or(&[][..], Vec::as_slice);
            let numbers: Vec<_> = led.iter().map(ToString::to_string).collect();
            table.row(vec![
                member.name.clone(),
                member.pid().to_string(),
                member.listen.grpc.to_string(),
                led.len().to_string(),
                numbers.join(" "),
            ]);
        }
        table.render()
    }
}

#[cfg(test)]
mod tests {
    use bellwether_client::v1::PartitionLease;

    use super::*;

    fn cluster(leaders: &[&str]) -> Cluster {
        let lease = |(partition, node): (i32, &&str)| PartitionLease {
            partition,
            node: (*node).to_owned(),
            ..PartitionLease::default()
        };
        Cluster { leases: (0..).zip(leaders).map(lease).collect(), ..Cluster::default() }
    }

    #[test]
    fn a_roster_is_there_when_every_partition_has_a_living_leader() {
        let of = |leaders: &[&str]| Roster::among(&cluster(leaders), |node| node.starts_with('n'));
        let led = of(&["n1", "n2", "n1"]).map(|roster| roster.led);
        let expected = [("n1".to_owned(), vec![0, 2]), ("n2".to_owned(), vec![1])];
        assert_eq!(led, Some(BTreeMap::from(expected)));
        for (leaders, why) in [
            (&["n1", ""][..], "nobody leads 1"),
            (&["gone", "n1"], "the leader of 0 is gone"),
            (&[], "the cluster has said nothing yet"),
        ] {
            assert_eq!(of(leaders), None, "{why}");
        }
    }
}
