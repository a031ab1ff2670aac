//! Backfills: runs for the fire times of a past range, a few at a time.

use async_trait::async_trait;
use bellwether_domain::backfill::{KEPT, Progress};
use bellwether_domain::plan::{Admission, Judgement};
use bellwether_domain::{BackfillId, EndState, JobUid, Partition, RunDraft};

use super::MemoryStore;
use super::jobs::Stale;
use super::script::{Script, ended};
use crate::{
    AdvanceBackfill, Advanced, BackfillStore, BackfillView, EventKind, LeaseToken, StartBackfill,
    StoreError, Write, reason,
};

#[async_trait]
impl BackfillStore for MemoryStore {
    async fn start_backfill(&self, start: &StartBackfill) -> Result<Write, StoreError> {
        Ok(self.script(start.partition, |script| {
            script.once(start.reply.as_ref(), |script| script.start_backfill(start))
        }))
    }

    async fn read_backfills(
        &self,
        partition: Partition,
        ids: &[BackfillId],
    ) -> Result<Vec<Option<BackfillView>>, StoreError> {
        Ok(self.read(partition, |state| {
            ids.iter().map(|id| state.backfills.get(id).cloned()).collect()
        }))
    }

    async fn list_backfills(
        &self,
        partition: Partition,
        uid: JobUid,
    ) -> Result<Vec<BackfillView>, StoreError> {
        let mut views = self.read(partition, |state| {
            let own = state.backfills.values().filter(|view| view.backfill.uid == uid);
            own.cloned().collect::<Vec<_>>()
        });
        views.sort_by_key(|view| (view.backfill.created, view.backfill.id));
        Ok(views)
    }

    async fn advance_backfill(
        &self,
        token: LeaseToken,
        advance: &AdvanceBackfill,
    ) -> Result<Advanced, StoreError> {
        Ok(self.script(token.partition, |script| script.advance_backfill(token, advance)))
    }

    async fn drop_backfill(&self, partition: Partition, id: BackfillId) -> Result<(), StoreError> {
        self.script(partition, |script| {
            script.state.backfills.remove(&id);
            script.state.backfills_due.retain(|(_, due)| *due != id);
        });
        Ok(())
    }
}

impl Script<'_> {
    fn start_backfill(&mut self, start: &StartBackfill) -> Result<(), Stale> {
        let backfill = &start.backfill;
        let job = self.state.incarnation(&backfill.job.to_string(), backfill.uid).ok_or(Stale)?;
        if job.job.status.etag != start.expected {
            return Err(Stale);
        }
        let view = BackfillView { backfill: backfill.clone(), progress: Progress::default() };
        self.state.backfills.insert(backfill.id, view);
        self.state.backfills_due.insert((self.now, backfill.id));
        Ok(())
    }

    fn advance_backfill(&mut self, token: LeaseToken, advance: &AdvanceBackfill) -> Advanced {
        if !self.leads(token) {
            return Advanced::Stale;
        }
        let backfill = &advance.backfill;
        let key = backfill.job.to_string();
        let job = self.state.incarnation(&key, backfill.uid);
        let known = self.state.backfills.get(&backfill.id);
        if job.is_none_or(|row| row.job.status.etag != advance.etag)
            || known.is_none_or(|view| view.progress.cursor != advance.expected.cursor)
        {
            return Advanced::Changed;
        }
        let held_back = self.state.pauses.hold(&backfill.job.namespace);
        let mut progress = advance.expected;
        let mut taken = 0;
        for draft in advance.fires.iter().filter(|_| !held_back) {
            if !self.take_backfilled(draft, advance, &mut progress) {
                break;
            }
            taken += 1;
        }
        let all = taken == advance.fires.len() && !held_back;
        progress.waits = if all || taken > 0 { 0 } else { progress.waits.saturating_add(1) };
        progress.ended = Some(self.now).filter(|_| all && advance.last);
        let due = match (progress.ended, all) {
            (Some(ended), _) => ended.saturating_add(KEPT),
            (None, true) => advance.next,
            (None, false) => advance.again,
        };
        let id = backfill.id;
        self.state.backfills.insert(id, BackfillView { backfill: backfill.clone(), progress });
        self.state.backfills_due.retain(|(_, known)| *known != id);
        self.state.backfills_due.insert((due, id));
        Advanced::Taken(taken)
    }

    /// Whether the fire time was taken, as a run or as a record.
    fn take_backfilled(
        &mut self,
        draft: &RunDraft,
        advance: &AdvanceBackfill,
        progress: &mut Progress,
    ) -> bool {
        let places = advance.max_instances;
        let admission =
            Admission { max_instances: places, places, continues: false, replaces: None };
        let epoch = self.epoch();
        if self.judge(draft.uid, admission, &advance.ready) == Judgement::Admit {
            self.give_place(draft, epoch);
            self.ready_front(draft.uid, places, &advance.ready, None);
            progress.runs += 1;
        } else if advance.queues() {
            return false;
        } else {
            let run = self.record(draft, reason::NO_PLACE, epoch);
            let run = ended(run, EndState::Skipped, self.now);
            self.note_run(EventKind::RunSkipped, &run);
            self.keep_in_history(run, advance.keep);
            progress.skipped += 1;
        }
        progress.cursor = Some(draft.fire_time);
        true
    }
}
