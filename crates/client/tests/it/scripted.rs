//! A ClusterService whose answers to DrainNode and WatchEvents are given in advance.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bellwether_client::Address;
use bellwether_client::v1::cluster_service_server::{ClusterService, ClusterServiceServer};
use bellwether_client::v1::{
    DrainNodeRequest, DrainNodeResponse, GetClusterRequest, GetClusterResponse, ListNodesRequest,
    ListNodesResponse, PauseSchedulingRequest, PauseSchedulingResponse, ResumeSchedulingRequest,
    ResumeSchedulingResponse, WatchEventsRequest, WatchEventsResponse,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// How DrainNode answers.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Done,
    Aborted,
    Unavailable,
    UnavailableForAnHour,
    Never,
}

/// A part of a watch, or how it ends.
pub(crate) type Part = Result<WatchEventsResponse, Status>;

/// A whole watch.
pub(crate) type Parts = Vec<Part>;

/// The running server; it ends with this value.
pub(crate) struct Scripted {
    pub(crate) address: Address,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Log {
    answers: VecDeque<Answer>,
    watches: VecDeque<Parts>,
    cursors: Vec<String>,
    request_ids: Vec<String>,
    authorizations: Vec<String>,
}

impl Scripted {
    /// Starts a server that gives `answers` in their order, and then is done each time.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with(Log { answers: answers.into_iter().collect(), ..Log::default() }).await
    }

    /// Starts a server whose every watch is answered by the next of `watches`, and then ends.
    pub(crate) async fn watched(watches: impl IntoIterator<Item = Parts>) -> Self {
        Self::with(Log { watches: watches.into_iter().collect(), ..Log::default() }).await
    }

    async fn with(log: Log) -> Self {
        let log = Arc::new(Mutex::new(log));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let service = ClusterServiceServer::new(Service { log: Arc::clone(&log) });
        let task = tokio::spawn(async move {
            let incoming = TcpListenerStream::new(listener);
            let server = tonic::transport::Server::builder().add_service(service);
            server.serve_with_incoming(incoming).await.unwrap();
        });
        Self { address, log, task }
    }

    /// The request ids of all calls of DrainNode so far.
    pub(crate) fn request_ids(&self) -> Vec<String> {
        self.log.lock().unwrap().request_ids.clone()
    }

    /// The cursors of all watches so far.
    pub(crate) fn cursors(&self) -> Vec<String> {
        self.log.lock().unwrap().cursors.clone()
    }

    /// What the calls of DrainNode and ListNodes so far had as `authorization`.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.log.lock().unwrap().authorizations.clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Service {
    log: Arc<Mutex<Log>>,
}

impl Service {
    fn with<T>(&self, act: impl FnOnce(&mut Log) -> T) -> T {
        act(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, metadata: &MetadataMap) {
        let value = metadata.get("authorization").and_then(|value| value.to_str().ok());
        self.with(|log| log.authorizations.extend(value.map(ToOwned::to_owned)));
    }
}

fn unavailable(retry_after: Duration) -> Status {
    let details = ErrorDetails::with_retry_info(Some(retry_after));
    Status::with_error_details(Code::Unavailable, "the store is away", details)
}

#[tonic::async_trait]
impl ClusterService for Service {
    async fn drain_node(
        &self,
        request: Request<DrainNodeRequest>,
    ) -> Result<Response<DrainNodeResponse>, Status> {
        self.note(request.metadata());
        let id = request.into_inner().request_id;
        let answer = self.with(|log| {
            log.request_ids.push(id);
            log.answers.pop_front().unwrap_or(Answer::Done)
        });
        match answer {
            Answer::Done => Ok(Response::new(Default::default())),
            Answer::Aborted => Err(Status::aborted("no")),
            Answer::Unavailable => Err(unavailable(Duration::from_millis(1))),
            Answer::UnavailableForAnHour => Err(unavailable(Duration::from_secs(3600))),
            Answer::Never => pending().await,
        }
    }

    async fn list_nodes(
        &self,
        request: Request<ListNodesRequest>,
    ) -> Result<Response<ListNodesResponse>, Status> {
        self.note(request.metadata());
        Ok(Response::new(Default::default()))
    }

    async fn get_cluster(
        &self,
        _: Request<GetClusterRequest>,
    ) -> Result<Response<GetClusterResponse>, Status> {
        Err(Status::unimplemented("get_cluster"))
    }

    async fn pause_scheduling(
        &self,
        _: Request<PauseSchedulingRequest>,
    ) -> Result<Response<PauseSchedulingResponse>, Status> {
        Err(Status::unimplemented("pause_scheduling"))
    }

    async fn resume_scheduling(
        &self,
        _: Request<ResumeSchedulingRequest>,
    ) -> Result<Response<ResumeSchedulingResponse>, Status> {
        Err(Status::unimplemented("resume_scheduling"))
    }

    type WatchEventsStream = tokio_stream::Iter<std::vec::IntoIter<Part>>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let parts = self.with(|log| {
            log.cursors.push(request.into_inner().cursor);
            log.watches.pop_front()
        });
        let parts = parts.ok_or_else(|| unavailable(Duration::from_millis(1)))?;
        Ok(Response::new(tokio_stream::iter(parts)))
    }
}
