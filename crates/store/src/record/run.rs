//! Runs as they are stored: a body that is only ever appended to, beside a header that a store
//! rewrites as the run moves on.

use std::time::Duration;

use bellwether_domain::{
    AttemptReport, Covers, Epoch, JobUid, Payload, Run, RunDraft, RunError, RunId, RunState,
    Timestamp,
};
use prost::Message as _;

use super::definition::key;
use super::number::Numbered;
use super::target::StoredPayload;
use super::{Malformed, uuid};
use crate::StoreError;

/// What a store keeps of a run outside its body, because scripts read it or write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunHeader {
    /// The state, stored as [`run_state_number`](super::run_state_number).
    pub state: RunState,
    /// The number of the latest attempt; 0 before the first.
    pub attempt: u32,
    /// Attempts that were lost.
    pub lost: u32,
    /// The epoch under which the run was claimed.
    pub epoch: Epoch,
    /// The nominal instant.
    pub fire_time: Timestamp,
    /// When it was claimed.
    pub claimed: Timestamp,
    /// When the latest attempt was leased.
    pub started: Option<Timestamp>,
    /// When it finished.
    pub ended: Option<Timestamp>,
    /// The longest that one attempt may take; whole milliseconds.
    pub timeout: Duration,
}

/// The body of a run. The fields of a draft and the field of a report are disjoint, so that the
/// encodings of the two can be concatenated; see the module's documentation.
#[derive(Clone, PartialEq, prost::Message)]
struct StoredRun {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(bytes = "vec", tag = "3")]
    uid: Vec<u8>,
    #[prost(uint32, tag = "4")]
    cause: u32,
    /// `start_after` less `fire_time`.
    #[prost(sint64, tag = "5")]
    delay_ms: i64,
    /// Absent when the run stands for its own fire time only.
    #[prost(message, optional, tag = "6")]
    covers: Option<StoredCovers>,
    #[prost(message, optional, tag = "7")]
    payload: Option<StoredPayload>,
    /// The encoding of a [`StoredReport`].
    #[prost(bytes = "vec", optional, tag = "8")]
    report: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredCovers {
    #[prost(sint64, tag = "1")]
    first_ms: i64,
    #[prost(sint64, tag = "2")]
    last_ms: i64,
    #[prost(uint32, tag = "3")]
    others: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredReport {
    #[prost(string, tag = "1")]
    node: String,
    #[prost(string, tag = "2")]
    worker: String,
    #[prost(string, tag = "3")]
    reason: String,
    #[prost(message, optional, tag = "4")]
    error: Option<StoredError>,
    #[prost(message, optional, tag = "5")]
    output: Option<StoredPayload>,
    #[prost(bool, tag = "6")]
    output_truncated: bool,
    #[prost(string, tag = "7")]
    trace_id: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredError {
    #[prost(string, tag = "1")]
    code: String,
    #[prost(string, tag = "2")]
    message: String,
}

/// The first piece of a run's body. The run's id, fire time and timeout are not in it: the id is
/// what a store finds the run by, the others are in the [`RunHeader`].
#[must_use]
pub fn encode_draft(draft: &RunDraft) -> Vec<u8> {
    let covers = Some(draft.covers).filter(|covers| *covers != Covers::only(draft.fire_time));
    let stored = StoredRun {
        namespace: draft.job.namespace.to_string(),
        id: draft.job.id.to_string(),
        uid: draft.uid.0.as_bytes().to_vec(),
        cause: draft.cause.number(),
        delay_ms: draft.start_after.as_millis() - draft.fire_time.as_millis(),
        covers: covers.map(StoredCovers::from),
        payload: draft.payload.as_ref().map(StoredPayload::from),
        report: None,
    };
    stored.encode_to_vec()
}

/// A further piece of a run's body, to be appended to it: it takes the place of every report
/// before it, as a whole.
#[must_use]
pub fn encode_report(report: &AttemptReport) -> Vec<u8> {
    let report = StoredReport::from(report).encode_to_vec();
    StoredRun { report: Some(report), ..StoredRun::default() }.encode_to_vec()
}

/// The report that [`encode_report`] wrote.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is not one.
pub fn decode_report(bytes: &[u8]) -> Result<AttemptReport, StoreError> {
    let read = || -> Result<AttemptReport, Malformed> {
        let report = StoredRun::decode(bytes)?.report;
        let report = report.as_deref().map(StoredReport::decode).transpose()?;
        Ok(report.map(AttemptReport::from).unwrap_or_default())
    };
    read().map_err(|malformed| malformed.found_in("report"))
}

/// The run whose header and body these are.
///
/// # Errors
/// [`StoreError::Corrupt`] when the body is not one, or holds what this version does not know.
pub fn decode_run(id: RunId, header: RunHeader, body: &[u8]) -> Result<Run, StoreError> {
    read_run(id, header, body).map_err(|malformed| malformed.found_in(format!("run {id}")))
}

fn read_run(id: RunId, header: RunHeader, body: &[u8]) -> Result<Run, Malformed> {
    let stored = StoredRun::decode(body)?;
    let report = stored.report.as_deref().map(StoredReport::decode).transpose()?;
    Ok(Run {
        draft: RunDraft {
            id,
            job: key(&stored.namespace, &stored.id)?,
            uid: JobUid(uuid("uid", &stored.uid)?),
            fire_time: header.fire_time,
            cause: Numbered::from_number(stored.cause)?,
            covers: stored.covers.map_or(Covers::only(header.fire_time), Covers::from),
            start_after: Timestamp::from_millis(
                header.fire_time.as_millis().saturating_add(stored.delay_ms),
            ),
            timeout: header.timeout,
            payload: stored.payload.map(Payload::from),
        },
        state: header.state,
        attempt: header.attempt,
        lost: header.lost,
        epoch: header.epoch,
        claimed: header.claimed,
        started: header.started,
        ended: header.ended,
        report: report.map(AttemptReport::from).unwrap_or_default(),
    })
}

impl From<Covers> for StoredCovers {
    fn from(covers: Covers) -> Self {
        Self {
            first_ms: covers.first.as_millis(),
            last_ms: covers.last.as_millis(),
            others: covers.others,
        }
    }
}

impl From<StoredCovers> for Covers {
    fn from(stored: StoredCovers) -> Self {
        Self {
            first: Timestamp::from_millis(stored.first_ms),
            last: Timestamp::from_millis(stored.last_ms),
            others: stored.others,
        }
    }
}

impl From<&AttemptReport> for StoredReport {
    fn from(report: &AttemptReport) -> Self {
        Self {
            node: report.node.clone(),
            worker: report.worker.clone(),
            reason: report.reason.clone(),
            error: report
                .error
                .clone()
                .map(|RunError { code, message }| StoredError { code, message }),
            output: report.output.as_ref().map(StoredPayload::from),
            output_truncated: report.output_truncated,
            trace_id: report.trace_id.clone(),
        }
    }
}

impl From<StoredReport> for AttemptReport {
    fn from(stored: StoredReport) -> Self {
        Self {
            node: stored.node,
            worker: stored.worker,
            reason: stored.reason,
            error: stored.error.map(|StoredError { code, message }| RunError { code, message }),
            output: stored.output.map(Payload::from),
            output_truncated: stored.output_truncated,
            trace_id: stored.trace_id,
        }
    }
}
