//! Workers: their sessions, the lists that wait for them, and more time for their attempts.

use async_trait::async_trait;
use bellwether_domain::{BootId, Partition, SessionId};

use super::MemoryStore;
use super::script::Script;
use super::state::PartitionState;
use crate::{
    Extend, Extended, Lane, OpenSession, ReadyKey, SessionBeat, SessionRecord, SessionsSeen,
    StoreError, StreamNumber, WorkerStore,
};

#[async_trait]
impl WorkerStore for MemoryStore {
    async fn open_session(&self, open: &OpenSession) -> Result<Option<StreamNumber>, StoreError> {
        let now = self.shared.clock.now();
        let sessions = &mut self.lock().sessions;
        let known = sessions.get(&open.session).filter(|known| known.namespace == open.namespace);
        let stream = StreamNumber(known.map_or(0, |known| known.stream.0) + 1);
        if open.resume && known.is_none() {
            return Ok(None);
        }
        let record = SessionRecord {
            session: open.session,
            host: open.host,
            stream,
            beat: 0,
            last_seen: now,
            worker: open.worker.clone(),
            namespace: open.namespace.clone(),
        };
        sessions.insert(open.session, record);
        Ok(Some(stream))
    }

    async fn beat_sessions(
        &self,
        host: BootId,
        beats: &[SessionBeat],
    ) -> Result<SessionsSeen, StoreError> {
        let now = self.shared.clock.now();
        let sessions = &mut self.lock().sessions;
        let mut lost = Vec::new();
        for SessionBeat { session, stream, beat } in beats {
            match sessions.get_mut(session) {
                Some(record) if record.host == host && record.stream == *stream => {
                    (record.beat, record.last_seen) = (*beat, now);
                }
                _ => lost.push(*session),
            }
        }
        Ok(SessionsSeen { lost, sessions: sessions.values().cloned().collect() })
    }

    async fn close_session(
        &self,
        session: SessionId,
        stream: StreamNumber,
    ) -> Result<(), StoreError> {
        let sessions = &mut self.lock().sessions;
        if sessions.get(&session).is_some_and(|record| record.stream == stream) {
            sessions.remove(&session);
        }
        Ok(())
    }

    async fn queues(&self, partitions: &[Partition]) -> Result<Vec<Vec<ReadyKey>>, StoreError> {
        let queues = |partition: &Partition| self.read(*partition, PartitionState::queues);
        Ok(partitions.iter().map(queues).collect())
    }

    async fn extend(
        &self,
        partition: Partition,
        extensions: &[Extend],
    ) -> Result<Vec<Option<Extended>>, StoreError> {
        Ok(self.script(partition, |script| {
            extensions.iter().map(|extend| script.extend(extend)).collect()
        }))
    }
}

impl PartitionState {
    /// The workers' lists that are not empty.
    fn queues(&self) -> Vec<ReadyKey> {
        let waiting = self.ready.iter().filter(|(_, list)| !list.is_empty());
        let queues = waiting.filter(|(key, _)| key.lane != Lane::Node);
        queues.map(|(key, _)| key.clone()).collect()
    }
}

impl Script<'_> {
    fn extend(&mut self, extend: &Extend) -> Option<Extended> {
        let now = self.now;
        let attempt = self.state.attempts.get_mut(&extend.run)?;
        if attempt.attempt != extend.attempt || attempt.owner != extend.owner {
            return None;
        }
        attempt.deadline = attempt.deadline.max(now.saturating_add(extend.by));
        Some(Extended { now, deadline: attempt.deadline })
    }
}
