//! Claims: what became of due fire times.

use bellwether_store::{ClaimItem, ClaimReply, RecordReply};

/// The store answered a claim.
pub(crate) struct ClaimOutcome<'a> {
    pub(crate) item: &'a ClaimItem,
    pub(crate) reply: &'a ClaimReply,
}

impl ClaimOutcome<'_> {
    pub(crate) fn emit(self) {
        let job = &self.item.claim.key;
        let fire_time = self.item.claim.expected.fire_time;
        match self.reply {
            ClaimReply::Done(records) | ClaimReply::Replaced(records) => {
                for record in records {
                    count(*record);
                }
                if matches!(self.reply, ClaimReply::Replaced(_)) {
                    count_skipped("replaced");
                }
                tracing::trace!(%job, %fire_time, ?records, "claimed");
            }
            ClaimReply::StaleEpoch => {
                tracing::warn!(%job, %fire_time, code = "STALE_EPOCH", "claim refused: another leads");
            }
            ClaimReply::Changed => {
                tracing::debug!(%job, %fire_time, "claim refused: the job changed meanwhile");
            }
            ClaimReply::Deferred => {
                tracing::trace!(%job, %fire_time, "claim put off: the catch-up has runs waiting");
            }
        }
    }
}

fn count(record: RecordReply) {
    match record {
        RecordReply::Leased | RecordReply::Ready | RecordReply::Waiting => {
            metrics::counter!("bellwether_fires_claimed_total").increment(1);
        }
        RecordReply::Missed => {
            metrics::counter!("bellwether_fires_missed_total", "reason" => "misfire_grace")
                .increment(1);
        }
        RecordReply::Skipped => {
            count_skipped("max_instances");
        }
    }
}

fn count_skipped(reason: &'static str) {
    metrics::counter!("bellwether_fires_skipped_total", "reason" => reason).increment(1);
}
