//! What a worker says of itself.

/// What a worker says of itself.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// What it is called, for people: `Run.worker`. Default: the process, as in `worker-4711`.
    pub worker_id: String,
    /// The namespace whose queues it works on. Default `default`.
    pub namespace: String,
    /// The queues to take runs from.
    pub queues: Vec<String>,
    /// How many runs it executes at once. Default 16.
    pub capacity: u16,
}

impl WorkerOptions {
    /// A worker of one queue.
    #[must_use]
    pub fn new(queue: impl Into<String>) -> Self {
        Self {
            worker_id: format!("worker-{}", std::process::id()),
            namespace: String::new(),
            queues: vec![queue.into()],
            capacity: 16,
        }
    }
}
