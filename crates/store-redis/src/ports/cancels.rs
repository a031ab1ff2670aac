//! Runs that are ended by request.

use async_trait::async_trait;
use bellwether_domain::{Partition, RunId};
use bellwether_store::{
    CancelAsked, CancelOutcome, CancelRun, CancelStore, Finish, FinishReply, LeaseToken, StoreError,
};

use crate::RedisStore;
use crate::codec::cancel;
use crate::script::cancel as scripts;

#[async_trait]
impl CancelStore for RedisStore {
    async fn cancel_run(&self, cancel: &CancelRun) -> Result<CancelOutcome, StoreError> {
        scripts::cancel(self.scripts(), &self.place(cancel.run.partition), cancel).await
    }

    async fn cancels(&self, partitions: &[Partition]) -> Result<Vec<CancelAsked>, StoreError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut commands = redis::pipe();
        for partition in partitions {
            commands.cmd("HGETALL").arg(self.place(*partition).keys.cancels());
        }
        let answers: Vec<Vec<(Vec<u8>, Vec<u8>)>> =
            self.scripts().read_all("cancels", &commands).await?;
        let mut asked = Vec::new();
        for (partition, rows) in partitions.iter().zip(&answers) {
            for (run, cancel) in rows {
                asked.extend(cancel::decode(*partition, run, cancel)?);
            }
        }
        Ok(asked)
    }

    async fn end_cancelled(
        &self,
        token: LeaseToken,
        finishes: &[Finish],
        runs: &[RunId],
    ) -> Result<Option<Vec<FinishReply>>, StoreError> {
        let place = self.place(token.partition);
        scripts::end_cancelled(self.scripts(), &place, token, finishes, runs).await
    }
}
