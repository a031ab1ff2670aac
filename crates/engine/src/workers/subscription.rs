//! What a worker takes.

use std::collections::BTreeSet;

use bellwether_domain::{HandlerName, Namespace, QueueName};
use bellwether_store::Lane;

/// What a worker takes: the queues that it names, in its namespace, and the handlers that it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subscription {
    pub(super) namespace: Namespace,
    pub(super) queues: BTreeSet<QueueName>,
    /// Empty: every one.
    pub(super) handlers: BTreeSet<HandlerName>,
}

impl Subscription {
    /// Whether the worker takes the runs of `lane`.
    pub(super) fn serves(&self, lane: &Lane) -> bool {
        match lane {
            Lane::Node => false,
            Lane::Queue { namespace, queue, handler } => {
                *namespace == self.namespace
                    && self.queues.contains(queue)
                    && (self.handlers.is_empty() || self.handlers.contains(handler))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(namespace: &str, queue: &str, handler: &str) -> Lane {
        Lane::Queue {
            namespace: Namespace::new(namespace).expect("a good name"),
            queue: QueueName::new(queue).expect("a good name"),
            handler: HandlerName::new(handler).expect("a good name"),
        }
    }

    #[test]
    fn a_worker_takes_what_it_names_and_knows() {
        let queue = |name| QueueName::new(name).expect("a good name");
        let one = Subscription {
            namespace: Namespace::new("shop").expect("a good name"),
            queues: [queue("mail"), queue("print")].into(),
            handlers: [HandlerName::new("send").expect("a good name")].into(),
        };
        let all = Subscription { handlers: BTreeSet::new(), ..one.clone() };
        let cases = [
            (lane("shop", "mail", "send"), true, true),
            (lane("shop", "print", "send"), true, true),
            (lane("shop", "mail", "other"), false, true),
            (lane("shop", "other", "send"), false, false),
            (lane("default", "mail", "send"), false, false),
            (Lane::Node, false, false),
        ];
        for (lane, by_one, by_all) in cases {
            assert_eq!((one.serves(&lane), all.serves(&lane)), (by_one, by_all), "{lane:?}");
        }
    }
}
