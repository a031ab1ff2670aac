//! CreateJob.

use bellwether_domain::Job;
use bellwether_proto::convert::{JobInput, Problems, View, job_from_proto, job_to_proto};
use bellwether_proto::v1::{CreateJobRequest, CreateJobResponse, OnConflict};

use super::read_whole;
use crate::api::Api;
use crate::decide::{Changed, Created, Moment, change, create};
use crate::error::ApiError;
use crate::quota;
use crate::request::NamedRequest;
use crate::write::{Decision, Written, write_telling};

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
    let creation = Creation { input, on_conflict, view: View::Full };
    let written = match message.validate_only {
        true => creation.foretell(api).await?,
        false => creation.carry_out(api, request).await?,
    };
    Ok(written.reply)
}

/// A job to be created, or to take the place of one.
pub(super) struct Creation {
    pub(super) input: JobInput,
    pub(super) on_conflict: OnConflict,
    /// How much of the job the reply shows.
    pub(super) view: View,
}

impl Creation {
    /// Carries it out.
    pub(super) async fn carry_out(
        &self,
        api: &Api,
        request: Option<NamedRequest>,
    ) -> Result<Written<CreateJobResponse>, ApiError> {
        let decide = |moment: &Moment<'_>, job: Option<&Job>| self.decide(moment, job);
        write_telling(api, &self.input.key, request, decide).await
    }

    /// What would come of it now.
    pub(super) async fn foretell(&self, api: &Api) -> Result<Written<CreateJobResponse>, ApiError> {
        let view = api.store.read_job(&self.input.key, None).await?;
        let decision = self.decide(&api.moment(view.now), view.job.as_ref())?;
        if view.job.is_none() {
            quota::check(api, &self.input.key.namespace).await?;
        }
        Ok(decision.into_written())
    }

    fn decide(
        &self,
        moment: &Moment<'_>,
        job: Option<&Job>,
    ) -> Result<Decision<CreateJobResponse>, ApiError> {
        let Some(job) = job else {
            let Created { insert, job } = create(moment, &self.input)?;
            return Ok(Decision::write(insert, self.reply(moment, &job, true)));
        };
        match self.on_conflict {
            OnConflict::Unspecified | OnConflict::Fail => {
                Err(ApiError::Exists(self.input.key.clone()))
            }
            OnConflict::Keep => Ok(Decision::nothing(self.reply(moment, job, false))),
            OnConflict::Replace => self.replace(moment, job),
        }
    }

    fn replace(
        &self,
        moment: &Moment<'_>,
        job: &Job,
    ) -> Result<Decision<CreateJobResponse>, ApiError> {
        let JobInput { spec, secret, .. } = &self.input;
        Ok(match change(moment, job, spec.clone(), *secret)? {
            Some(Changed { change, job }) => {
                Decision::write(change, self.reply(moment, &job, false))
            }
            None => Decision::nothing(self.reply(moment, job, false)),
        })
    }

    fn reply(&self, moment: &Moment<'_>, job: &Job, created: bool) -> CreateJobResponse {
        CreateJobResponse { job: Some(job_to_proto(job, moment.defaults, self.view)), created }
    }
}

/// Reads what to do with a job that exists.
pub(super) fn read_on_conflict(number: i32, problems: &mut Problems) -> OnConflict {
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
