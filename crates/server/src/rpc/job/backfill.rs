//! BackfillJob.

use bellwether_domain::backfill::{Backfill, HIGHEST_RATE};
use bellwether_domain::{Job, Overlap, Timestamp};
use bellwether_proto::convert::{
    Problems, overlap, overlap_to_proto, timestamp_from_proto, timestamp_to_proto,
};
use bellwether_proto::v1::{self, BackfillJobRequest, BackfillJobResponse};
use bellwether_store::BackfillView;

use super::{key, read_whole};
use crate::api::Api;
use crate::decide::{Asked, backfill};
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::write::{Decision, write_job};

const DEFAULT_RATE: f64 = 10.0;

/// Makes runs for the fire times of a past range. It is stored when this answers, and goes on by
/// itself.
pub(crate) async fn backfill_job(
    api: &Api,
    mut message: BackfillJobRequest,
) -> Result<BackfillJobResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "BackfillJob", &message, &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let asked = Asked {
        start: bound(message.start_time, "start_time", &mut problems),
        end: bound(message.end_time, "end_time", &mut problems),
        overlap: read_overlap(message.overlap, &mut problems),
        runs_per_second: rate(message.runs_per_second, &mut problems),
    };
    if asked.end < asked.start {
        let (start, end) = (asked.start, asked.end);
        problems.invalid("end_time", format!("{end} lies before start_time, {start}"));
    }
    let key = read_whole(problems, key)?;
    write_job(api, &key, request, |moment, job: Option<&Job>| {
        let job = job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
        let start = backfill(moment, job, &asked)?;
        let reply = reply(&start.backfill);
        Ok(match start.backfill.fire_times {
            0 => Decision::nothing(reply),
            _ => Decision::write(start, reply),
        })
    })
    .await
}

/// The message of a backfill.
pub(crate) fn backfill_to_proto(view: &BackfillView) -> v1::Backfill {
    let BackfillView { backfill, progress } = view;
    v1::Backfill {
        backfill_id: backfill.id.to_string(),
        start_time: Some(timestamp_to_proto(backfill.start)),
        end_time: Some(timestamp_to_proto(backfill.end)),
        overlap: overlap_to_proto(backfill.overlap),
        runs_per_second: backfill.runs_per_second,
        fire_time_count: count(backfill.fire_times),
        run_count: count(progress.runs),
        skipped_count: count(progress.skipped),
        last_fire_time: progress.cursor.map(timestamp_to_proto),
        create_time: Some(timestamp_to_proto(backfill.created)),
        finish_time: progress.ended.map(timestamp_to_proto),
    }
}

fn reply(backfill: &Backfill) -> BackfillJobResponse {
    BackfillJobResponse {
        backfill_id: backfill.id.to_string(),
        fire_time_count: count(backfill.fire_times),
    }
}

fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn bound(at: Option<prost_types::Timestamp>, field: &str, problems: &mut Problems) -> Timestamp {
    if at.is_none() {
        problems.invalid(field, "is not set; both ends of the range are required");
    }
    timestamp_from_proto(at, field, problems).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A backfill replaces no run: that would disturb the schedule, which it is to leave alone.
fn read_overlap(number: i32, problems: &mut Problems) -> Overlap {
    let read = overlap(number, "overlap", problems).unwrap_or(Overlap::Skip);
    if read == Overlap::Replace {
        let message = "OVERLAP_REPLACE would cancel runs of the schedule; allowed are OVERLAP_SKIP, \
                       OVERLAP_QUEUE";
        problems.invalid("overlap", message);
    }
    read
}

fn rate(rate: f64, problems: &mut Problems) -> f64 {
    if rate == 0.0 {
        return DEFAULT_RATE;
    }
    if !(rate > 0.0 && rate <= HIGHEST_RATE) {
        let message = format!(
            "{rate} is not allowed; above 0 up to {HIGHEST_RATE} are, and 0 is {DEFAULT_RATE}"
        );
        problems.invalid("runs_per_second", message);
        return DEFAULT_RATE;
    }
    rate
}
