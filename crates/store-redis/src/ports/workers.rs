//! Workers: their sessions, the lists that wait for them, and more time for their attempts.

use async_trait::async_trait;
use bellwether_domain::{BootId, Partition, SessionId};
use bellwether_store::{
    Extend, Extended, OpenSession, ReadyKey, SessionBeat, SessionsSeen, StoreError, StreamNumber,
    WorkerStore,
};

use crate::RedisStore;
use crate::codec::session;
use crate::script::{extend, session as scripts};

#[async_trait]
impl WorkerStore for RedisStore {
    async fn open_session(&self, open: &OpenSession) -> Result<Option<StreamNumber>, StoreError> {
        scripts::open(self.session(), self.keys(), open).await
    }

    async fn beat_sessions(
        &self,
        host: BootId,
        beats: &[SessionBeat],
    ) -> Result<SessionsSeen, StoreError> {
        let (lost, rows) = scripts::beat(self.session(), self.keys(), host, beats).await?;
        let lost = lost.iter().map(|id| session::decode_id(id)).collect::<Result<_, _>>()?;
        let (pairs, _) = rows.as_chunks();
        let decode = |[id, record]: &[Vec<u8>; 2]| session::decode(id, record);
        let mut sessions = pairs.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        sessions.sort_by_key(|record| record.session);
        Ok(SessionsSeen { lost, sessions })
    }

    async fn close_session(
        &self,
        session: SessionId,
        stream: StreamNumber,
    ) -> Result<(), StoreError> {
        scripts::close(self.session(), self.keys(), session, stream).await
    }

    async fn queues(&self, partitions: &[Partition]) -> Result<Vec<Vec<ReadyKey>>, StoreError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut commands = redis::pipe();
        for partition in partitions {
            commands.cmd("SMEMBERS").arg(self.place(*partition).keys.queues());
        }
        let names: Vec<Vec<String>> = self.scripts().read_all("queues", &commands).await?;
        let lists = |(partition, names): (&Partition, Vec<String>)| {
            let keys = self.place(*partition).keys;
            // What is no list of this version waits for one that knows it.
            names.iter().filter_map(|name| keys.queue(name)).collect()
        };
        Ok(partitions.iter().zip(names).map(lists).collect())
    }

    async fn extend(
        &self,
        partition: Partition,
        extensions: &[Extend],
    ) -> Result<Vec<Option<Extended>>, StoreError> {
        extend::extend(self.scripts(), &self.place(partition), extensions).await
    }
}
