//! One stream, from hello to its end.

use std::time::Duration;

use bellwether_proto::v1::work_request::Message as Request;
use bellwether_proto::v1::work_response::Message;
use bellwether_proto::v1::{
    RunExtension, WorkRequest, WorkResponse, WorkerCapacity, WorkerExtensions, WorkerGoodbye,
};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::session::{Session, request};
use crate::Client;
use crate::client::workers;

/// How long a node has to answer hello. It asks the store what the session holds, so a store that is
/// slow makes it slow.
const WELCOME_PATIENCE: Duration = Duration::from_secs(5);

/// A run that there never was. To ask for more time for it is answered by its cancel, behind whatever
/// runs were on their way: after capacity 0 none comes later.
const LAST_ONE: &str = "0-00000000-0000-0000-0000-000000000000";

/// How long a node has to end the stream after goodbye.
const GOODBYE_PATIENCE: Duration = Duration::from_secs(6);

/// How a stream ended.
pub(super) enum Ended {
    /// The worker said goodbye.
    Left,
    /// The node sent the worker to another.
    Sent,
    /// It broke, or was refused.
    Broken {
        /// Whether the node had let the worker in.
        was_open: bool,
        /// Why.
        status: Status,
    },
}

/// Serves one stream at the node whose turn it is: its place in the list, and how it ended.
pub(super) async fn serve(
    client: &Client,
    session: &mut Session,
    leave: &CancellationToken,
) -> (usize, Ended) {
    let (place, _, transport) = client.node();
    // Bounded by the runs that the worker has: each is reported once on a stream.
    let (sender, receiver) = mpsc::unbounded_channel();
    let hello = session.hello(leave.is_cancelled());
    // The receiver is here.
    let _ = sender.send(hello);
    let opening = async {
        let response = workers(transport).work(UnboundedReceiverStream::new(receiver)).await?;
        let mut inbound = response.into_inner();
        let welcome = inbound.message().await?;
        Ok((inbound, welcome))
    };
    let opened = match timeout(WELCOME_PATIENCE, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(Status::deadline_exceeded("the node did not answer hello in time")),
    };
    let (inbound, welcome) = match opened {
        Ok(opened) => opened,
        Err(status) => return (place, Ended::Broken { was_open: false, status }),
    };
    let Some(WorkResponse { message: Some(Message::Welcome(welcome)) }) = welcome else {
        let status = Status::internal("the node did not answer hello by welcome");
        return (place, Ended::Broken { was_open: false, status });
    };
    session.welcomed(welcome.session_id);
    let stream = Stream { inbound, sender, leaves: false, last_run_came: false };
    let ended = stream.serve(session, leave).await;
    let ended = ended.unwrap_or_else(|status| Ended::Broken { was_open: true, status });
    (place, ended)
}

struct Stream {
    inbound: Streaming<WorkResponse>,
    sender: mpsc::UnboundedSender<WorkRequest>,
    /// The node was told that the worker takes no more.
    leaves: bool,
    /// No run is on its way any more.
    last_run_came: bool,
}

impl Stream {
    async fn serve(
        mut self,
        session: &mut Session,
        leave: &CancellationToken,
    ) -> Result<Ended, Status> {
        for unacked in session.unacked() {
            self.say(unacked)?;
        }
        loop {
            if self.last_run_came && session.is_idle() {
                return self.goodbye().await;
            }
            tokio::select! {
                message = self.inbound.message() => match message?.and_then(|m| m.message) {
                    Some(Message::Runs(runs)) => session.begin(runs.runs),
                    Some(Message::Acks(acks)) => session.acked(acks.acks),
                    Some(Message::Cancel(cancels)) => {
                        self.last_run_came |= cancels.cancels.iter().any(|c| c.run_id == LAST_ONE);
                        session.cancel(cancels.cancels);
                    }
                    Some(Message::Drain(_)) => return Ok(Ended::Sent),
                    Some(Message::Welcome(_)) => {}
                    None => return Err(Status::unavailable("the node ended the stream")),
                },
                say = session.next() => {
                    for request in session.gather(say) {
                        self.say(request)?;
                    }
                }
                () = leave.cancelled(), if !self.leaves => {
                    self.leaves = true;
                    self.say(request(Request::Capacity(WorkerCapacity { n: 0 })))?;
                    let by = Some(prost_types::Duration { seconds: 1, nanos: 0 });
                    let last = RunExtension { run_id: LAST_ONE.to_owned(), attempt: 1, by };
                    let extensions = vec![last];
                    self.say(request(Request::Extend(WorkerExtensions { extensions })))?;
                }
            }
        }
    }

    /// Says something. It never waits: to read what the node says must go on, whatever the node reads.
    fn say(&self, request: WorkRequest) -> Result<(), Status> {
        self.sender.send(request).map_err(|_| Status::unavailable("the stream is over"))
    }

    async fn goodbye(mut self) -> Result<Ended, Status> {
        self.say(request(Request::Goodbye(WorkerGoodbye {})))?;
        let end = async { while let Ok(Some(_)) = self.inbound.message().await {} };
        // It holds nothing, so there is nothing to be sorry for.
        let _ = timeout(GOODBYE_PATIENCE, end).await;
        Ok(Ended::Left)
    }
}
