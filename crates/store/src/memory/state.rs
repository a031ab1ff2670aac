//! What a partition holds. Each field stands for a key of the store in Redis.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bellwether_domain::pause::Pauses;
use bellwether_domain::{
    BackfillId, BootId, Epoch, FirePoint, Job, JobUid, RequestId, Run, RunId, Timestamp,
};

use super::cancels::Cancel;
use super::events::Log;
use super::history::History;
use super::replies::Replies;
use crate::{AttemptRecord, BackfillView, ReadyKey, Seq, TurnReply};

#[derive(Default)]
pub(super) struct PartitionState {
    pub(super) lease: LeaseRow,
    /// The lane of each registered node.
    pub(super) lanes: BTreeMap<BootId, LaneRow>,
    /// By the text of the key, the order of lists.
    pub(super) jobs: BTreeMap<String, JobRow>,
    /// When each job is due next, the earliest first: the truth of what is due. Paused and
    /// finished jobs are absent.
    pub(super) due: BTreeSet<(Timestamp, String)>,
    /// What is paused here.
    pub(super) pauses: Pauses,
    /// Jobs that came due and are held back: they stand here instead of in `due`.
    pub(super) parked: BTreeSet<String>,
    /// The places of each job: its unfinished runs in the order of their admission. Absent when
    /// there are none.
    pub(super) active: BTreeMap<JobUid, Vec<RunId>>,
    /// Runs that may start now, as hints: one that is not pending any more is skipped.
    pub(super) ready: BTreeMap<ReadyKey, VecDeque<RunId>>,
    /// The unfinished runs.
    pub(super) runs: BTreeMap<RunId, LiveRun>,
    /// The leased attempts.
    pub(super) attempts: BTreeMap<RunId, AttemptRecord>,
    /// Pending runs that may not start yet, the earliest first.
    pub(super) delayed: BTreeSet<(Timestamp, RunId, ReadyKey)>,
    /// Runs that are being cancelled.
    pub(super) cancels: BTreeMap<RunId, Cancel>,
    /// Backfills, and when each has its next step.
    pub(super) backfills: BTreeMap<BackfillId, BackfillView>,
    pub(super) backfills_due: BTreeSet<(Timestamp, BackfillId)>,
    /// The finished runs of jobs that are there.
    pub(super) history: BTreeMap<JobUid, History>,
    /// Replies to clients' requests.
    pub(super) replies: Replies<Vec<u8>>,
    /// Runs that clients asked for by request, each with the request's fingerprint.
    pub(super) requested: Replies<([u8; 8], Run)>,
    /// Runs that clients cancelled by request, as they were then.
    pub(super) cancelled: Replies<([u8; 8], Run)>,
    pub(super) log: Log,
}

pub(super) struct LeaseRow {
    pub(super) epoch: Epoch,
    pub(super) owner: Option<BootId>,
    pub(super) expires: Timestamp,
    pub(super) want: Option<BootId>,
}

impl Default for LeaseRow {
    fn default() -> Self {
        Self { epoch: Epoch(0), owner: None, expires: Timestamp::UNIX_EPOCH, want: None }
    }
}

/// A node's lane: the last number and its answer, or none where the number is a floor.
pub(super) struct LaneRow {
    pub(super) last: Seq,
    pub(super) answer: Option<TurnReply>,
}

pub(super) struct JobRow {
    pub(super) job: Job,
    /// The job's point in `due`.
    pub(super) next: Option<FirePoint>,
    /// When it finished, if it is finished.
    pub(super) finished: Option<Timestamp>,
}

pub(super) struct LiveRun {
    pub(super) run: Run,
    /// It was put on a ready list or leased once, so a finish need not do so again.
    pub(super) readied: bool,
    /// It waits to replace the oldest run of its job, and is replaced by whoever comes next.
    pub(super) successor: bool,
}

impl PartitionState {
    /// The job's row, if the job is there in this incarnation.
    pub(super) fn incarnation(&self, key: &str, uid: JobUid) -> Option<&JobRow> {
        self.jobs.get(key).filter(|row| row.job.definition.uid == uid)
    }

    /// The reply or run kept for a request counts for an hour.
    pub(super) fn reply(&self, request: Option<RequestId>, now: Timestamp) -> Option<Vec<u8>> {
        self.replies.get(request?, now).cloned()
    }
}
