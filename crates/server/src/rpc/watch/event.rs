//! Events as they go out.

use bellwether_domain::{BootId, JobKey, JobState, Namespace, RunState};
use bellwether_proto::convert::{View, run_state_to_proto, run_to_proto, timestamp_to_proto};
use bellwether_proto::v1::event::Detail;
use bellwether_proto::v1::{self, EventKind as Kind};
use bellwether_store::{EventKind, Happened, JobSince, LogEntry, RunEvent};

use super::lookup::{Lookup, Names};
use super::past;

/// What a namespace is called that is none: the whole cluster.
const WHOLE_CLUSTER: &str = "-";

/// The event that is told of an entry; `None` of what a client need not know.
pub(super) fn event(entry: &LogEntry, lookup: &Lookup, names: &Names) -> Option<v1::Event> {
    let event = |namespace: String, detail: Detail| {
        Some(v1::Event {
            kind: kind(&entry.happened)? as i32,
            event_time: Some(timestamp_to_proto(entry.at)),
            namespace,
            detail: Some(detail),
            ..<_>::default()
        })
    };
    let of_cluster = |detail| event(WHOLE_CLUSTER.to_owned(), detail);
    let of_part = |namespace: &Option<Namespace>, reason: &str| {
        let namespace = namespace.as_ref().map_or(WHOLE_CLUSTER.to_owned(), ToString::to_string);
        event(namespace, Detail::Scheduling(v1::SchedulingEvent { reason: reason.to_owned() }))
    };
    let of_node = |boot: &BootId, name: &str| {
        let node = v1::NodeEvent { node: name.to_owned(), boot_id: boot.to_string() };
        of_cluster(Detail::Node(node))
    };
    match &entry.happened {
        Happened::Job { kind, job, run, since } => {
            let Told { uid, detail } = match run {
                Some(run) => of_run(entry, *kind, *run, lookup),
                None => of_job(*kind, job, since.as_ref(), lookup),
            };
            let told = event(job.namespace.to_string(), detail)?;
            Some(v1::Event { job_id: job.id.to_string(), job_uid: uid, ..told })
        }
        Happened::LeaderChanged { partition, owner, epoch } => {
            of_cluster(Detail::Leader(v1::LeaderEvent {
                partition: i32::from(partition.0),
                node: names.of(*owner),
                boot_id: owner.to_string(),
                epoch: i64::try_from(epoch.0).unwrap_or(i64::MAX),
            }))
        }
        Happened::NodeJoined { boot, name } | Happened::NodeLeft { boot, name } => {
            of_node(boot, name)
        }
        Happened::SchedulingPaused { namespace, reason } => of_part(namespace, reason),
        Happened::SchedulingResumed { namespace } => of_part(namespace, ""),
    }
}

/// The kind of event that it is told as; `None` where it is not told.
pub(super) fn kind(happened: &Happened) -> Option<Kind> {
    match happened {
        Happened::Job { kind, .. } => kind_to_proto(*kind),
        Happened::LeaderChanged { .. } => Some(Kind::LeaderChanged),
        Happened::NodeJoined { .. } => Some(Kind::NodeJoined),
        Happened::NodeLeft { .. } => Some(Kind::NodeLeft),
        Happened::SchedulingPaused { .. } => Some(Kind::SchedulingPaused),
        Happened::SchedulingResumed { .. } => Some(Kind::SchedulingResumed),
    }
}

/// What is told of a job or a run.
struct Told {
    uid: String,
    detail: Detail,
}

fn of_job(kind: EventKind, key: &JobKey, since: Option<&JobSince>, lookup: &Lookup) -> Told {
    let now = || {
        let job = lookup.job(key)?;
        let reason = match &job.status.state {
            JobState::Paused { reason } if kind == EventKind::JobPaused => reason.clone(),
            _ => String::new(),
        };
        Some(JobSince { uid: job.definition.uid, etag: job.status.etag, reason })
    };
    // What no client wrote is told by what the job is now.
    let since = since.cloned().or_else(now);
    let uid = since.as_ref().map(|since| since.uid.to_string()).unwrap_or_default();
    let (etag, reason) = match (kind, since) {
        (EventKind::JobDeleted, _) | (_, None) => Default::default(),
        (EventKind::JobPaused, Some(since)) => (since.etag.to_string(), since.reason),
        (_, Some(since)) => (since.etag.to_string(), String::new()),
    };
    Told { uid, detail: Detail::Job(v1::JobEvent { etag, reason }) }
}

fn of_run(entry: &LogEntry, kind: EventKind, event: RunEvent, lookup: &Lookup) -> Told {
    let now = lookup.run(event.id);
    let state = match kind {
        // It comes with the admission, and adds to it.
        EventKind::RunCoalesced => Some(RunState::PENDING),
        _ => past::state_after(kind).or(now.map(|run| run.state)),
    };
    // As it was then: what a later attempt reported is not this one's.
    let then = now.and_then(|run| past::as_of(run, kind, event, entry.at));
    let then = then.map(|run| run_to_proto(&run, View::Basic));
    let known = now.map(|run| run_to_proto(run, View::Basic)).unwrap_or_default();
    let told = then.unwrap_or_default();
    let detail = v1::RunEvent {
        run_id: event.id.to_string(),
        fire_time: Some(timestamp_to_proto(event.fire_time)),
        cause: known.cause,
        attempt: i32::try_from(event.attempt).unwrap_or(i32::MAX),
        state: state.map_or(0, |state| run_state_to_proto(state) as i32),
        reason: told.reason,
        node: told.node,
        worker: told.worker,
        coalesced: known.coalesced,
        error: told.error,
    };
    Told { uid: known.job_uid, detail: Detail::Run(detail) }
}

/// The kind as clients know it. `None` for an attempt that was given back before it was delivered,
/// which never was.
fn kind_to_proto(kind: EventKind) -> Option<Kind> {
    Some(match kind {
        EventKind::JobCreated => Kind::JobCreated,
        EventKind::JobUpdated => Kind::JobUpdated,
        EventKind::JobDeleted => Kind::JobDeleted,
        EventKind::JobPaused => Kind::JobPaused,
        EventKind::JobResumed => Kind::JobResumed,
        EventKind::JobFinished => Kind::JobFinished,
        EventKind::RunPending => Kind::RunPending,
        EventKind::RunCoalesced => Kind::RunCoalesced,
        EventKind::RunStarted => Kind::RunStarted,
        EventKind::RunSucceeded => Kind::RunSucceeded,
        EventKind::RunFailed => Kind::RunFailed,
        EventKind::RunRetried => Kind::RunRetried,
        EventKind::RunMissed => Kind::RunMissed,
        EventKind::RunSkipped => Kind::RunSkipped,
        EventKind::AttemptLost | EventKind::RunLost => Kind::RunLost,
        EventKind::RunCancelled => Kind::RunCancelled,
        EventKind::RunTimedOut => Kind::RunTimedOut,
        EventKind::ResultSuperseded => Kind::RunSuperseded,
        EventKind::RunGivenBack => return None,
    })
}
