//! Backfills.

use async_trait::async_trait;
use bellwether_domain::{BackfillId, JobUid, Partition};
use bellwether_store::{
    AdvanceBackfill, Advanced, BackfillStore, BackfillView, LeaseToken, StartBackfill, StoreError,
    Write,
};
use uuid::Uuid;

use crate::RedisStore;
use crate::codec::{backfill, ready};
use crate::error::Effect;
use crate::script;

#[async_trait]
impl BackfillStore for RedisStore {
    async fn start_backfill(&self, start: &StartBackfill) -> Result<Write, StoreError> {
        script::backfill::start(self.scripts(), &self.place(start.partition), start).await
    }

    async fn read_backfills(
        &self,
        partition: Partition,
        ids: &[BackfillId],
    ) -> Result<Vec<Option<BackfillView>>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("HMGET");
        command.arg(self.place(partition).keys.backfills());
        for id in ids {
            command.arg(id.0.as_bytes());
        }
        let values: Vec<Option<Vec<u8>>> =
            self.scripts().send("read_backfills", &command, Effect::Reads).await?;
        let view = |(id, value): (&BackfillId, Option<Vec<u8>>)| {
            value.map(|value| backfill::decode(*id, &value)).transpose()
        };
        ids.iter().zip(values).map(view).collect()
    }

    async fn list_backfills(
        &self,
        partition: Partition,
        uid: JobUid,
    ) -> Result<Vec<BackfillView>, StoreError> {
        let mut command = redis::cmd("HGETALL");
        command.arg(self.place(partition).keys.backfills());
        let rows: Vec<(Vec<u8>, Vec<u8>)> =
            self.scripts().send("list_backfills", &command, Effect::Reads).await?;
        let mut views = Vec::with_capacity(rows.len());
        for (id, value) in rows {
            let id = Uuid::from_slice(&id).map_err(|error| StoreError::Corrupt {
                what: "name of a backfill".to_owned(),
                why: error.to_string(),
            })?;
            let view = backfill::decode(BackfillId(id), &value)?;
            if view.backfill.uid == uid {
                views.push(view);
            }
        }
        views.sort_by_key(|view| (view.backfill.created, view.backfill.id));
        Ok(views)
    }

    async fn advance_backfill(
        &self,
        token: LeaseToken,
        advance: &AdvanceBackfill,
    ) -> Result<Advanced, StoreError> {
        let place = self.place(token.partition);
        script::backfill::advance(self.scripts(), &place, token, advance).await
    }

    async fn drop_backfill(&self, partition: Partition, id: BackfillId) -> Result<(), StoreError> {
        let keys = self.place(partition).keys;
        // Its entry of `delayed` last: while that is there, its leader comes back to it.
        let mut command = redis::cmd("HDEL");
        command.arg(keys.backfills()).arg(id.0.as_bytes());
        self.scripts().send::<()>("drop_backfill", &command, Effect::Writes).await?;
        let mut command = redis::cmd("ZREM");
        command.arg(keys.delayed()).arg(ready::backfill_member(id));
        self.scripts().send("drop_backfill", &command, Effect::Writes).await
    }
}
