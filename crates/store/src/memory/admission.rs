//! Whether a job has a place for another run.

use bellwether_domain::JobUid;
use bellwether_domain::plan::{Admission, Judgement};

use super::script::Script;
use crate::ReadyKey;

impl Script<'_> {
    /// Judges by the places of the job. Before a run is turned away, places of runs that are not
    /// there are dropped and it is judged again, so that no lost write blocks a job for ever (I9).
    pub(super) fn judge(
        &mut self,
        uid: JobUid,
        admission: Admission,
        ready: &ReadyKey,
    ) -> Judgement {
        match admission.judge(self.places(uid).len()) {
            Judgement::Admit => Judgement::Admit,
            Judgement::Skip | Judgement::Defer => {
                self.drop_dead_places(uid);
                self.ready_front(uid, admission.max_instances, ready, None);
                admission.judge(self.places(uid).len())
            }
        }
    }

    fn drop_dead_places(&mut self, uid: JobUid) {
        let runs = &self.state.runs;
        if let Some(places) = self.state.active.get_mut(&uid) {
            places.retain(|id| runs.contains_key(id));
            if places.is_empty() {
                self.state.active.remove(&uid);
            }
        }
    }
}
