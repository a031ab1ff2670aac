//! Writes to a job: read, decide, write, and all over again where the store changed in between.
//!
//! The store takes a write only while what it was decided from still holds, so two clients, or a
//! client and a claim, cannot overwrite each other unseen. Nobody is locked out while somebody
//! thinks, and at least one of those who collide gets through.

use std::time::Duration;

use bellwether_domain::{Job, JobKey};
use bellwether_proto::convert::timestamp_to_proto;
use bellwether_proto::v1;
use bellwether_store::{
    ChangeJob, DeleteJob, InsertJob, Reply, StartBackfill, Store, StoreError, Write,
};
use prost::Message;

use crate::api::Api;
use crate::decide::Moment;
use crate::error::ApiError;
use crate::quota;
use crate::request::NamedRequest;

/// How often a write is tried.
const ATTEMPTS: u32 = 24;

/// From this attempt on the job's point may be past when it is written. A trigger that fires every
/// few milliseconds would otherwise never be stored: its next fire time has always come by then.
const HURRIED_FROM: u32 = 4;

/// From this attempt on a random wait lets others finish, drawn from a span that doubles each time.
const WAIT_FROM: u32 = 2;

/// The longest wait between two attempts: enough for a hundred others to write in between.
const MAX_WAIT: Duration = Duration::from_millis(256);

/// What is to become of a job, and what the client is told.
pub(crate) struct Decision<R> {
    write: Option<JobWrite>,
    reply: R,
}

impl<R> Decision<R> {
    /// Nothing changes.
    pub(crate) fn nothing(reply: R) -> Self {
        Self { write: None, reply }
    }

    /// What the client would be told.
    pub(crate) fn into_written(self) -> Written<R> {
        Written { changed: self.write.is_some(), reply: self.reply }
    }

    /// `write` is carried out, and then `reply` is true.
    pub(crate) fn write(write: impl Into<JobWrite>, reply: R) -> Self {
        Self { write: Some(write.into()), reply }
    }
}

/// A write to a job.
pub(crate) enum JobWrite {
    Insert(Box<InsertJob>),
    Change(Box<ChangeJob>),
    Delete(DeleteJob),
    Backfill(Box<StartBackfill>),
}

impl From<InsertJob> for JobWrite {
    fn from(insert: InsertJob) -> Self {
        Self::Insert(Box::new(insert))
    }
}

impl From<ChangeJob> for JobWrite {
    fn from(change: ChangeJob) -> Self {
        Self::Change(Box::new(change))
    }
}

impl From<DeleteJob> for JobWrite {
    fn from(delete: DeleteJob) -> Self {
        Self::Delete(delete)
    }
}

impl From<StartBackfill> for JobWrite {
    fn from(start: StartBackfill) -> Self {
        Self::Backfill(Box::new(start))
    }
}

impl JobWrite {
    async fn send(self, store: &dyn Store, kept: Option<Reply>) -> Result<Write, StoreError> {
        match self {
            Self::Insert(insert) => store.insert_job(&InsertJob { reply: kept, ..*insert }).await,
            Self::Change(change) => store.change_job(&ChangeJob { reply: kept, ..*change }).await,
            Self::Delete(delete) => store.delete_job(&DeleteJob { reply: kept, ..delete }).await,
            Self::Backfill(start) => {
                store.start_backfill(&StartBackfill { reply: kept, ..*start }).await
            }
        }
    }
}

/// A reply to a write.
pub(crate) trait WriteReply: Message + Default {
    /// The job that it shows.
    fn job(&mut self) -> Option<&mut v1::Job>;
}

macro_rules! shows_a_job {
    ($($reply:ident),+) => {
        $(impl WriteReply for v1::$reply {
            fn job(&mut self) -> Option<&mut v1::Job> {
                self.job.as_mut()
            }
        })+
    };
}

shows_a_job!(CreateJobResponse, UpdateJobResponse, PauseJobResponse, ResumeJobResponse);

macro_rules! shows_no_job {
    ($($reply:ident),+) => {
        $(impl WriteReply for v1::$reply {
            fn job(&mut self) -> Option<&mut v1::Job> {
                None
            }
        })+
    };
}

shows_no_job!(BackfillJobResponse, DeleteJobResponse);

/// What a client is told, and whether it is told of a write.
#[derive(Debug)]
pub(crate) struct Written<R> {
    pub(crate) reply: R,
    /// Whether anything was written, now or when the request was first made.
    pub(crate) changed: bool,
}

/// Writes what `decide` makes of the job named `key`, once. A repeat of `request` gets the reply
/// of its first time.
pub(crate) async fn write_job<R: WriteReply>(
    api: &Api,
    key: &JobKey,
    request: Option<NamedRequest>,
    decide: impl Fn(&Moment<'_>, Option<&Job>) -> Result<Decision<R>, ApiError>,
) -> Result<R, ApiError> {
    write_telling(api, key, request, decide).await.map(|written| written.reply)
}

/// The same, telling whether anything was written.
pub(crate) async fn write_telling<R: WriteReply>(
    api: &Api,
    key: &JobKey,
    request: Option<NamedRequest>,
    decide: impl Fn(&Moment<'_>, Option<&Job>) -> Result<Decision<R>, ApiError>,
) -> Result<Written<R>, ApiError> {
    let written = |reply| Ok(Written { reply, changed: true });
    for attempt in 0..ATTEMPTS {
        wait_before(attempt).await;
        let view = api.store.read_job(key, request.map(|request| request.id)).await?;
        if let (Some(body), Some(request)) = (view.reply, request) {
            return written(as_stored(request.reply(&body)?, view.job.as_ref()));
        }
        let moment = Moment { hurried: attempt >= HURRIED_FROM, ..api.moment(view.now) };
        let Decision { write, reply } = decide(&moment, view.job.as_ref())?;
        let Some(write) = write else { return Ok(Written { reply, changed: false }) };
        // Held until the job is stored, so that who counts next counts it.
        let _permit = match &write {
            JobWrite::Insert(_) => quota::permit(api, &key.namespace).await?,
            JobWrite::Change(_) | JobWrite::Delete(_) | JobWrite::Backfill(_) => None,
        };
        let kept = request.map(|request| request.keep(&reply));
        match (write.send(&*api.store, kept).await?, request) {
            (Write::Done, _) => return written(settle(api, key, reply).await),
            (Write::Repeated(body), Some(request)) => {
                return written(settle(api, key, request.reply(&body)?).await);
            }
            (Write::Repeated(_), None) | (Write::Changed, _) => {}
        }
    }
    Err(ApiError::Contended(key.clone()))
}

async fn wait_before(attempt: u32) {
    let Some(round) = attempt.checked_sub(WAIT_FROM) else { return };
    let most = MAX_WAIT.min(Duration::from_millis(1) * 2_u32.saturating_pow(round));
    tokio::time::sleep(most.mul_f64(rand::random())).await;
}

/// Puts into `reply` what only the write itself settled: the store's time of it. It is stored by
/// now, so a store that fails to answer this read changes nothing about the reply's being true.
async fn settle<R: WriteReply>(api: &Api, key: &JobKey, mut reply: R) -> R {
    if reply.job().is_none() {
        return reply;
    }
    match api.store.read_job(key, None).await {
        Ok(view) => as_stored(reply, view.job.as_ref()),
        Err(_) => reply,
    }
}

/// `reply` with the update time of `stored`, as long as that is the version which it shows.
fn as_stored<R: WriteReply>(mut reply: R, stored: Option<&Job>) -> R {
    if let (Some(shown), Some(stored)) = (reply.job(), stored)
        && shown.etag == stored.status.etag.to_string()
    {
        shown.update_time = Some(timestamp_to_proto(stored.status.updated));
    }
    reply
}
