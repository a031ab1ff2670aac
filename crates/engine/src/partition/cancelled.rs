//! What holders were asked to cancel and did not, ended by the leader in their place.

use bellwether_domain::{AttemptReport, EndState, NextStep, Run, RunId, RunState};
use bellwether_store::{
    AttemptRecord, CancelAsked, Finish, FinishReply, Keep, Lane, LeaseToken, ReadyKey, StoreError,
};

use super::PartitionLoop;
use crate::internal_event::{CancelEnforced, LeaderEnded};

impl PartitionLoop {
    /// Sees to the cancelling of `runs`, for whose attempts the grace has passed. Most of them have
    /// ended by themselves long since.
    pub(super) async fn end_cancelled(
        &self,
        token: LeaseToken,
        runs: &[RunId],
    ) -> Result<(), StoreError> {
        let live = self.store.read_live_runs(token.partition, runs).await?;
        let is_running = |run: &Run| run.state == RunState::RUNNING;
        let running: Vec<Run> = live.into_iter().flatten().filter(is_running).collect();
        let finishes = match running.is_empty() {
            true => Vec::new(),
            false => self.ends(token, &running).await?,
        };
        let Some(replies) = self.store.end_cancelled(token, &finishes, runs).await? else {
            if self.local.end_term(token) {
                LeaderEnded { token, why: "a cancelling was refused: stale epoch" }.emit();
            }
            return Ok(());
        };
        for (finish, _) in
            finishes.iter().zip(replies).filter(|(_, reply)| *reply == FinishReply::Recorded)
        {
            let job = self.definitions.latest(&finish.job);
            CancelEnforced { finish, job: job.as_deref() }.emit();
        }
        Ok(())
    }

    /// The ends of the attempts of `running`, as whoever asked for them wants them recorded.
    async fn ends(&self, token: LeaseToken, running: &[Run]) -> Result<Vec<Finish>, StoreError> {
        let attempts = self.store.attempts(token.partition).await?;
        let asked = self.store.cancels(&[token.partition]).await?;
        let keys: Vec<_> = running.iter().map(|run| run.draft.job.clone()).collect();
        self.definitions.read(self.store.as_ref(), token.partition, &keys).await?;
        let end = |run: &Run| {
            let attempt = attempts.iter().find(|attempt| attempt.run == run.draft.id)?;
            let asked = asked.iter().find(|asked| asked.run == run.draft.id)?;
            Some(self.end(run, attempt, asked))
        };
        Ok(running.iter().filter_map(end).collect())
    }

    fn end(&self, run: &Run, attempt: &AttemptRecord, asked: &CancelAsked) -> Finish {
        let job = self.definitions.latest(&run.draft.job);
        let policy =
            job.as_ref().map_or(self.definitions.fallback(&run.draft.job), |job| &job.policy);
        let fallback = ReadyKey { lane: Lane::Node, priority: policy.priority };
        let report = AttemptReport { trace_id: String::new(), ..asked.report.clone() };
        Finish {
            run: attempt.run,
            attempt: attempt.attempt,
            owner: attempt.owner,
            job: run.draft.job.clone(),
            uid: run.draft.uid,
            step: NextStep::End(EndState::Cancelled),
            report,
            max_instances: policy.max_instances,
            ready: job.as_ref().map_or(fallback, |job| job.ready.clone()),
            keep: job.as_ref().map_or(Keep::of(policy), |job| job.keep),
            failures: None,
        }
    }
}
