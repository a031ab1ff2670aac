//! Takes the backfills whose time has come a step further.

use std::sync::Arc;

use bellwether_domain::backfill::{self, Backfill, Step};
use bellwether_domain::{BackfillId, Covers, RunCause, RunDraft, RunId, Timestamp};
use bellwether_store::{AdvanceBackfill, Advanced, BackfillView, LeaseToken, StoreError};

use super::{PartitionLoop, REFUSED_PAUSE};
use crate::definitions::CompiledJob;
use crate::internal_event::LeaderEnded;

impl PartitionLoop {
    /// Takes a step for each of `ids`, as the leader, at the store's time `now`.
    pub(super) async fn advance_backfills(
        &mut self,
        token: LeaseToken,
        ids: &[BackfillId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let views = self.store.read_backfills(token.partition, ids).await?;
        for (id, view) in ids.iter().zip(views) {
            match view.filter(|view| view.progress.ended.is_none()) {
                Some(view) => self.advance_backfill(token, view, now).await?,
                // It ended long enough ago.
                None => self.store.drop_backfill(token.partition, *id).await?,
            }
        }
        Ok(())
    }

    async fn advance_backfill(
        &mut self,
        token: LeaseToken,
        view: BackfillView,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(job) = self.job_of(&view.backfill) else {
            return self.look_up_job_of(&view.backfill, now).await;
        };
        let step = backfill::step(now, &view.backfill, &view.progress, &job.trigger);
        let advance = advance_of(token, view, &job, step, now);
        match self.store.advance_backfill(token, &advance).await? {
            Advanced::Taken(taken) => {
                let all = taken == advance.fires.len();
                self.look_by(if all { advance.next } else { advance.again });
                self.local.set_ready(self.local.ready().saturating_add(taken as u64));
            }
            Advanced::Changed => self.look_up_job_of(&advance.backfill, now).await?,
            Advanced::Stale => {
                if self.local.end_term(token) {
                    LeaderEnded { token, why: "a backfill was refused: stale epoch" }.emit();
                }
            }
        }
        Ok(())
    }

    /// The job as it was read last.
    fn job_of(&self, backfill: &Backfill) -> Option<Arc<CompiledJob>> {
        self.definitions.latest(&backfill.job).filter(|job| job.definition.uid == backfill.uid)
    }

    /// Reads the job anew for the next look. With the job's incarnation its backfills end.
    async fn look_up_job_of(
        &mut self,
        backfill: &Backfill,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let partition = self.local.partition;
        let keys = std::slice::from_ref(&backfill.job);
        let job = self.store.read_jobs(partition, keys).await?.into_iter().flatten().next();
        if job.is_none_or(|job| job.definition.uid != backfill.uid) {
            return self.store.drop_backfill(partition, backfill.id).await;
        }
        self.look_by(now.saturating_add(REFUSED_PAUSE));
        self.definitions.read(self.store.as_ref(), partition, keys).await
    }
}

fn advance_of(
    token: LeaseToken,
    view: BackfillView,
    job: &CompiledJob,
    step: Step,
    now: Timestamp,
) -> AdvanceBackfill {
    let BackfillView { backfill, progress } = view;
    let draft = |fire_time: &Timestamp| RunDraft {
        id: RunId::backfilled(token.partition, backfill.uid, backfill.id, *fire_time),
        job: backfill.job.clone(),
        uid: backfill.uid,
        fire_time: *fire_time,
        cause: RunCause::Backfill,
        covers: Covers::only(*fire_time),
        start_after: now,
        timeout: job.policy.timeout,
        payload: None,
    };
    AdvanceBackfill {
        fires: step.fires.iter().map(draft).collect(),
        expected: progress,
        etag: job.etag,
        last: step.last,
        next: step.next,
        again: step.again,
        max_instances: job.policy.max_instances,
        ready: job.ready.clone(),
        keep: job.keep,
        backfill,
    }
}
