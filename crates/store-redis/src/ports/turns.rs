//! The hot path, and what recovers from its interruption.

use async_trait::async_trait;
use bellwether_domain::{BootId, Partition, Priority, Timestamp};
use bellwether_store::{
    AttemptRecord, DueCursor, Finish, FinishReply, Head, Lane, LeaseToken, Peek, ReadyKey, Seq,
    StoreError, Turn, TurnError, TurnReply, TurnStore,
};
use uuid::Uuid;

use crate::RedisStore;
use crate::codec::attempt;
use crate::error::Effect;
use crate::script::{attempts, peek, reap, register, turn};

#[async_trait]
impl TurnStore for RedisStore {
    async fn register(
        &self,
        partition: Partition,
        boot: BootId,
        floor: Seq,
    ) -> Result<(), StoreError> {
        register::register(self.scripts(), &self.place(partition), boot, floor).await
    }

    async fn peek(
        &self,
        partition: Partition,
        after: Option<&DueCursor>,
        limit: usize,
    ) -> Result<Peek, StoreError> {
        peek::peek(self.scripts(), &self.place(partition), after, limit).await
    }

    async fn heads(&self, partitions: &[Partition]) -> Result<Vec<Head>, StoreError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut commands = redis::pipe();
        for partition in partitions {
            let keys = self.place(*partition).keys;
            for key in [keys.due(), keys.delayed()] {
                commands.cmd("ZRANGE").arg(key).arg(0).arg(0).arg("WITHSCORES");
            }
            for priority in Priority::ALL {
                commands.cmd("LLEN").arg(keys.ready(&ReadyKey { lane: Lane::Node, priority }));
            }
        }
        let answers: Vec<redis::Value> = self.scripts().read_all("heads", &commands).await?;
        answers.chunks_exact(2 + Priority::ALL.len()).map(read_head).collect()
    }

    async fn turn(
        &self,
        partition: Partition,
        boot: BootId,
        seq: Seq,
        turn: &Turn,
    ) -> Result<TurnReply, TurnError> {
        turn::turn(self.scripts(), &self.place(partition), boot, seq, turn).await
    }

    async fn attempts(&self, partition: Partition) -> Result<Vec<AttemptRecord>, StoreError> {
        let (told, deadlines) = attempts::attempts(self.scripts(), &self.place(partition)).await?;
        attempt::decode_all(partition, &told, &deadlines)
    }

    async fn registered(&self, partition: Partition) -> Result<Vec<BootId>, StoreError> {
        let mut command = redis::cmd("HKEYS");
        command.arg(self.place(partition).keys.lanes());
        let fields: Vec<Vec<u8>> =
            self.scripts().send("registered", &command, Effect::Reads).await?;
        // The others are the answers to last turns.
        Ok(fields.iter().filter_map(|field| Uuid::from_slice(field).ok()).map(BootId).collect())
    }

    async fn reap(
        &self,
        token: LeaseToken,
        dead: Option<BootId>,
        finishes: &[Finish],
    ) -> Result<Option<Vec<FinishReply>>, StoreError> {
        let place = self.place(token.partition);
        reap::reap(self.scripts(), &place, token, dead, finishes).await
    }
}

/// The answers to the commands of one partition.
fn read_head(answers: &[redis::Value]) -> Result<Head, StoreError> {
    let [due, delayed, lengths @ ..] = answers else {
        return Err(unreadable("an answer is missing"));
    };
    let mut ready = 0;
    for length in lengths {
        ready += redis::from_redis_value_ref::<u64>(length).map_err(unreadable)?;
    }
    Ok(Head { due: read_score(due)?, delayed: read_score(delayed)?, ready })
}

/// The score of the first member, if there is one.
fn read_score(first: &redis::Value) -> Result<Option<Timestamp>, StoreError> {
    let first: Vec<(Vec<u8>, i64)> = redis::from_redis_value_ref(first).map_err(unreadable)?;
    Ok(first.first().map(|(_, score)| Timestamp::from_millis(*score)))
}

fn unreadable(why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what: "head of a partition".to_owned(), why: why.to_string() }
}
