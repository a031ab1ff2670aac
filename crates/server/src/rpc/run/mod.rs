//! RunService.

mod cancel;
mod get;
mod list;
mod retry;

use std::cmp::Reverse;
use std::sync::Arc;

use bellwether_domain::{Run, RunId, Timestamp};
use bellwether_proto::v1;
use bellwether_proto::v1::run_service_server::RunService;
use tonic::{Request, Response, Status};

use super::Replies;
use super::watch::watch_runs;
use crate::api::Api;

/// The service; each call is a function of its own.
pub(crate) struct Runs(pub(crate) Arc<Api>);

#[tonic::async_trait]
impl RunService for Runs {
    async fn get_run(
        &self,
        request: Request<v1::GetRunRequest>,
    ) -> Result<Response<v1::GetRunResponse>, Status> {
        Ok(Response::new(get::get_run(&self.0, request.into_inner()).await?))
    }

    async fn list_runs(
        &self,
        request: Request<v1::ListRunsRequest>,
    ) -> Result<Response<v1::ListRunsResponse>, Status> {
        Ok(Response::new(list::list_runs(&self.0, request.into_inner()).await?))
    }

    async fn cancel_run(
        &self,
        request: Request<v1::CancelRunRequest>,
    ) -> Result<Response<v1::CancelRunResponse>, Status> {
        Ok(Response::new(cancel::cancel_run(&self.0, request.into_inner()).await?))
    }

    async fn retry_run(
        &self,
        request: Request<v1::RetryRunRequest>,
    ) -> Result<Response<v1::RetryRunResponse>, Status> {
        Ok(Response::new(retry::retry_run(&self.0, request.into_inner()).await?))
    }

    type WatchRunsStream = Replies<v1::WatchRunsResponse>;

    async fn watch_runs(
        &self,
        request: Request<v1::WatchRunsRequest>,
    ) -> Result<Response<Self::WatchRunsStream>, Status> {
        let runs = watch_runs(Arc::clone(&self.0), request.into_inner());
        Ok(Response::new(runs.await?))
    }
}

/// The place of a run in the list of its job: the newest fire time first. It never changes, so
/// that a list can go on behind it whatever becomes of the runs.
pub(crate) fn place(run: &Run) -> (Reverse<Timestamp>, Reverse<RunId>) {
    (Reverse(run.draft.fire_time), Reverse(run.draft.id))
}

/// Puts the runs of a job in the order of their places.
pub(crate) fn newest_first(runs: &mut [Run]) {
    runs.sort_unstable_by_key(place);
}
