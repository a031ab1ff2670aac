//! The cluster and its nodes as they are printed.

use bellwether_proto::json::to_json;
use bellwether_proto::v1::{Cluster, Node, PartitionLease};
use serde_json::Value;

use super::table::Table;
use super::{Column, Show, words};

impl Show for Cluster {
    const COLUMNS: &'static [Column] = &[
        Column::new("NAME"),
        Column::new("STORE"),
        Column::new("PARTITIONS"),
        Column::new("LED"),
        Column::new("VERSION"),
        Column::new("TZDB"),
        Column::new("STORE TIME"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.store.clone(),
            self.partitions.to_string(),
            self.leases.iter().filter(|lease| !lease.node.is_empty()).count().to_string(),
            self.version.clone(),
            self.tzdb_version.clone(),
            words::instant(self.store_time.as_ref()),
        ]
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn json(&self) -> Value {
        to_json(self)
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details: Vec<_> =
            Self::COLUMNS.iter().map(|column| column.heading).zip(self.cells()).collect();
        let pauses: Vec<_> = self
            .pauses
            .iter()
            .map(|pause| {
                let since = words::instant(pause.pause_time.as_ref());
                format!("{} since {since} {}", pause.namespace, pause.reason)
            })
            .collect();
        details.push(("PAUSED", pauses.join("\n")));
        details.push(("LEASES", leases(&self.leases)));
        details
    }
}

fn leases(leases: &[PartitionLease]) -> String {
    let mut table = Table::plain(&["PARTITION", "NODE", "EPOCH", "LEASE LEFT"]);
    for lease in leases {
        table.row(vec![
            lease.partition.to_string(),
            lease.node.clone(),
            lease.epoch.to_string(),
            lease.lease_left.as_ref().map(words::proto_duration).unwrap_or_default(),
        ]);
    }
    table.render()
}

impl Show for Node {
    const COLUMNS: &'static [Column] = &[
        Column::new("NAME"),
        Column::new("GRPC"),
        Column::new("HTTP"),
        Column::new("VERSION"),
        Column::new("LEADS"),
        Column::new("RUNNING"),
        Column::new("CAPACITY"),
        Column::new("DRAINING"),
        Column::wide("LAST SEEN"),
        Column::wide("BOOT"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.grpc_address.clone(),
            self.http_address.clone(),
            self.version.clone(),
            self.partitions_led.to_string(),
            self.inflight.to_string(),
            self.capacity.to_string(),
            if self.draining { "yes" } else { "no" }.to_owned(),
            words::instant(self.last_seen_time.as_ref()),
            self.boot_id.clone(),
        ]
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn json(&self) -> Value {
        to_json(self)
    }
}
