//! Jobs, as clients write and read them.

use async_trait::async_trait;
use bellwether_domain::{Job, JobKey, Namespace, Partition, RequestId};
use bellwether_store::{ChangeJob, DeleteJob, InsertJob, JobStore, JobView, StoreError, Write};

use super::cluster::instant;
use crate::RedisStore;
use crate::codec::job;
use crate::error::Effect;
use crate::keys::PartitionKeys;
use crate::script::{change, delete, insert};

/// What a hash holds in some of its fields.
type Values = Vec<Option<Vec<u8>>>;

#[async_trait]
impl JobStore for RedisStore {
    async fn read_job(
        &self,
        key: &JobKey,
        request: Option<RequestId>,
    ) -> Result<JobView, StoreError> {
        let keys = self.place_of(key)?.keys;
        let mut commands = redis::pipe();
        commands.atomic().cmd("TIME");
        commands.cmd("HGET").arg(keys.jobs()).arg(key.to_string());
        commands.cmd("HGET").arg(keys.definitions()).arg(key.to_string());
        if let Some(request) = request {
            commands.cmd("GET").arg(keys.request(request));
        }
        let mut answers: Vec<redis::Value> = self.scripts().read_all(&commands).await?;
        let reply = if request.is_some() { answers.pop() } else { None };
        let mut answers = answers.into_iter();
        let mut next = || answers.next().unwrap_or(redis::Value::Nil);
        let now = instant(redis::from_redis_value(next()).map_err(unreadable)?);
        let value: Option<Vec<u8>> = redis::from_redis_value(next()).map_err(unreadable)?;
        let definition: Option<Vec<u8>> = redis::from_redis_value(next()).map_err(unreadable)?;
        let reply: Option<Vec<u8>> =
            redis::from_redis_value(reply.unwrap_or(redis::Value::Nil)).map_err(unreadable)?;
        Ok(JobView { now, reply, job: decode(key, value, definition)? })
    }

    async fn insert_job(&self, insert: &InsertJob) -> Result<Write, StoreError> {
        let place = self.place_of(&insert.definition.key)?;
        insert::insert(self.scripts(), &place, insert).await
    }

    async fn change_job(&self, change: &ChangeJob) -> Result<Write, StoreError> {
        let place = self.place_of(&change.key)?;
        change::change(self.scripts(), &place, change).await
    }

    async fn delete_job(&self, delete: &DeleteJob) -> Result<Write, StoreError> {
        let place = self.place_of(&delete.key)?;
        delete::delete(self.scripts(), &place, delete).await
    }

    async fn list_jobs(
        &self,
        partition: Partition,
        namespace: Option<&Namespace>,
        after: Option<&JobKey>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        let keys = self.place(partition).keys;
        let mut after = after.map(JobKey::to_string);
        let mut jobs = Vec::new();
        // A job that is deleted between its name and its definition leaves a gap, which the next
        // round fills: a list that is short is at its end.
        while jobs.len() < limit {
            let wanted = limit - jobs.len();
            let names = self.names(&keys, namespace, after.as_deref(), wanted).await?;
            let found = self.read_named(&keys, &names).await?;
            jobs.extend(found.into_iter().flatten());
            if names.len() < wanted {
                break;
            }
            after = names.last().map(JobKey::to_string);
        }
        Ok(jobs)
    }

    async fn read_jobs(
        &self,
        partition: Partition,
        names: &[JobKey],
    ) -> Result<Vec<Option<Job>>, StoreError> {
        self.read_named(&self.place(partition).keys, names).await
    }
}

impl RedisStore {
    /// Up to `limit` names of jobs behind `after`, in their order.
    async fn names(
        &self,
        keys: &PartitionKeys,
        namespace: Option<&Namespace>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<JobKey>, StoreError> {
        let (first, last) = bounds(namespace, after);
        let mut command = redis::cmd("ZRANGEBYLEX");
        command.arg(keys.names()).arg(first).arg(last).arg("LIMIT").arg(0).arg(limit);
        let names: Vec<String> = self.scripts().send(&command, Effect::Reads).await?;
        let key =
            |name: String| name.parse().map_err(|error| unreadable(format!("{name}: {error}")));
        names.into_iter().map(key).collect()
    }

    /// The jobs of these names, all of one instant.
    async fn read_named(
        &self,
        keys: &PartitionKeys,
        names: &[JobKey],
    ) -> Result<Vec<Option<Job>>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut commands = redis::pipe();
        commands.atomic();
        for key in [keys.jobs(), keys.definitions()] {
            let command = commands.cmd("HMGET").arg(key);
            for name in names {
                command.arg(name.to_string());
            }
        }
        let (values, definitions): (Values, Values) = self.scripts().read_all(&commands).await?;
        let rows = names.iter().zip(values).zip(definitions);
        rows.map(|((name, value), definition)| decode(name, value, definition)).collect()
    }
}

fn decode(
    key: &JobKey,
    value: Option<Vec<u8>>,
    definition: Option<Vec<u8>>,
) -> Result<Option<Job>, StoreError> {
    match (value, definition) {
        (Some(value), Some(definition)) => job::decode(key, &value, &definition).map(Some),
        (None, None) => Ok(None),
        _ => Err(unreadable(format!("{key} has only one of its two halves"))),
    }
}

/// From where to where a list goes, as ZRANGEBYLEX writes it. All names of a namespace begin with
/// it and `/`; `0` is the character behind `/`.
fn bounds(namespace: Option<&Namespace>, after: Option<&str>) -> (String, String) {
    let (first, last) = match namespace {
        Some(namespace) => (format!("({namespace}/"), format!("({namespace}0")),
        None => ("-".to_owned(), "+".to_owned()),
    };
    match after.map(|after| format!("({after}")) {
        Some(after) if namespace.is_none() || after > first => (after, last),
        _ => (first, last),
    }
}

fn unreadable(why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what: "job".to_owned(), why: why.to_string() }
}
