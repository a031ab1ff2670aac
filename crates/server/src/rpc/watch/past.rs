//! A run as it was after one of its changes, from what it is now.
//!
//! The log has room for what happened, not for the whole run each time. Most of a run never changes,
//! and the rest follows from the change itself, but for the report of an attempt: a later one takes
//! the place of an earlier one. So a watcher that is behind sees every change, and of reports the
//! latest.

use bellwether_domain::{AttemptReport, EndState, Run, RunState, Timestamp};
use bellwether_store::{EventKind, RunEvent};

/// The state that a run has after this happened to it; `None` where its state does not change.
pub(super) fn state_after(kind: EventKind) -> Option<RunState> {
    use EventKind::{
        AttemptLost, RunCancelled, RunFailed, RunGivenBack, RunLost, RunMissed, RunPending,
        RunRetried, RunSkipped, RunStarted, RunSucceeded, RunTimedOut,
    };
    Some(match kind {
        RunPending | RunRetried | AttemptLost | RunGivenBack => RunState::PENDING,
        RunStarted => RunState::RUNNING,
        RunSucceeded => RunState::Ended(EndState::Succeeded),
        RunFailed => RunState::Ended(EndState::Failed),
        RunCancelled => RunState::Ended(EndState::Cancelled),
        RunTimedOut => RunState::Ended(EndState::TimedOut),
        RunLost => RunState::Ended(EndState::Lost),
        RunMissed => RunState::Ended(EndState::Missed),
        RunSkipped => RunState::Ended(EndState::Skipped),
        _ => return None,
    })
}

/// `run`, as it is now, as it was after the change of `kind` at `at`. `None` for what changes no
/// state.
pub(super) fn as_of(run: &Run, kind: EventKind, event: RunEvent, at: Timestamp) -> Option<Run> {
    let state = state_after(kind)?;
    let mut run = run.clone();
    if !tells_of(&run, state, event) {
        run.report = AttemptReport::default();
    }
    if run.state != state || run.attempt != event.attempt {
        // It has moved on.
        run.started = match (state, event.attempt) {
            (RunState::RUNNING, _) => Some(at),
            (_, attempt) if attempt == run.attempt => run.started,
            _ => None,
        };
        run.lost = run.lost.min(event.attempt);
    }
    run.state = state;
    run.attempt = event.attempt;
    if kind == EventKind::RunGivenBack {
        run.attempt = event.attempt.saturating_sub(1);
        run.started = None;
    }
    run.ended = matches!(state, RunState::Ended(_)).then_some(at);
    Some(run)
}

/// Whether the report of `run`, as it is now, is that of the attempt that the change is about, or
/// of one before it.
pub(super) fn tells_of(run: &Run, state: RunState, event: RunEvent) -> bool {
    match state {
        RunState::Ended(_) => run.state == state,
        RunState::Live(_) => run.state == state && run.attempt == event.attempt,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bellwether_domain::{
        Covers, Epoch, JobUid, Partition, RunCause, RunDraft, RunError, RunId,
    };

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    /// A run that failed once, was lost once and then succeeded.
    fn finished() -> Run {
        let uid = JobUid(<_>::default());
        let draft = RunDraft {
            id: RunId::scheduled(Partition(0), uid, at(1_000)),
            job: "default/j".parse().expect("a key"),
            uid,
            fire_time: at(1_000),
            cause: RunCause::Schedule,
            covers: Covers::only(at(1_000)),
            start_after: at(1_000),
            timeout: Duration::from_secs(1),
            payload: None,
        };
        let report = AttemptReport { node: "n3".to_owned(), ..AttemptReport::default() };
        Run {
            draft,
            state: RunState::Ended(EndState::Succeeded),
            attempt: 3,
            lost: 1,
            epoch: Epoch(1),
            claimed: at(1_001),
            started: Some(at(5_000)),
            ended: Some(at(5_100)),
            report,
        }
    }

    fn seen(run: &Run, kind: EventKind, attempt: u32, ms: i64) -> Option<Run> {
        let event = RunEvent { id: run.draft.id, fire_time: run.draft.fire_time, attempt };
        as_of(run, kind, event, at(ms))
    }

    #[test]
    fn each_change_of_a_run_that_has_moved_on_is_seen_as_it_was() {
        let run = finished();
        let cases = [
            (EventKind::RunPending, 0, 1_001, RunState::PENDING, None),
            (EventKind::RunStarted, 1, 1_002, RunState::RUNNING, Some(1_002)),
            (EventKind::RunRetried, 1, 1_500, RunState::PENDING, None),
            (EventKind::RunStarted, 2, 2_500, RunState::RUNNING, Some(2_500)),
            (EventKind::AttemptLost, 2, 4_000, RunState::PENDING, None),
            (EventKind::RunStarted, 3, 5_000, RunState::RUNNING, Some(5_000)),
        ];
        for (kind, attempt, ms, state, started) in cases {
            let then = seen(&run, kind, attempt, ms).expect("a change");
            assert_eq!((then.state, then.attempt), (state, attempt), "{kind:?} {attempt}");
            assert_eq!((then.started, then.ended), (started.map(at), None), "{kind:?} {attempt}");
            assert_eq!(then.report, AttemptReport::default(), "a later attempt's");
            assert_eq!(then.draft, run.draft);
        }
        assert_eq!(seen(&run, EventKind::RunSucceeded, 3, 5_100), Some(run));
    }

    #[test]
    fn what_is_still_so_is_shown_as_it_is() {
        let error = RunError { code: "http_status".into(), message: "500".into() };
        let report = AttemptReport { error: Some(error), ..AttemptReport::default() };
        let waiting = Run {
            state: RunState::PENDING,
            attempt: 1,
            lost: 0,
            started: Some(at(1_002)),
            ended: None,
            report,
            ..finished()
        };
        assert_eq!(seen(&waiting, EventKind::RunRetried, 1, 1_500), Some(waiting.clone()));
        let again = Run { state: RunState::RUNNING, attempt: 2, ..waiting };
        let again = Run { started: Some(at(2_500)), ..again };
        assert_eq!(seen(&again, EventKind::RunStarted, 2, 2_500), Some(again));
    }

    #[test]
    fn an_attempt_that_was_given_back_never_was() {
        let run = finished();
        let then = seen(&run, EventKind::RunGivenBack, 2, 2_600).expect("a change");
        assert_eq!((then.state, then.attempt, then.started), (RunState::PENDING, 1, None));
        assert_eq!(seen(&run, EventKind::ResultSuperseded, 2, 6_000), None);
    }
}
