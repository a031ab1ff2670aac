//! JobService.

mod backfill;
mod batch;
mod bulk;
mod create;
mod delete;
mod export;
mod filter;
mod get;
mod import;
mod list;
mod pause;
mod preview;
mod resume;
mod run;
mod update;

use std::sync::Arc;

use bellwether_domain::JobKey;
use bellwether_proto::convert::{Problems, Rejection, job_key};
use bellwether_proto::v1;
use bellwether_proto::v1::job_service_server::JobService;
use tonic::{Request, Response, Status, Streaming};

use super::Replies;
use crate::api::Api;

pub(crate) use filter::{each, failed_since};

/// The service; each call is a function of its own.
pub(crate) struct Jobs(pub(crate) Arc<Api>);

/// Answers a request by one of this module's functions.
macro_rules! answer {
    ($self:ident, $request:ident, $call:path) => {
        Ok(Response::new($call(&$self.0, $request.into_inner()).await?))
    };
}

#[tonic::async_trait]
impl JobService for Jobs {
    async fn create_job(
        &self,
        request: Request<v1::CreateJobRequest>,
    ) -> Result<Response<v1::CreateJobResponse>, Status> {
        answer!(self, request, create::create_job)
    }

    async fn get_job(
        &self,
        request: Request<v1::GetJobRequest>,
    ) -> Result<Response<v1::GetJobResponse>, Status> {
        answer!(self, request, get::get_job)
    }

    async fn list_jobs(
        &self,
        request: Request<v1::ListJobsRequest>,
    ) -> Result<Response<v1::ListJobsResponse>, Status> {
        answer!(self, request, list::list_jobs)
    }

    async fn update_job(
        &self,
        request: Request<v1::UpdateJobRequest>,
    ) -> Result<Response<v1::UpdateJobResponse>, Status> {
        answer!(self, request, update::update_job)
    }

    async fn delete_job(
        &self,
        request: Request<v1::DeleteJobRequest>,
    ) -> Result<Response<v1::DeleteJobResponse>, Status> {
        answer!(self, request, delete::delete_job)
    }

    async fn pause_job(
        &self,
        request: Request<v1::PauseJobRequest>,
    ) -> Result<Response<v1::PauseJobResponse>, Status> {
        answer!(self, request, pause::pause_job)
    }

    async fn resume_job(
        &self,
        request: Request<v1::ResumeJobRequest>,
    ) -> Result<Response<v1::ResumeJobResponse>, Status> {
        answer!(self, request, resume::resume_job)
    }

    async fn run_job(
        &self,
        request: Request<v1::RunJobRequest>,
    ) -> Result<Response<v1::RunJobResponse>, Status> {
        answer!(self, request, run::run_job)
    }

    async fn preview_trigger(
        &self,
        request: Request<v1::PreviewTriggerRequest>,
    ) -> Result<Response<v1::PreviewTriggerResponse>, Status> {
        answer!(self, request, preview::preview_trigger)
    }

    async fn batch_create_jobs(
        &self,
        request: Request<v1::BatchCreateJobsRequest>,
    ) -> Result<Response<v1::BatchCreateJobsResponse>, Status> {
        answer!(self, request, batch::batch_create_jobs)
    }

    async fn batch_delete_jobs(
        &self,
        request: Request<v1::BatchDeleteJobsRequest>,
    ) -> Result<Response<v1::BatchDeleteJobsResponse>, Status> {
        answer!(self, request, batch::batch_delete_jobs)
    }

    async fn batch_pause_jobs(
        &self,
        request: Request<v1::BatchPauseJobsRequest>,
    ) -> Result<Response<v1::BatchPauseJobsResponse>, Status> {
        answer!(self, request, bulk::batch_pause_jobs)
    }

    async fn batch_resume_jobs(
        &self,
        request: Request<v1::BatchResumeJobsRequest>,
    ) -> Result<Response<v1::BatchResumeJobsResponse>, Status> {
        answer!(self, request, bulk::batch_resume_jobs)
    }

    async fn backfill_job(
        &self,
        request: Request<v1::BackfillJobRequest>,
    ) -> Result<Response<v1::BackfillJobResponse>, Status> {
        answer!(self, request, backfill::backfill_job)
    }

    type ExportJobsStream = Replies<v1::ExportJobsResponse>;

    async fn export_jobs(
        &self,
        request: Request<v1::ExportJobsRequest>,
    ) -> Result<Response<Self::ExportJobsStream>, Status> {
        let export = export::export_jobs(Arc::clone(&self.0), request.into_inner());
        Ok(Response::new(export.await?))
    }

    type ImportJobsStream = Replies<v1::ImportJobsResponse>;

    async fn import_jobs(
        &self,
        request: Request<Streaming<v1::ImportJobsRequest>>,
    ) -> Result<Response<Self::ImportJobsStream>, Status> {
        Ok(Response::new(import::import_jobs(&self.0, request.into_inner())))
    }
}

/// Reads the name of the job that a request is about.
pub(crate) fn key(namespace: &str, id: &str, problems: &mut Problems) -> Option<JobKey> {
    job_key(("namespace", namespace), ("job_id", id), problems)
}

/// What was read, when nothing is wrong with it.
pub(crate) fn read_whole<T>(problems: Problems, value: Option<T>) -> Result<T, Rejection> {
    problems.finish()?;
    // Whatever is missing was noted, so this is never reached without a violation.
    value.ok_or_else(|| Rejection::Invalid(Vec::new()))
}
