//! Where runs wait that may start now.

use bellwether_domain::{HandlerName, Namespace, Policy, Priority, QueueName, Target};

/// Who may take the runs of a ready list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Any node: it executes the target itself.
    Node,
    /// A worker that names the queue, in its namespace, and knows the handler.
    ///
    /// The handler is part of the lane, so that each has lists of its own: what nobody can do just
    /// now waits apart, and neither blocks the rest of its queue nor has to be looked at again and
    /// again by those who cannot do it.
    Queue {
        /// The namespace.
        namespace: Namespace,
        /// The queue.
        queue: QueueName,
        /// The handler.
        handler: HandlerName,
    },
}

impl Lane {
    /// The lane of the runs that do what `target` says, of a job in `namespace`.
    #[must_use]
    pub fn of(namespace: &Namespace, target: &Target) -> Self {
        match target {
            Target::Worker(worker) => Self::Queue {
                namespace: namespace.clone(),
                queue: worker.queue.clone(),
                handler: worker.handler.clone(),
            },
            Target::Http(_) | Target::RedisStream(_) | Target::Noop => Self::Node,
        }
    }
}

/// A ready list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadyKey {
    /// Who may take from it.
    pub lane: Lane,
    /// Which of the lane's lists.
    pub priority: Priority,
}

/// How many finished runs of a job are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Succeeded ones.
    pub succeeded: u32,
    /// All others.
    pub others: u32,
}

impl Keep {
    /// What `policy` asks for.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self { succeeded: policy.history_limit, others: policy.failed_history_limit }
    }
}
