//! Partitions that changed hands, as the nodes logged it.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_domain::{Epoch, Partition, Timestamp};

use crate::cluster::Cluster;

/// A stretch of time in which a node led a partition, by its own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reign {
    /// Which one.
    pub partition: Partition,
    /// Under which epoch.
    pub epoch: Epoch,
    /// From when on.
    pub began: Timestamp,
    /// Until when; none where it did not come to say so.
    pub ended: Option<Timestamp>,
}

/// A partition that went from one node to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Which one.
    pub partition: Partition,
    /// The node that led it before.
    pub from: String,
    /// When that node let it go.
    pub at: Timestamp,
    /// How long nobody led it in between.
    pub gap: Duration,
}

/// Every handover so far of a partition whose old leader let it go by itself.
#[must_use]
pub fn handovers(cluster: &Cluster) -> Vec<Handover> {
    let mut reigns: BTreeMap<(Partition, Epoch), (&str, Reign)> = BTreeMap::new();
    for node in &cluster.nodes {
        let of_node = node.reigns().into_iter();
        reigns.extend(of_node.map(|reign| ((reign.partition, reign.epoch), (node.name(), reign))));
    }
    let reigns: Vec<_> = reigns.into_values().collect();
    let handover = |pair: &[(&str, Reign)]| {
        let [(from, old), (_, new)] = pair else { return None };
        let at = old.ended.filter(|_| old.partition == new.partition)?;
        let gap = new.began.since(at);
        Some(Handover { partition: old.partition, from: (*from).to_owned(), at, gap })
    };
    reigns.windows(2).filter_map(handover).collect()
}
