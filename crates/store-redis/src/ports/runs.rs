//! Runs, as clients ask for them and read them.

use async_trait::async_trait;
use bellwether_domain::{JobUid, Partition, Run, RunId, Timestamp};
use bellwether_store::{AdmitRun, Admitted, RunRequest, RunStore, StoreError};

use crate::RedisStore;
use crate::script::{admit_run, find_runs, read, runs};

#[async_trait]
impl RunStore for RedisStore {
    async fn admit_run(&self, admit: &AdmitRun) -> Result<Admitted, StoreError> {
        let place = self.place(admit.draft.id.partition);
        admit_run::admit_run(self.scripts(), &place, admit).await
    }

    async fn requested_run(
        &self,
        partition: Partition,
        request: RunRequest,
    ) -> Result<Option<Admitted>, StoreError> {
        admit_run::requested(self.scripts(), &self.place(partition), request).await
    }

    async fn read_run(&self, uid: JobUid, id: RunId) -> Result<Option<Run>, StoreError> {
        let found = self.find_runs(id.partition, &[(uid, id)]).await?;
        Ok(found.into_iter().flatten().find(|run| run.draft.uid == uid))
    }

    async fn find_runs(
        &self,
        partition: Partition,
        runs: &[(JobUid, RunId)],
    ) -> Result<Vec<Option<Run>>, StoreError> {
        find_runs::find(self.scripts(), &self.place(partition), runs).await
    }

    async fn failed_since(
        &self,
        partition: Partition,
        uids: &[JobUid],
        since: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        find_runs::failed_since(self.scripts(), &self.place(partition), uids, since).await
    }

    async fn read_live_runs(
        &self,
        partition: Partition,
        ids: &[RunId],
    ) -> Result<Vec<Option<Run>>, StoreError> {
        read::runs(self.scripts(), &self.place(partition), ids).await
    }

    async fn list_runs(&self, partition: Partition, uid: JobUid) -> Result<Vec<Run>, StoreError> {
        runs::runs(self.scripts(), &self.place(partition), uid).await
    }
}
