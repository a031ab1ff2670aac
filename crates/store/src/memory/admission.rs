//! Whether a job has a place for another run.

use bellwether_domain::JobUid;
use bellwether_domain::plan::{Admission, Judgement};

use super::script::Script;
use crate::ReadyKey;

impl Script<'_> {
    /// Judges by the places of the job. Before a run is turned away, places of runs that are not
    /// there are dropped and it is judged again, so that no lost write blocks a job for ever (I9).
    /// Runs that were there before and may start by now are readied before any that is admitted.
    pub(super) fn judge(
        &mut self,
        uid: JobUid,
        admission: Admission,
        ready: &ReadyKey,
    ) -> Judgement {
        let first = admission.judge(self.places(uid).len());
        if first == Judgement::Admit || self.drop_dead_places(uid) {
            self.ready_front(uid, admission.max_instances, ready, None);
        }
        admission.judge(self.places(uid).len())
    }

    /// Whether there were any.
    fn drop_dead_places(&mut self, uid: JobUid) -> bool {
        let runs = &self.state.runs;
        let Some(places) = self.state.active.get_mut(&uid) else { return false };
        let before = places.len();
        places.retain(|id| runs.contains_key(id));
        let after = places.len();
        if after == 0 {
            self.state.active.remove(&uid);
        }
        after < before
    }
}
