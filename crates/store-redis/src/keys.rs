//! The names of keys, all of them, in one place.
//!
//! Every key of a partition carries the hash tag `{bw:<cluster>:<partition>}`, so that in a Redis
//! Cluster they lie in one slot and a script may touch several. Scripts declare all that they touch
//! and make no name themselves.

use bellwether_domain::{
    HandlerName, JobUid, Namespace, Partition, Priority, QueueName, RequestId,
};
use bellwether_store::{Lane, ReadyKey};

/// The names of a cluster's keys.
#[derive(Clone, Debug)]
pub(crate) struct Keyspace {
    cluster: String,
}

impl Keyspace {
    /// The names for a cluster whose own name was checked.
    pub(crate) fn new(cluster: &str) -> Self {
        Self { cluster: cluster.to_owned() }
    }

    /// HASH: the number of partitions and the format; `pauses` and `pauses_version`, what is meant to
    /// be paused.
    pub(crate) fn meta(&self) -> String {
        format!("{{bw:{}}}:meta", self.cluster)
    }

    /// HASH: node (16 bytes) → its record.
    pub(crate) fn nodes(&self) -> String {
        format!("{{bw:{}}}:nodes", self.cluster)
    }

    /// SET: nodes (16 bytes) that somebody asked to drain.
    pub(crate) fn drains(&self) -> String {
        format!("{{bw:{}}}:drains", self.cluster)
    }

    /// HASH: worker's session (16 bytes) → its record.
    pub(crate) fn workers(&self) -> String {
        format!("{{bw:{}}}:workers", self.cluster)
    }

    /// STREAM: what happened to the cluster as a whole.
    pub(crate) fn log(&self) -> String {
        format!("{{bw:{}}}:events", self.cluster)
    }

    /// STRING, for an hour: the reply to a request that changed what is paused.
    pub(crate) fn request(&self, request: RequestId) -> String {
        format!("{{bw:{}}}:req:{}", self.cluster, request.0.simple())
    }

    /// The channel of hints.
    pub(crate) fn channel(&self) -> String {
        format!("bw:{}", self.cluster)
    }

    /// The names of a partition's keys.
    pub(crate) fn partition(&self, partition: Partition) -> PartitionKeys {
        PartitionKeys { tag: format!("{{bw:{}:{partition}}}", self.cluster) }
    }
}

/// The names of a partition's keys.
#[derive(Clone, Debug)]
pub(crate) struct PartitionKeys {
    tag: String,
}

/// Which of a job's two histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// That of the runs that succeeded.
    Succeeded,
    /// That of all others.
    Other,
}

impl PartitionKeys {
    /// HASH: `epoch`, `owner`, `expires_ms`; `pauses`, `pauses_version` and `paused`, the copy of what
    /// is paused; `parked`, whether there are jobs in `parked`. Never deleted, so the fence never vanishes.
    pub(crate) fn lease(&self) -> String {
        self.name("lease")
    }

    /// HASH: node → the number of its last turn; node and `a` → the answer to it.
    pub(crate) fn lanes(&self) -> String {
        self.name("lanes")
    }

    /// ZSET: job → start_after of its next fire time. The truth of what is due.
    pub(crate) fn due(&self) -> String {
        self.name("due")
    }

    /// ZSET, all scores 0: jobs that came due while scheduling was paused for them. They stand here
    /// instead of in `due`.
    pub(crate) fn parked(&self) -> String {
        self.name("parked")
    }

    /// HASH: job → what scripts read and change of it.
    pub(crate) fn jobs(&self) -> String {
        self.name("jobs")
    }

    /// ZSET, all scores 0: the jobs in the order of their names.
    pub(crate) fn names(&self) -> String {
        self.name("names")
    }

    /// HASH: uid → the ids of its unfinished runs, in order of admission.
    pub(crate) fn active(&self) -> String {
        self.name("active")
    }

    /// HASH: run → what is known of it, while it waits: for its turn, or for its next attempt.
    pub(crate) fn waiting(&self) -> String {
        self.name("waiting")
    }

    /// HASH: run → who holds its attempt and what is known of it, while it is executed.
    pub(crate) fn attempts(&self) -> String {
        self.name("attempts")
    }

    /// ZSET: run and ready list → not before; run and a mark → when its cancelling is seen to;
    /// backfill and a mark → its next step.
    pub(crate) fn delayed(&self) -> String {
        self.name("delayed")
    }

    /// HASH: run → that its holder is to end its attempt, or that the leader has.
    pub(crate) fn cancels(&self) -> String {
        self.name("cancels")
    }

    /// HASH: backfill → how far it has come, and what was asked for.
    pub(crate) fn backfills(&self) -> String {
        self.name("backfills")
    }

    /// STREAM: what happened, one entry for each write.
    pub(crate) fn events(&self) -> String {
        self.name("events")
    }

    /// LIST of run ids, as hints: who takes one looks whether the run is still pending.
    ///
    /// How many wait is asked of the lists themselves; a count kept beside them could only differ.
    pub(crate) fn ready(&self, ready: &ReadyKey) -> String {
        let priority = priority_name(ready.priority);
        match &ready.lane {
            Lane::Node => self.name(&format!("ready:node:{priority}")),
            // None of these has a colon, so the name is unambiguous.
            Lane::Queue { namespace, queue, handler } => {
                self.name(&format!("ready:queue:{priority}:{namespace}:{queue}:{handler}"))
            }
        }
    }

    /// SET: the names of the workers' ready lists that are not empty, as keys. Lists are found by
    /// it, since nobody knows beforehand which queues and handlers there are; one who finds a list
    /// empty takes it out.
    pub(crate) fn queues(&self) -> String {
        self.name("queues")
    }

    /// The worker's ready list that a member of [`Self::queues`] names. `None`: it names none.
    pub(crate) fn queue(&self, name: &str) -> Option<ReadyKey> {
        let lane = name.strip_prefix(&self.tag)?.strip_prefix(":ready:queue:")?;
        let (priority, lane) = lane.split_once(':')?;
        let (namespace, lane) = lane.split_once(':')?;
        let (queue, handler) = lane.split_once(':')?;
        let priority = Priority::ALL.into_iter().find(|one| priority_name(*one) == priority)?;
        let lane = Lane::Queue {
            namespace: Namespace::new(namespace).ok()?,
            queue: QueueName::new(queue).ok()?,
            handler: HandlerName::new(handler).ok()?,
        };
        Some(ReadyKey { lane, priority })
    }

    /// HASH: run → the attempt (owner and number) that was given more time, and its deadline. Who
    /// reads it takes out what is no longer held so.
    pub(crate) fn extended(&self) -> String {
        self.name("extended")
    }

    /// LIST: finished runs of a job's incarnation, the latest first.
    pub(crate) fn history(&self, uid: JobUid, outcome: Outcome) -> String {
        let outcome = match outcome {
            Outcome::Succeeded => "ok",
            Outcome::Other => "other",
        };
        format!("{}:history:{}:{outcome}", self.tag, uid.0.simple())
    }

    /// HASH: job → definition. Apart from `jobs`, since no script reads one.
    pub(crate) fn definitions(&self) -> String {
        self.name("definitions")
    }

    /// STRING, for an hour: the reply to a request that changed a job.
    pub(crate) fn request(&self, request: RequestId) -> String {
        format!("{}:req:{}", self.tag, request.0.simple())
    }

    /// STRING, for an hour: the run that a request got. Apart from the replies, so that a request
    /// id used for both cannot make one be read as the other.
    pub(crate) fn run_request(&self, request: RequestId) -> String {
        format!("{}:runreq:{}", self.tag, request.0.simple())
    }

    /// STRING, for an hour: the run that a request cancelled, as it was then.
    pub(crate) fn cancel_request(&self, request: RequestId) -> String {
        format!("{}:cancelreq:{}", self.tag, request.0.simple())
    }

    /// What `sections/keys.lua` binds, in its order: the keys that scripts declare first.
    pub(crate) fn common(&self) -> [String; 9] {
        [
            self.lease(),
            self.lanes(),
            self.due(),
            self.jobs(),
            self.active(),
            self.waiting(),
            self.attempts(),
            self.delayed(),
            self.events(),
        ]
    }

    /// The ready lists of the nodes' own lane, in the order in which they are served.
    pub(crate) fn node_lists(&self) -> [String; 3] {
        Priority::ALL.map(|priority| self.ready(&ReadyKey { lane: Lane::Node, priority }))
    }

    fn name(&self, name: &str) -> String {
        format!("{}:{name}", self.tag)
    }
}

fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "high",
        Priority::Normal => "normal",
        Priority::Low => "low",
    }
}
