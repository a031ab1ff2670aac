//! Runs, as clients ask for them and read them.

use async_trait::async_trait;
use bellwether_domain::{JobUid, Partition, Run, RunId};
use bellwether_store::{AdmitRun, Admitted, RunRequest, RunStore, StoreError};

use crate::RedisStore;
use crate::codec::run;
use crate::keys::Outcome;
use crate::script::{admit_run, read, runs};

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
        let live = self.read_live_runs(id.partition, &[id]).await?;
        if let Some(run) = live.into_iter().flatten().find(|run| run.draft.uid == uid) {
            return Ok(Some(run));
        }
        // Runs move from the unfinished ones to the history and never back, so one that ended
        // between these two reads is found by the second.
        let keys = self.place(id.partition).keys;
        let mut commands = redis::pipe();
        for outcome in [Outcome::Succeeded, Outcome::Other] {
            commands.cmd("LRANGE").arg(keys.history(uid, outcome)).arg(0).arg(-1);
        }
        let histories: Vec<Vec<Vec<u8>>> =
            self.scripts().read_all("run_history", &commands).await?;
        for entries in histories {
            let kept = run::decode_history(id.partition, &entries)?;
            if let Some(run) = kept.into_iter().find(|run| run.draft.id == id) {
                return Ok(Some(run));
            }
        }
        Ok(None)
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
