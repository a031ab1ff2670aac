//! What is explored, and which guards stand.

/// The bounds of an exploration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config {
    pub(super) nodes: usize,
    /// Fire times of the one job.
    pub(super) fires: u8,
    /// Calls that may be on their way at once though nobody waits for them any more: delayed,
    /// overtaken by their own repetition, or sent by a process that is gone. There may be any
    /// number of them over time; what never arrives is a lost one.
    pub(super) late: usize,
    /// Registrations may be among them. One that arrives after its sender was struck off opens the
    /// lane again, and a turn that was carried out before may then be carried out once more. All
    /// else holds: claims and finishes are judged by more than the lane.
    pub(super) late_registrations: bool,
    /// Nodes that are killed and start again.
    pub(super) kills: u8,
    /// Updates of the job by a client.
    pub(super) updates: u8,
    /// Lost attempts after which a run ends lost: `max_lost`.
    pub(super) max_lost: u8,
    pub(super) failover: Option<Failover>,
    pub(super) guards: Guards,
}

/// A store that fails over to a replica, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failover {
    /// A turn's answer counts only once the replica has what it rests on: `wait_replicas`.
    pub(super) wait: bool,
    /// The highest epoch that may be begun: here they are told apart by more than their order, so
    /// their number needs a bound.
    pub(super) epochs: u8,
    /// Nodes read the lease also when they do not go on to acquire it, so that each may know of
    /// any epoch that there was.
    pub(super) views: bool,
}

/// What stands between the protocol and a fault. Each can be left out; what then breaks is in the
/// tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guards {
    /// A leader's write needs the current (epoch, owner): equality in every script that writes.
    pub(super) epoch: bool,
    /// A claim needs the job's next point to be the one that it was planned from.
    pub(super) expected: bool,
    /// A claim needs the version of the definition that it was planned from.
    pub(super) etag: bool,
    /// An end of an attempt needs the (attempt, owner) that the store holds.
    pub(super) holder: bool,
    /// A turn that was answered gets its answer again, an older one nothing.
    pub(super) seq: bool,
    /// A turn needs its sender's registration.
    pub(super) registration: bool,
    /// Registering refuses all turns that were sent before.
    pub(super) seq_floor: bool,
    /// Acquiring makes an epoch above the stored one.
    pub(super) increment: bool,
    /// What of the epochs that a node knows of is below the one that it acquires.
    pub(super) epoch_floor: EpochFloor,
    /// A node compares the store's attempts with its own only while no turn of its is under way.
    pub(super) compare_at_rest: bool,
    /// An attempt that a comparison finds unknown is given back only if it was never delivered.
    pub(super) lose_delivered: bool,
    /// With `wait_replicas`, an answer that is given again is a write too.
    pub(super) repeat_writes: bool,
    /// A scheduled run's id derives from its fire time.
    pub(super) derived_ids: bool,
}

/// What an acquiring node takes for the highest epoch that it knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EpochFloor {
    /// Everything: what it read, and its own terms.
    Known,
    /// What it read of leases while it led nothing.
    Read,
    /// Nothing.
    None,
}

impl Guards {
    pub(super) const ALL: Self = Self {
        epoch: true,
        expected: true,
        etag: true,
        holder: true,
        seq: true,
        registration: true,
        seq_floor: true,
        increment: true,
        epoch_floor: EpochFloor::Known,
        compare_at_rest: true,
        lose_delivered: true,
        repeat_writes: true,
        derived_ids: true,
    };
}

impl Config {
    /// Whether the store never forgets what a handler acted upon.
    pub(super) fn keeps_history(&self) -> bool {
        self.failover.is_none_or(|failover| failover.wait)
    }
}
