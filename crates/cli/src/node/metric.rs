//! What each metric means, as `/metrics` says it. Where one is recorded, only its name stands; the
//! words are here, together, because nobody but a reader of the page needs them.

use bellwether_domain::trigger::tzdb_version;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};

use crate::command::version::VERSION;

/// Tells the recorder of this process what the metrics mean, and which build it is. Whoever calls
/// it has installed the recorder.
pub(super) fn describe() {
    describe_node();
    describe_runs();
    describe_store();
    gauge!("bellwether_build_info", "version" => VERSION, "tzdb" => tzdb_version()).set(1.0);
}

fn describe_node() {
    describe_gauge!(
        "bellwether_build_info",
        "Always 1; the labels name the version and that of the time zone data"
    );
    describe_gauge!("bellwether_partitions_led", Unit::Count, "Partitions that this node leads");
    describe_counter!(
        "bellwether_leader_changes_total",
        Unit::Count,
        "Times that this node became the leader of a partition"
    );
    describe_counter!(
        "bellwether_lease_renew_failures_total",
        Unit::Count,
        "Calls to read, take, renew or release leases that failed"
    );
}

fn describe_runs() {
    describe_counter!(
        "bellwether_fires_claimed_total",
        Unit::Count,
        "Runs that this node claimed for fire times"
    );
    describe_counter!(
        "bellwether_fires_missed_total",
        Unit::Count,
        "Fire times that became no run, by why it was too late for them"
    );
    describe_counter!(
        "bellwether_fires_skipped_total",
        Unit::Count,
        "Fire times that became no run, by what held them back"
    );
    describe_counter!(
        "bellwether_jobs_swept_total",
        Unit::Count,
        "Finished jobs that this node removed because they had been kept for finished_ttl"
    );
    describe_histogram!(
        "bellwether_fire_lateness_seconds",
        Unit::Seconds,
        "Time from when a run was to start, its jitter included, to when it did, in seconds"
    );
    describe_counter!(
        "bellwether_runs_total",
        Unit::Count,
        "Attempts that ended at this node, by kind of target and how they ended"
    );
    describe_counter!(
        "bellwether_runs_held_back_total",
        Unit::Count,
        "Attempts that were put off because a limit on attempts at once was reached, by limit"
    );
    describe_gauge!(
        "bellwether_runs_inflight",
        Unit::Count,
        "Attempts that this node executes now"
    );
    describe_gauge!(
        "bellwether_ready_backlog",
        Unit::Count,
        "Runs that wait for a free slot of some node, in the whole cluster"
    );
}

fn describe_store() {
    describe_gauge!(
        "bellwether_jobs",
        Unit::Count,
        "Jobs of the partitions that this node leads, by state; the sum over all nodes is the cluster's"
    );
    describe_gauge!("bellwether_store_up", "1 while the store answers this node, 0 otherwise");
    describe_histogram!(
        "bellwether_store_request_duration_seconds",
        Unit::Seconds,
        "Time that the store took to answer, or to fail, in seconds, by operation"
    );
}
