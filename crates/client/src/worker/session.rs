//! What outlives a stream: the session's name, the runs that go on, the results that nobody stored
//! yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bellwether_proto::v1::work_request::Message;
use bellwether_proto::v1::{
    HeldRun, RunAck, RunCancel, RunDelivery, RunExtension, RunResult, WorkRequest,
    WorkerExtensions, WorkerHello, WorkerResults,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::handler::{Handler, failed};
use super::{WorkerOptions, WorkerRun};

/// How many results or extensions go into one message, at most, and about how many bytes of results:
/// a message may have 4 MiB, an output is kept up to 64 KiB.
const MESSAGE_ITEMS: usize = 500;
const MESSAGE_BYTES: usize = 1024 * 1024;

type Key = (String, i32);

/// A session, over all its streams.
pub(super) struct Session {
    options: WorkerOptions,
    handlers: Arc<BTreeMap<String, Handler>>,
    id: String,
    held: HashMap<Key, Held>,
    results: Channel<RunResult>,
    extensions: Channel<RunExtension>,
}

/// What handlers' tasks send to the stream.
struct Channel<T> {
    sender: mpsc::UnboundedSender<T>,
    receiver: mpsc::UnboundedReceiver<T>,
}

impl<T> Channel<T> {
    fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, receiver }
    }
}

/// A run that the worker has, until its result is acked.
struct Held {
    cancel: CancellationToken,
    result: Option<RunResult>,
    _task: AbortOnDropHandle<()>,
}

/// Something to be sent.
pub(super) enum Say {
    /// A handler ended.
    Result(RunResult),
    /// A handler asks for more time.
    Extension(RunExtension),
}

impl Session {
    pub(super) fn new(options: &WorkerOptions, handlers: Arc<BTreeMap<String, Handler>>) -> Self {
        Self {
            options: options.clone(),
            handlers,
            id: String::new(),
            held: HashMap::new(),
            results: Channel::new(),
            extensions: Channel::new(),
        }
    }

    /// Whether no run goes on and every result is stored.
    pub(super) fn is_idle(&self) -> bool {
        self.held.is_empty()
    }

    /// What a stream begins with; a worker that leaves takes nothing more.
    pub(super) fn hello(&self, leaves: bool) -> WorkRequest {
        let held = self
            .held
            .keys()
            .map(|(run_id, attempt)| HeldRun { run_id: run_id.clone(), attempt: *attempt });
        request(Message::Hello(WorkerHello {
            worker_id: self.options.worker_id.clone(),
            namespace: self.options.namespace.clone(),
            session_id: self.id.clone(),
            queues: self.options.queues.clone(),
            handlers: self.handlers.keys().cloned().collect(),
            capacity: if leaves { 0 } else { i32::from(self.options.capacity) },
            held: held.collect(),
        }))
    }

    /// The session that the node opened or resumed.
    pub(super) fn welcomed(&mut self, id: String) {
        self.id = id;
    }

    /// The results that are not acked yet, to be sent again.
    pub(super) fn unacked(&self) -> Vec<WorkRequest> {
        messages(self.held.values().filter_map(|held| held.result.clone()).collect())
    }

    /// Begins runs.
    pub(super) fn begin(&mut self, runs: Vec<RunDelivery>) {
        for delivery in runs {
            let key = (delivery.run_id.clone(), delivery.attempt);
            if self.held.contains_key(&key) {
                continue;
            }
            let cancel = CancellationToken::new();
            let handler = self.handlers.get(&delivery.handler).cloned();
            let extensions = self.extensions.sender.clone();
            let results = self.results.sender.clone();
            let (run_id, attempt) = key.clone();
            let run = WorkerRun::new(delivery, cancel.clone(), extensions);
            let task = tokio::spawn(async move {
                let outcome = match handler {
                    Some(handler) => handler(run).await,
                    None => failed("this worker has no such handler"),
                };
                // The session that waits for it owns this task.
                let _ = results.send(RunResult { run_id, attempt, outcome: Some(outcome) });
            });
            let task = AbortOnDropHandle::new(task);
            self.held.insert(key, Held { cancel, result: None, _task: task });
        }
    }

    /// Results are stored, or do not count.
    pub(super) fn acked(&mut self, acks: Vec<RunAck>) {
        for ack in acks {
            self.held.remove(&(ack.run_id, ack.attempt));
        }
    }

    /// Runs are to end.
    pub(super) fn cancel(&mut self, cancels: Vec<RunCancel>) {
        for cancel in cancels {
            if let Some(held) = self.held.get(&(cancel.run_id, cancel.attempt)) {
                held.cancel.cancel();
            }
        }
    }

    /// The next thing that handlers want said.
    pub(super) async fn next(&mut self) -> Say {
        tokio::select! {
            Some(result) = self.results.receiver.recv() => Say::Result(result),
            Some(extension) = self.extensions.receiver.recv() => Say::Extension(extension),
        }
    }

    /// The messages for what handlers want said, `first` and what else is there by now.
    pub(super) fn gather(&mut self, first: Say) -> Vec<WorkRequest> {
        let (mut results, mut extensions) = (Vec::new(), Vec::new());
        match first {
            Say::Result(result) => results.push(result),
            Say::Extension(extension) => extensions.push(extension),
        }
        while results.len() < MESSAGE_ITEMS
            && let Ok(result) = self.results.receiver.try_recv()
        {
            results.push(result);
        }
        while extensions.len() < MESSAGE_ITEMS
            && let Ok(extension) = self.extensions.receiver.try_recv()
        {
            extensions.push(extension);
        }
        for result in &results {
            if let Some(held) = self.held.get_mut(&(result.run_id.clone(), result.attempt)) {
                held.result = Some(result.clone());
            }
        }
        let mut requests = messages(results);
        if !extensions.is_empty() {
            requests.push(request(Message::Extend(WorkerExtensions { extensions })));
        }
        requests
    }
}

/// A request of one message.
pub(super) fn request(message: Message) -> WorkRequest {
    WorkRequest { message: Some(message) }
}

/// Results, in as many messages as they need.
fn messages(results: Vec<RunResult>) -> Vec<WorkRequest> {
    let mut requests = Vec::new();
    let (mut some, mut bytes) = (Vec::new(), 0);
    for result in results {
        let size = prost::Message::encoded_len(&result);
        if !some.is_empty() && (some.len() == MESSAGE_ITEMS || bytes + size > MESSAGE_BYTES) {
            let results = std::mem::take(&mut some);
            requests.push(request(Message::Results(WorkerResults { results })));
            bytes = 0;
        }
        bytes += size;
        some.push(result);
    }
    if !some.is_empty() {
        requests.push(request(Message::Results(WorkerResults { results: some })));
    }
    requests
}
