//! The calls of the API, each as a method.

use bellwether_proto::v1::{
    BackfillJobRequest, BackfillJobResponse, BatchCreateJobsRequest, BatchCreateJobsResponse,
    BatchDeleteJobsRequest, BatchDeleteJobsResponse, BatchPauseJobsRequest, BatchPauseJobsResponse,
    BatchResumeJobsRequest, BatchResumeJobsResponse, CancelRunRequest, CancelRunResponse,
    CreateJobRequest, CreateJobResponse, DeleteJobRequest, DeleteJobResponse, DrainNodeRequest,
    DrainNodeResponse, GetClusterRequest, GetClusterResponse, GetJobRequest, GetJobResponse,
    GetRunRequest, GetRunResponse, ListJobsRequest, ListJobsResponse, ListNodesRequest,
    ListNodesResponse, ListRunsRequest, ListRunsResponse, PauseJobRequest, PauseJobResponse,
    PauseSchedulingRequest, PauseSchedulingResponse, PreviewTriggerRequest, PreviewTriggerResponse,
    ResumeJobRequest, ResumeJobResponse, ResumeSchedulingRequest, ResumeSchedulingResponse,
    RetryRunRequest, RetryRunResponse, RunJobRequest, RunJobResponse, UpdateJobRequest,
    UpdateJobResponse,
};
use tonic::Status;
use uuid::Uuid;

use crate::Client;
use crate::client::{cluster, jobs, runs};

macro_rules! reads {
    ($($service:ident.$method:ident($request:ident) -> $response:ident;)*) => {
        impl Client {
            $(
                #[doc = concat!("Makes the call `", stringify!($method), "` of the API.")]
                ///
                /// # Errors
                /// The status of the last answer; UNAVAILABLE also when no node is reached.
                pub async fn $method(&self, request: $request) -> Result<$response, Status> {
                    self.unary(request, |transport, request| async move {
                        $service(transport).$method(request).await
                    })
                    .await
                }
            )*
        }
    };
}

macro_rules! writes {
    ($($service:ident.$method:ident($request:ident) -> $response:ident;)*) => {
        impl Client {
            $(
                #[doc = concat!("Makes the call `", stringify!($method), "` of the API.")]
                ///
                /// Where the caller gives no request id, each call of this method makes one.
                ///
                /// # Errors
                /// The status of the last answer; UNAVAILABLE also when no node is reached, or
                /// when the outcome is unknown: the same request, its id included, may be made
                /// again.
                pub async fn $method(&self, mut request: $request) -> Result<$response, Status> {
                    if request.request_id.is_empty() {
                        request.request_id = Uuid::new_v4().to_string();
                    }
                    self.unary(request, |transport, request| async move {
                        $service(transport).$method(request).await
                    })
                    .await
                }
            )*
        }
    };
}

reads! {
    jobs.get_job(GetJobRequest) -> GetJobResponse;
    jobs.list_jobs(ListJobsRequest) -> ListJobsResponse;
    jobs.preview_trigger(PreviewTriggerRequest) -> PreviewTriggerResponse;
    runs.get_run(GetRunRequest) -> GetRunResponse;
    runs.list_runs(ListRunsRequest) -> ListRunsResponse;
    cluster.get_cluster(GetClusterRequest) -> GetClusterResponse;
    cluster.list_nodes(ListNodesRequest) -> ListNodesResponse;
}

writes! {
    jobs.create_job(CreateJobRequest) -> CreateJobResponse;
    jobs.update_job(UpdateJobRequest) -> UpdateJobResponse;
    jobs.delete_job(DeleteJobRequest) -> DeleteJobResponse;
    jobs.pause_job(PauseJobRequest) -> PauseJobResponse;
    jobs.resume_job(ResumeJobRequest) -> ResumeJobResponse;
    jobs.run_job(RunJobRequest) -> RunJobResponse;
    jobs.batch_create_jobs(BatchCreateJobsRequest) -> BatchCreateJobsResponse;
    jobs.batch_delete_jobs(BatchDeleteJobsRequest) -> BatchDeleteJobsResponse;
    jobs.batch_pause_jobs(BatchPauseJobsRequest) -> BatchPauseJobsResponse;
    jobs.batch_resume_jobs(BatchResumeJobsRequest) -> BatchResumeJobsResponse;
    jobs.backfill_job(BackfillJobRequest) -> BackfillJobResponse;
    runs.cancel_run(CancelRunRequest) -> CancelRunResponse;
    runs.retry_run(RetryRunRequest) -> RetryRunResponse;
    cluster.drain_node(DrainNodeRequest) -> DrainNodeResponse;
    cluster.pause_scheduling(PauseSchedulingRequest) -> PauseSchedulingResponse;
    cluster.resume_scheduling(ResumeSchedulingRequest) -> ResumeSchedulingResponse;
}
