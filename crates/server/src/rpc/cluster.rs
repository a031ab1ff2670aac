//! ClusterService.

use std::collections::HashMap;
use std::sync::Arc;

use bellwether_domain::BootId;
use bellwether_domain::trigger::tzdb_version;
use bellwether_proto::convert::{Problems, duration_to_proto, request_id, timestamp_to_proto};
use bellwether_proto::v1;
use bellwether_proto::v1::cluster_service_server::ClusterService;
use bellwether_store::{LeaseView, NodeRecord};
use tonic::{Request, Response, Status};

use super::watch::watch_events;
use super::{Replies, scheduling};
use crate::api::Api;
use crate::error::ApiError;

/// The service.
pub(crate) struct Clusters(pub(crate) Arc<Api>);

#[tonic::async_trait]
impl ClusterService for Clusters {
    async fn get_cluster(
        &self,
        _: Request<v1::GetClusterRequest>,
    ) -> Result<Response<v1::GetClusterResponse>, Status> {
        let cluster = Some(cluster(&self.0).await?);
        Ok(Response::new(v1::GetClusterResponse { cluster }))
    }

    async fn list_nodes(
        &self,
        _: Request<v1::ListNodesRequest>,
    ) -> Result<Response<v1::ListNodesResponse>, Status> {
        Ok(Response::new(v1::ListNodesResponse { nodes: nodes(&self.0).await? }))
    }

    async fn drain_node(
        &self,
        request: Request<v1::DrainNodeRequest>,
    ) -> Result<Response<v1::DrainNodeResponse>, Status> {
        let node = Some(drain(&self.0, request.get_ref()).await?);
        Ok(Response::new(v1::DrainNodeResponse { node }))
    }

    async fn pause_scheduling(
        &self,
        request: Request<v1::PauseSchedulingRequest>,
    ) -> Result<Response<v1::PauseSchedulingResponse>, Status> {
        Ok(Response::new(scheduling::pause_scheduling(&self.0, request.into_inner()).await?))
    }

    async fn resume_scheduling(
        &self,
        request: Request<v1::ResumeSchedulingRequest>,
    ) -> Result<Response<v1::ResumeSchedulingResponse>, Status> {
        Ok(Response::new(scheduling::resume_scheduling(&self.0, request.into_inner()).await?))
    }

    type WatchEventsStream = Replies<v1::WatchEventsResponse>;

    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let events = watch_events(Arc::clone(&self.0), request.into_inner());
        Ok(Response::new(events.await?))
    }
}

async fn cluster(api: &Api) -> Result<v1::Cluster, ApiError> {
    let leases = api.store.leases(&api.all_partitions()).await?;
    let nodes = api.store.nodes().await?.nodes;
    let pauses = api.store.pauses(None).await?.pauses;
    let names = nodes.iter().map(|node| (node.boot, node.name.as_str())).collect();
    let now = match leases.first() {
        Some(lease) => lease.now,
        None => api.store.now().await?,
    };
    Ok(v1::Cluster {
        name: api.cluster.clone(),
        partitions: i32::from(api.partitions.get()),
        version: api.version.clone(),
        tzdb_version: tzdb_version().to_owned(),
        store: api.store.kind().to_owned(),
        store_time: Some(timestamp_to_proto(now)),
        pauses: pauses.pauses.iter().map(scheduling::pause_to_proto).collect(),
        leases: leases.iter().map(|lease| lease_to_proto(lease, &names)).collect(),
    })
}

/// The leader, while its lease holds.
fn leader(lease: &LeaseView) -> Option<BootId> {
    lease.owner.filter(|_| lease.now < lease.expires)
}

fn lease_to_proto(lease: &LeaseView, names: &HashMap<BootId, &str>) -> v1::PartitionLease {
    let leader = leader(lease);
    // A leader whose record is gone for a moment is shown by its boot id alone.
    let name = leader.and_then(|boot| names.get(&boot)).copied().unwrap_or_default();
    v1::PartitionLease {
        partition: i32::from(lease.partition.0),
        node: name.to_owned(),
        boot_id: leader.map(|boot| boot.to_string()).unwrap_or_default(),
        epoch: i64::try_from(lease.epoch.0).unwrap_or(i64::MAX),
        lease_left: leader.map(|_| duration_to_proto(lease.expires.since(lease.now))),
    }
}

/// Asks the node to drain. Asking twice is asking once, so the request's id needs no keeping.
async fn drain(api: &Api, request: &v1::DrainNodeRequest) -> Result<v1::Node, ApiError> {
    let mut problems = Problems::default();
    request_id(&request.request_id, "request_id", &mut problems);
    if request.node.is_empty() {
        problems.invalid("node", "is not set; the name of a node is required");
    }
    problems.finish()?;
    let named = |node: &&v1::Node| {
        node.name == request.node && (request.boot_id.is_empty() || node.boot_id == request.boot_id)
    };
    // After a crash the record of an earlier start may still be there; boot ids grow with time.
    let nodes = nodes(api).await?;
    let node = nodes.iter().filter(named).max_by(|a, b| a.boot_id.cmp(&b.boot_id));
    let node = node.ok_or_else(|| ApiError::NoNode(request.node.clone()))?;
    let boot = node.boot_id.parse().map_err(|_| ApiError::Internal("a boot id".to_owned()))?;
    api.store.request_drain(boot).await?;
    Ok(v1::Node { draining: true, ..node.clone() })
}

async fn nodes(api: &Api) -> Result<Vec<v1::Node>, ApiError> {
    let leases = api.store.leases(&api.all_partitions()).await?;
    let mut nodes = api.store.nodes().await?.nodes;
    nodes.sort_by(|one, other| (&one.name, one.boot).cmp(&(&other.name, other.boot)));
    let led = |boot| leases.iter().filter(|lease| leader(lease) == Some(boot)).count();
    Ok(nodes.iter().map(|node| node_to_proto(node, led(node.boot))).collect())
}

fn node_to_proto(node: &NodeRecord, led: usize) -> v1::Node {
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    v1::Node {
        name: node.name.clone(),
        boot_id: node.boot.to_string(),
        grpc_address: node.grpc_address.clone(),
        http_address: node.http_address.clone(),
        version: node.version.clone(),
        capacity: count(node.capacity),
        inflight: count(node.inflight),
        partitions_led: i32::try_from(led).unwrap_or(i32::MAX),
        draining: node.draining,
        last_seen_time: node.seen.map(timestamp_to_proto),
    }
}
