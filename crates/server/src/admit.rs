//! Admission of runs that clients ask for: read, decide, admit, and all over again where the job
//! changed in between.

use bellwether_domain::{JobKey, Run};
use bellwether_store::{AdmitRun, Admitted, RunRequest};

use crate::api::Api;
use crate::error::ApiError;

/// How often an admission is tried.
pub(crate) const ATTEMPTS: usize = 16;

/// Admits what was decided. `None`: the job changed meanwhile, and it is to be decided anew.
///
/// A repeat gets the run of the first time, which the store keeps with the request; also where by
/// now the answer would be a refusal, because the job was deleted or changed.
pub(crate) async fn admit(
    api: &Api,
    key: &JobKey,
    request: Option<RunRequest>,
    decided: Result<AdmitRun, ApiError>,
) -> Result<Option<Run>, ApiError> {
    let admitted = match (&decided, request) {
        (Ok(admit), _) => Some(api.store.admit_run(admit).await?),
        (Err(_), Some(request)) => {
            api.store.requested_run(key.partition(api.partitions), request).await?
        }
        (Err(_), None) => None,
    };
    match admitted {
        Some(Admitted::Run(run)) => Ok(Some(*run)),
        Some(Admitted::Reused) => Err(ApiError::RequestIdReused),
        Some(Admitted::Changed) => Ok(None),
        None => decided.map(|_| None),
    }
}
