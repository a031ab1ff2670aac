//! Jobs, as clients write and read them.

use async_trait::async_trait;
use bellwether_domain::{Job, JobKey, Namespace, Partition, RequestId};
use bellwether_store::{
    ChangeJob, DeleteJob, InsertJob, JobCounts, JobStore, JobView, StoreError, Write,
};

use crate::RedisStore;
use crate::error::Effect;
use crate::script::{Place, change, count_jobs, delete, insert, read};

#[async_trait]
impl JobStore for RedisStore {
    async fn read_job(
        &self,
        key: &JobKey,
        request: Option<RequestId>,
    ) -> Result<JobView, StoreError> {
        let place = self.place_of(key)?;
        let read = read::jobs(self.scripts(), &place, std::slice::from_ref(key), request).await?;
        let job = read.jobs.into_iter().next().flatten();
        Ok(JobView { now: read.now, reply: read.reply, job })
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
        let place = self.place(partition);
        let mut after = after.map(JobKey::to_string);
        let mut jobs = Vec::new();
        // A job that is deleted between its name and its definition leaves a gap, which the next
        // round fills: a list that is short is at its end.
        while jobs.len() < limit {
            let wanted = limit - jobs.len();
            let names = self.names(&place, namespace, after.as_deref(), wanted).await?;
            let found = read::many_jobs(self.scripts(), &place, &names).await?;
            jobs.extend(found.into_iter().flatten());
            if names.len() < wanted {
                break;
            }
            after = names.last().map(JobKey::to_string);
        }
        Ok(jobs)
    }

    async fn count_jobs(
        &self,
        partition: Partition,
        after: Option<&JobKey>,
        limit: usize,
    ) -> Result<JobCounts, StoreError> {
        count_jobs::count_jobs(self.scripts(), &self.place(partition), after, limit).await
    }

    async fn namespace_size(
        &self,
        partitions: &[Partition],
        namespace: &Namespace,
    ) -> Result<u64, StoreError> {
        let (first, last) = bounds(Some(namespace), None);
        let mut commands = redis::pipe();
        for partition in partitions {
            let names = self.place(*partition).keys.names();
            commands.cmd("ZLEXCOUNT").arg(names).arg(&first).arg(&last);
        }
        let counts: Vec<u64> = self.scripts().read_all("namespace_size", &commands).await?;
        Ok(counts.into_iter().sum())
    }

    async fn read_jobs(
        &self,
        partition: Partition,
        names: &[JobKey],
    ) -> Result<Vec<Option<Job>>, StoreError> {
        read::many_jobs(self.scripts(), &self.place(partition), names).await
    }
}

impl RedisStore {
    /// Up to `limit` names of jobs behind `after`, in their order.
    async fn names(
        &self,
        place: &Place,
        namespace: Option<&Namespace>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<JobKey>, StoreError> {
        let (first, last) = bounds(namespace, after);
        let mut command = redis::cmd("ZRANGEBYLEX");
        command.arg(place.keys.names()).arg(first).arg(last).arg("LIMIT").arg(0).arg(limit);
        let names: Vec<String> = self.scripts().send("list_jobs", &command, Effect::Reads).await?;
        names.into_iter().map(read_name).collect()
    }
}

fn read_name(name: String) -> Result<JobKey, StoreError> {
    name.parse().map_err(|error| StoreError::Corrupt {
        what: "name of a job".to_owned(),
        why: format!("{name:?}: {error}"),
    })
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
