//! Runs, outwards only: no client sends one.

use bellwether_domain::{Covers, Run, RunError};

use super::enums::{WireEnum, run_state_to_proto};
use super::policy::count_to_proto;
use super::{View, payload_to_proto, timestamp_to_proto};
use crate::v1;

/// The message of a run.
#[must_use]
pub fn run_to_proto(run: &Run, view: View) -> v1::Run {
    let (draft, report) = (&run.draft, &run.report);
    // The report is that of the latest attempt to end; one that went well has no error.
    let error = report.error.as_ref().map(|RunError { code, message }| v1::RunError {
        code: code.clone(),
        message: message.clone(),
    });
    v1::Run {
        id: draft.id.to_string(),
        namespace: draft.job.namespace.to_string(),
        job_id: draft.job.id.to_string(),
        job_uid: draft.uid.to_string(),
        fire_time: Some(timestamp_to_proto(draft.fire_time)),
        cause: draft.cause.to_wire(),
        state: run_state_to_proto(run.state) as i32,
        reason: report.reason.clone(),
        attempt: count_to_proto(run.attempt),
        epoch: i64::try_from(run.epoch.0).unwrap_or(i64::MAX),
        coalesced: coalesced(draft.covers),
        claim_time: Some(timestamp_to_proto(run.claimed)),
        start_after: Some(timestamp_to_proto(draft.start_after)),
        start_time: run.started.map(timestamp_to_proto),
        end_time: run.ended.map(timestamp_to_proto),
        node: report.node.clone(),
        worker: report.worker.clone(),
        error,
        output: report.output.as_ref().map(|output| payload_to_proto(output, view)),
        output_truncated: report.output_truncated,
        trace_id: report.trace_id.clone(),
        lost_attempts: count_to_proto(run.lost),
    }
}

fn coalesced(covers: Covers) -> Option<v1::Coalesced> {
    (covers.others > 0).then(|| v1::Coalesced {
        count: count_to_proto(covers.others),
        first_fire_time: Some(timestamp_to_proto(covers.first)),
        last_fire_time: Some(timestamp_to_proto(covers.last)),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bellwether_domain::{
        AttemptReport, Content, EndState, Epoch, JobId, JobKey, JobUid, Namespace, Partition,
        Payload, RunCause, RunDraft, RunId, RunState, Timestamp,
    };

    use super::*;

    fn run() -> Run {
        let fire_time = Timestamp::from_millis(60_000);
        let uid = JobUid(<_>::default());
        let id = JobId::new("report").expect("an id");
        Run {
            draft: RunDraft {
                id: RunId::scheduled(Partition(3), uid, fire_time),
                job: JobKey { namespace: Namespace::default(), id },
                uid,
                fire_time,
                cause: RunCause::Schedule,
                covers: Covers::only(fire_time),
                start_after: fire_time,
                timeout: Duration::from_secs(1),
                payload: None,
            },
            state: RunState::Ended(EndState::Succeeded),
            attempt: 2,
            lost: 1,
            epoch: Epoch(7),
            claimed: fire_time,
            started: Some(fire_time),
            ended: None,
            report: AttemptReport::default(),
        }
    }

    #[test]
    fn a_run_stands_for_others_only_where_there_are_some() {
        let mut run = run();
        assert_eq!(run_to_proto(&run, View::Basic).coalesced, None);
        run.draft.covers =
            Covers { first: Timestamp::UNIX_EPOCH, last: run.draft.fire_time, others: 4 };
        let coalesced = run_to_proto(&run, View::Basic).coalesced.expect("others");
        assert_eq!(coalesced.count, 4);
        assert_eq!(coalesced.first_fire_time, Some(prost_types::Timestamp::default()));
    }

    #[test]
    fn the_basic_view_leaves_the_content_of_the_output_out() {
        let mut run = run();
        let content = Content::Text("done".to_owned());
        run.report.output = Some(Payload { content, content_type: "text/plain".to_owned() });
        let output = |view| run_to_proto(&run, view).output.expect("an output");
        assert_eq!(output(View::Basic).content, None);
        assert_eq!(output(View::Basic).content_type, "text/plain");
        assert!(output(View::Full).content.is_some());
    }

    #[test]
    fn numbers_stop_at_what_the_wire_can_carry() {
        let mut run = run();
        (run.attempt, run.epoch) = (u32::MAX, Epoch(u64::MAX));
        let wire = run_to_proto(&run, View::Basic);
        assert_eq!((wire.attempt, wire.epoch), (i32::MAX, i64::MAX));
    }
}
