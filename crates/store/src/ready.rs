//! Where runs wait that may start now.

use bellwether_domain::{Namespace, Policy, Priority, Target};

/// Who may take the runs of a ready list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Any node: it executes the target itself.
    Node,
    /// A worker that names the queue, in its namespace.
    Queue {
        /// The namespace.
        namespace: Namespace,
        /// The queue.
        queue: String,
    },
}

impl Lane {
    /// The lane of the runs that do what `target` says.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        match target {
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
