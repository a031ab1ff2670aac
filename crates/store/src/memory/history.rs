//! The finished runs of a job, as many as it keeps.

use std::cmp::Reverse;
use std::collections::VecDeque;

use bellwether_domain::{EndState, Run, RunState};

use super::script::Script;
use crate::Keep;

/// The finished runs of a job, the latest in front. Those that succeeded are apart, so that a job
/// that fires every second does not push out the failure that somebody looks for.
#[derive(Default)]
pub(super) struct History {
    succeeded: VecDeque<Run>,
    others: VecDeque<Run>,
}

impl History {
    fn push(&mut self, run: Run, keep: Keep) {
        let (list, most) = match run.state {
            RunState::Ended(EndState::Succeeded) => (&mut self.succeeded, keep.succeeded),
            _ => (&mut self.others, keep.others),
        };
        list.push_front(run);
        list.truncate(most as usize);
    }

    /// All of them, the latest to end first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Run> {
        let mut runs: Vec<&Run> = self.succeeded.iter().chain(&self.others).collect();
        runs.sort_by_key(|run| Reverse((run.ended, run.draft.fire_time)));
        runs.into_iter()
    }
}

impl Script<'_> {
    /// Keeps a finished run if its job is there. The history of another incarnation, or of none,
    /// is nobody's.
    pub(super) fn keep_in_history(&mut self, run: Run, keep: Keep) {
        let uid = run.draft.uid;
        if self.state.incarnation(&run.draft.job.to_string(), uid).is_some() {
            self.state.history.entry(uid).or_default().push(run, keep);
        }
    }
}
