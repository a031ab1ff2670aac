//! The client and the service clients that it hands out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bellwether_proto::v1::cluster_service_client::ClusterServiceClient;
use bellwether_proto::v1::job_service_client::JobServiceClient;
use bellwether_proto::v1::run_service_client::RunServiceClient;
use bellwether_proto::v1::worker_service_client::WorkerServiceClient;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use crate::{Address, AddressError, ClientOptions, Credentials};

/// The largest message that is sent or accepted: 4 MiB. A cluster's replies stay below.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// How long a connection with a stream or a call under way is silent before the node is asked whether it
/// is there, and how long it then has to answer: a watch of a node that froze or was cut off goes on
/// elsewhere, and a worker must find another node within its grace.
const KEEPALIVE: Duration = Duration::from_secs(3);

/// A connection to a node, with what the client proves itself with.
pub type Transport = InterceptedService<Channel, Credentials>;

/// A client of one cluster. Cheap to clone; clones share their connections.
///
/// The methods named after the calls of the API, as in [`Client::create_job`], keep the deadline,
/// repeat what was answered UNAVAILABLE and name each write by a request id. The service clients,
/// as in [`Client::jobs`], leave all of that to the caller; streams need them.
#[derive(Clone, Debug)]
pub struct Client {
    nodes: Arc<[Node]>,
    current: Arc<AtomicUsize>,
    pub(crate) options: ClientOptions,
}

#[derive(Debug)]
struct Node {
    address: Address,
    transport: Transport,
}

impl Client {
    /// A client of the cluster whose nodes listen at `addresses`. One suffices, as any node answers
    /// for all; of several the client keeps to one for as long as it answers.
    ///
    /// It connects with the first call and again after each break, so a cluster that is not up yet
    /// is no error here.
    ///
    /// # Errors
    /// No address at all, or one that no connection can be made to.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn connect(addresses: &[Address], options: ClientOptions) -> Result<Self, AddressError> {
        let nodes = addresses
            .iter()
            .map(|address| {
                let endpoint = address
                    .endpoint()?
                    .connect_timeout(options.connect_timeout)
                    .http2_keep_alive_interval(KEEPALIVE)
                    .keep_alive_timeout(KEEPALIVE);
                let transport =
                    Transport::new(endpoint.connect_lazy(), options.credentials.clone());
                Ok(Node { address: address.clone(), transport })
            })
            .collect::<Result<Arc<[Node]>, AddressError>>()?;
        if nodes.is_empty() {
            return Err(AddressError::Missing);
        }
        Ok(Self { nodes, current: Arc::default(), options })
    }

    /// JobService at the node that answered last.
    #[must_use]
    pub fn jobs(&self) -> JobServiceClient<Transport> {
        jobs(self.transport())
    }

    /// RunService at the node that answered last.
    #[must_use]
    pub fn runs(&self) -> RunServiceClient<Transport> {
        runs(self.transport())
    }

    /// ClusterService at the node that answered last.
    #[must_use]
    pub fn cluster(&self) -> ClusterServiceClient<Transport> {
        cluster(self.transport())
    }

    /// WorkerService at the node that answered last.
    #[must_use]
    pub fn workers(&self) -> WorkerServiceClient<Transport> {
        workers(self.transport())
    }

    fn transport(&self) -> Transport {
        self.node().2
    }

    /// The node to ask now: its place in the list, its address, the connection.
    pub(crate) fn node(&self) -> (usize, &Address, Transport) {
        let place = self.current.load(Ordering::Relaxed) % self.nodes.len();
        let node = &self.nodes[place];
        (place, &node.address, node.transport.clone())
    }

    /// Goes on with the node after the one at `place`, unless another call did so already.
    pub(crate) fn turn_from(&self, place: usize) {
        let next = (place + 1) % self.nodes.len();
        let _ = self.current.compare_exchange(place, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

pub(crate) fn jobs(transport: Transport) -> JobServiceClient<Transport> {
    JobServiceClient::new(transport)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

pub(crate) fn runs(transport: Transport) -> RunServiceClient<Transport> {
    RunServiceClient::new(transport)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

pub(crate) fn cluster(transport: Transport) -> ClusterServiceClient<Transport> {
    ClusterServiceClient::new(transport)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

pub(crate) fn workers(transport: Transport) -> WorkerServiceClient<Transport> {
    WorkerServiceClient::new(transport)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}
