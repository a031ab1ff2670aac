//! PauseScheduling and ResumeScheduling.

use std::time::Duration;

use bellwether_domain::pause::{Pauses, Scope};
use bellwether_proto::convert::{Problems, namespace_filter, reason, timestamp_to_proto};
use bellwether_proto::v1;
use bellwether_store::{StoreError, Write};
use futures::future::try_join_all;
use prost::Message;

use super::job::read_whole;
use crate::api::Api;
use crate::error::ApiError;
use crate::request::NamedRequest;

/// How often a change is tried while others change the pauses as well.
const ATTEMPTS: u32 = 16;

/// The longest wait between two attempts.
const MAX_WAIT: Duration = Duration::from_millis(50);

/// How many partitions are given their copy at a time.
const AT_A_TIME: usize = 32;

/// Stops the jobs of a namespace, or of the cluster, from firing.
pub(crate) async fn pause_scheduling(
    api: &Api,
    mut message: v1::PauseSchedulingRequest,
) -> Result<v1::PauseSchedulingResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "PauseScheduling", &message, &mut problems);
    let scope = scope(&message.namespace, &mut problems);
    let reason = reason(message.reason, "reason", &mut problems);
    let scope = read_whole(problems, scope)?;
    change(api, &scope, request, |pauses, now| {
        let next = pauses.pause(&scope, &reason, now);
        let pause = next.as_ref().unwrap_or(pauses).of(&scope).map(pause_to_proto);
        (next, v1::PauseSchedulingResponse { pause })
    })
    .await
}

/// Lets the jobs of a namespace, or of the cluster, fire again.
pub(crate) async fn resume_scheduling(
    api: &Api,
    mut message: v1::ResumeSchedulingRequest,
) -> Result<v1::ResumeSchedulingResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "ResumeScheduling", &message, &mut problems);
    let scope = scope(&message.namespace, &mut problems);
    let scope = read_whole(problems, scope)?;
    change(api, &scope, request, |pauses, now| {
        let next = pauses.resume(&scope, message.catch_up, now);
        let resumed = next.is_some();
        (next, v1::ResumeSchedulingResponse { resumed })
    })
    .await
}

/// The message of a pause.
pub(super) fn pause_to_proto(pause: &bellwether_domain::pause::Pause) -> v1::SchedulingPause {
    v1::SchedulingPause {
        namespace: pause.scope.as_str().to_owned(),
        reason: pause.reason.clone(),
        pause_time: Some(timestamp_to_proto(pause.since)),
    }
}

fn scope(namespace: &str, problems: &mut Problems) -> Option<Scope> {
    let namespace = namespace_filter(namespace, "namespace", problems)?;
    Some(namespace.map_or(Scope::Cluster, Scope::Namespace))
}

/// Changes what is meant and brings it to every partition. A repeat, and a change that changes
/// nothing, bring it there as well: the first one may have stopped on the way.
async fn change<R: Message + Default>(
    api: &Api,
    scope: &Scope,
    request: Option<NamedRequest>,
    decide: impl Fn(&Pauses, bellwether_domain::Timestamp) -> (Option<Pauses>, R),
) -> Result<R, ApiError> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(MAX_WAIT.mul_f64(rand::random())).await;
        }
        let view = api.store.pauses(request.map(|request| request.id)).await?;
        if let (Some(body), Some(request)) = (view.reply, request) {
            let reply = request.reply(&body)?;
            apply(api, &view.pauses).await?;
            return Ok(reply);
        }
        let (next, reply) = decide(&view.pauses, view.now);
        let Some(next) = next else {
            apply(api, &view.pauses).await?;
            return Ok(reply);
        };
        let kept = request.map(|request| request.keep(&reply));
        if api.store.intend_pauses(&next, scope, kept.as_ref()).await? == Write::Done {
            apply(api, &next).await?;
            return Ok(reply);
        }
    }
    Err(ApiError::ContendedPauses)
}

/// Gives every partition its copy. What is meant is stored by now: one that cannot be reached gets
/// it from its leader, and whether it has it is unknown until then.
async fn apply(api: &Api, pauses: &Pauses) -> Result<(), ApiError> {
    if pauses.version == 0 {
        return Ok(());
    }
    for some in api.all_partitions().chunks(AT_A_TIME) {
        let each = some.iter().map(|partition| api.store.apply_pauses(*partition, pauses));
        let applied = try_join_all(each.collect::<Vec<_>>()).await;
        applied.map_err(|error| match error {
            StoreError::Unavailable(why) | StoreError::Refused(why) => {
                StoreError::OutcomeUnknown(why)
            }
            other => other,
        })?;
    }
    Ok(())
}
