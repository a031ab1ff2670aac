//! PreviewTrigger.

use bellwether_domain::trigger::{JobContext, TriggerSpec, explain::explain};
use bellwether_domain::{JobUid, Timestamp};
use bellwether_proto::convert::{
    Problems, timestamp_from_proto, timestamp_to_proto, trigger_from_proto, uid,
};
use bellwether_proto::v1::{PreviewTriggerRequest, PreviewTriggerResponse};

use super::read_whole;
use crate::api::Api;
use crate::error::ApiError;

const DEFAULT_COUNT: usize = 5;
const MAX_COUNT: usize = 1_000;

/// Shows the fire times of a trigger. It is computed beside the event loop: a combination may take
/// milliseconds for each fire time.
pub(crate) async fn preview_trigger(
    api: &Api,
    message: PreviewTriggerRequest,
) -> Result<PreviewTriggerResponse, ApiError> {
    let mut problems = Problems::default();
    let uid = uid(&message.uid, "uid", &mut problems);
    let count = read_count(message.count, &mut problems);
    let after = timestamp_from_proto(message.after, "after", &mut problems);
    let trigger = match message.trigger {
        Some(trigger) => trigger_from_proto(trigger, "trigger", &mut problems),
        None => {
            problems.invalid("trigger", "is not set; a trigger is required");
            None
        }
    };
    let trigger = read_whole(problems, trigger)?;
    let after = match after {
        Some(after) => after,
        None => api.store.now().await?,
    };
    let uid = uid.unwrap_or(JobUid(<_>::default()));
    tokio::task::spawn_blocking(move || preview(&trigger, uid, after, count))
        .await
        .map_err(|error| ApiError::Internal(format!("a preview: {error}")))?
}

fn read_count(count: i32, problems: &mut Problems) -> usize {
    match usize::try_from(count) {
        Ok(0) => DEFAULT_COUNT,
        Ok(count) if count <= MAX_COUNT => count,
        _ => {
            let message =
                format!("{count} is not allowed; 1 to {MAX_COUNT} are, and 0 is {DEFAULT_COUNT}");
            problems.invalid("count", message);
            DEFAULT_COUNT
        }
    }
}

fn preview(
    spec: &TriggerSpec,
    uid: JobUid,
    after: Timestamp,
    count: usize,
) -> Result<PreviewTriggerResponse, ApiError> {
    let context = JobContext { uid, created: after };
    let refused = |error: bellwether_domain::trigger::TriggerError| {
        ApiError::invalid(format!("trigger.{}", error.field), error.message)
    };
    let trigger = spec.compile(&context).map_err(refused)?;
    let fire_times: Vec<_> =
        std::iter::successors(trigger.next_after(after), |at| trigger.next_after(*at))
            .take(count)
            .map(timestamp_to_proto)
            .collect();
    let explanation = explain(spec, &context, after, count).map_err(refused)?;
    Ok(PreviewTriggerResponse {
        exhausted: fire_times.len() < count,
        fire_times,
        explanation: explanation.text,
        warnings: explanation.warnings,
    })
}
