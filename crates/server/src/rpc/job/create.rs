//! CreateJob.

use bellwether_domain::Job;
use bellwether_proto::convert::{JobInput, Problems, View, job_from_proto, job_to_proto};
use bellwether_proto::v1::{CreateJobRequest, CreateJobResponse, OnConflict};

use super::read_whole;
use crate::api::Api;
use crate::decide::{Changed, Created, Moment, change, create};
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::write::{Decision, write_job};

/// Creates a job, or replaces or keeps one that exists.
pub(crate) async fn create_job(
    api: &Api,
    mut message: CreateJobRequest,
) -> Result<CreateJobResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "CreateJob", &message, &mut problems);
    let on_conflict = read_on_conflict(message.on_conflict, &mut problems);
    let input = job_from_proto(message.job, "job", &mut problems);
    let input = read_whole(problems, input)?;
    let decide = |moment: &Moment<'_>, job: Option<&Job>| match job {
        None => created(moment, &input),
        Some(job) => conflict(moment, job, &input, on_conflict),
    };
    if message.validate_only {
        let view = api.store.read_job(&input.key, None).await?;
        return Ok(decide(&api.moment(view.now), view.job.as_ref())?.into_reply());
    }
    write_job(api, &input.key, request, decide).await
}

fn read_on_conflict(number: i32, problems: &mut Problems) -> OnConflict {
    match OnConflict::try_from(number) {
        Ok(OnConflict::Unspecified) => OnConflict::Fail,
        Ok(known) => known,
        Err(_) => {
            let allowed = "ON_CONFLICT_FAIL, ON_CONFLICT_REPLACE, ON_CONFLICT_KEEP";
            let message = format!("{number} is no OnConflict; allowed are {allowed}");
            problems.invalid("on_conflict", message);
            OnConflict::Fail
        }
    }
}

fn created(moment: &Moment<'_>, input: &JobInput) -> Result<Decision<CreateJobResponse>, ApiError> {
    let Created { insert, job } = create(moment, input)?;
    Ok(Decision::write(insert, reply(moment, &job, true)))
}

fn conflict(
    moment: &Moment<'_>,
    job: &Job,
    input: &JobInput,
    on_conflict: OnConflict,
) -> Result<Decision<CreateJobResponse>, ApiError> {
    match on_conflict {
        OnConflict::Unspecified | OnConflict::Fail => Err(ApiError::Exists(input.key.clone())),
        OnConflict::Keep => Ok(Decision::nothing(reply(moment, job, false))),
        OnConflict::Replace => Ok(match change(moment, job, input.spec.clone(), input.secret)? {
            Some(Changed { change, job }) => Decision::write(change, reply(moment, &job, false)),
            None => Decision::nothing(reply(moment, job, false)),
        }),
    }
}

fn reply(moment: &Moment<'_>, job: &Job, created: bool) -> CreateJobResponse {
    CreateJobResponse { job: Some(job_to_proto(job, moment.defaults, View::Full)), created }
}
