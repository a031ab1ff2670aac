//! A client whose every call the oracle hears of.

use std::collections::HashMap;
use std::sync::Arc;

use bellwether_client::{Client, v1};
use bellwether_domain::{JobKey, RunId, Timestamp};
use parking_lot::Mutex;
use tonic::{Code, Status};

use crate::clock;
use crate::oracle::{Bracket, Oracle, key_of};
use crate::record::RunRecord;

/// How many runs a page asks for: as many as one may.
const PAGE: i32 = 1_000;

/// What all clients of a scenario know together.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// What should fire.
    pub oracle: Arc<Mutex<Oracle>>,
    /// Runs of jobs that were deleted, as they were seen last.
    pub seen: Arc<Mutex<HashMap<RunId, RunRecord>>>,
}

/// A client. Its calls ride out what their client's options allow; one whose outcome stays unknown
/// puts the job in doubt, one that is refused changes nothing.
#[derive(Clone, Debug)]
pub struct Operator {
    client: Client,
    knowledge: Knowledge,
}

impl Operator {
    /// One that speaks through `client`.
    #[must_use]
    pub fn new(client: Client, knowledge: Knowledge) -> Self {
        Self { client, knowledge }
    }

    /// The client, for calls that change no job.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Creates a job.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn create(&self, job: v1::Job) -> Result<v1::Job, Status> {
        self.put(job, v1::OnConflict::Fail).await
    }

    /// Creates a job or replaces the one of its name.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn apply(&self, job: v1::Job) -> Result<v1::Job, Status> {
        self.put(job, v1::OnConflict::Replace).await
    }

    async fn put(&self, job: v1::Job, on_conflict: v1::OnConflict) -> Result<v1::Job, Status> {
        let key = key_of(&job);
        let mut request = v1::CreateJobRequest { job: Some(job), ..<_>::default() };
        request.set_on_conflict(on_conflict);
        self.told(&key, async || Ok(self.client.create_job(request.clone()).await?.job)).await
    }

    /// Changes what `paths` name of a job.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn update(&self, job: v1::Job, paths: &[&str]) -> Result<v1::Job, Status> {
        let key = key_of(&job);
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(prost_types::FieldMask { paths });
        let request = v1::UpdateJobRequest { job: Some(job), update_mask, ..<_>::default() };
        self.told(&key, async || Ok(self.client.update_job(request.clone()).await?.job)).await
    }

    /// Pauses a job.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn pause(&self, key: &JobKey) -> Result<v1::Job, Status> {
        let (namespace, job_id) = names(key);
        let reason = "the scenario says so".to_owned();
        let request = v1::PauseJobRequest { namespace, job_id, reason, ..<_>::default() };
        self.told(key, async || Ok(self.client.pause_job(request.clone()).await?.job)).await
    }

    /// Lets a job fire again, what it would have fired meanwhile included or not.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn resume(&self, key: &JobKey, catch_up: bool) -> Result<v1::Job, Status> {
        let (namespace, job_id) = names(key);
        let request = v1::ResumeJobRequest { namespace, job_id, catch_up, ..<_>::default() };
        self.told(key, async || Ok(self.client.resume_job(request.clone()).await?.job)).await
    }

    /// Looks at a job.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn get(&self, key: &JobKey) -> Result<v1::Job, Status> {
        let (namespace, job_id) = names(key);
        let request = v1::GetJobRequest { namespace, job_id };
        self.told(key, async || Ok(self.client.get_job(request.clone()).await?.job)).await
    }

    /// Cancels a run.
    ///
    /// # Errors
    /// The status of the answer.
    ///
    /// # Panics
    /// When the answer has no run.
    pub async fn cancel(&self, run: &RunRecord, reason: &str) -> Result<RunRecord, Status> {
        let (namespace, job_id) = names(&run.job);
        let (run_id, reason) = (run.id.to_string(), reason.to_owned());
        let request = v1::CancelRunRequest { namespace, job_id, run_id, reason, ..<_>::default() };
        let run = self.client.cancel_run(request).await?.run.expect("the answer has the run");
        Ok(RunRecord::read(&run))
    }

    /// Makes a run now.
    ///
    /// # Errors
    /// The status of the answer.
    ///
    /// # Panics
    /// When the answer has no run.
    pub async fn run_now(&self, key: &JobKey) -> Result<RunRecord, Status> {
        let (namespace, job_id) = names(key);
        let request = v1::RunJobRequest { namespace, job_id, ..<_>::default() };
        let run = self.client.run_job(request).await?.run.expect("the answer has the run");
        let run = RunRecord::read(&run);
        self.knowledge.oracle.lock().asked_for.push(run.id);
        Ok(run)
    }

    /// Removes a job, having looked at its runs, of which nothing is left afterwards.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn delete(&self, key: &JobKey) -> Result<(), Status> {
        let runs = self.runs(key).await?;
        let scheduled = runs.iter().filter(|run| run.is_scheduled());
        let recorded = scheduled.map(|run| run.covers.last).max();
        self.knowledge.seen.lock().extend(runs.into_iter().map(|run| (run.id, run)));
        let (namespace, job_id) = names(key);
        let request = v1::DeleteJobRequest { namespace, job_id, ..<_>::default() };
        let sent = clock::now();
        let answer = self.client.delete_job(request).await;
        let answered = clock::now();
        let mut oracle = self.knowledge.oracle.lock();
        match answer {
            Ok(_) => oracle.deleted(key, Bracket { sent, answered }, recorded),
            Err(status) => {
                doubt(&mut oracle, key, sent, &status);
                return Err(status);
            }
        }
        Ok(())
    }

    /// Every run of a job that the store has.
    ///
    /// # Errors
    /// The status of the answer.
    pub async fn runs(&self, key: &JobKey) -> Result<Vec<RunRecord>, Status> {
        let (namespace, job_id) = names(key);
        let mut request =
            v1::ListRunsRequest { namespace, job_id, page_size: PAGE, ..<_>::default() };
        let mut runs = Vec::new();
        loop {
            let page = self.client.list_runs(request.clone()).await?;
            runs.extend(page.runs.iter().map(RunRecord::read));
            if page.next_page_token.is_empty() {
                return Ok(runs);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Makes a call that answers with the job, and tells the oracle.
    async fn told(
        &self,
        key: &JobKey,
        call: impl AsyncFnOnce() -> Result<Option<v1::Job>, Status>,
    ) -> Result<v1::Job, Status> {
        let sent = clock::now();
        let answer = call().await;
        let answered = clock::now();
        let mut oracle = self.knowledge.oracle.lock();
        match answer {
            Ok(job) => {
                let job = job.expect("the answer has the job");
                oracle.told(&job, Bracket { sent, answered });
                Ok(job)
            }
            Err(status) => {
                doubt(&mut oracle, key, sent, &status);
                Err(status)
            }
        }
    }
}

/// What a failed call leaves behind: nothing, where the cluster refused it.
fn doubt(oracle: &mut Oracle, key: &JobKey, sent: Timestamp, status: &Status) {
    let refused = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::Unimplemented
    );
    if !refused {
        oracle.in_doubt(key, sent);
    }
}

fn names(key: &JobKey) -> (String, String) {
    (key.namespace.to_string(), key.id.to_string())
}
