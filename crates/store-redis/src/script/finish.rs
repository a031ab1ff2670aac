//! The columns of attempts that ended, as `sections/finish.lua` reads them in a turn and in a reap.

use std::time::Duration;

use bellwether_domain::{Covers, EndState, NextStep, RunCause, RunDraft, RunState, Timestamp};
use bellwether_store::record::{encode_draft, encode_report, run_state_number};
use bellwether_store::{FailureRule, Finish, FinishReply, StoreError, reason};

use super::{Call, admit_run, unexpected};
use crate::codec::bytes::Append as _;
use crate::codec::{attempt, ready};
use crate::keys::{Outcome, PartitionKeys};
use crate::script::lists::Lists;

/// The list that a finish may write a finished run to.
pub(crate) fn history(keys: &PartitionKeys, finish: &Finish) -> String {
    let outcome = match finish.step {
        NextStep::End(EndState::Succeeded) => Outcome::Succeeded,
        NextStep::End(_)
        | NextStep::Again { .. }
        | NextStep::GiveBack
        | NextStep::PutOff { .. } => Outcome::Other,
    };
    keys.history(finish.uid, outcome)
}

/// How many there are, and where their histories begin, in a call that does nothing but finish.
pub(crate) fn numbers(finishes: &[Finish], lists: &Lists) -> [u8; 4] {
    let mut numbers = [0; 4];
    let count = u16::try_from(finishes.len()).unwrap_or(u16::MAX);
    numbers[..2].copy_from_slice(&count.to_be_bytes());
    numbers[2..].copy_from_slice(&lists.end().to_be_bytes());
    numbers
}

/// Adds all columns of a call that does nothing but finish.
pub(crate) fn add_all_columns(call: &mut Call<'_>, finishes: &[Finish], lists: &Lists) {
    for finish in finishes {
        call.arg(finish.run.uuid.as_bytes());
    }
    for finish in finishes {
        call.arg(finish.job.to_string());
    }
    for finish in finishes {
        call.arg(finish.uid.0.as_bytes());
    }
    add_columns(call, finishes, lists);
}

/// Adds the columns that only finishes have: terms and reports.
pub(crate) fn add_columns(call: &mut Call<'_>, finishes: &[Finish], lists: &Lists) {
    for finish in finishes {
        call.arg(terms(finish, lists));
    }
    for finish in finishes {
        call.arg(encode_report(&finish.report));
    }
}

/// What `sections/finish.lua` calls the terms. They are the same for all first attempts of a node
/// under a policy that ended alike, and the script reads each text once.
fn terms(finish: &Finish, lists: &Lists) -> Vec<u8> {
    let (step, state, after) = match finish.step {
        NextStep::End(state) => (0, state, Duration::ZERO),
        NextStep::Again { after, lost } => (if lost { 2 } else { 1 }, EndState::Cancelled, after),
        NextStep::GiveBack => (3, EndState::Cancelled, Duration::ZERO),
        NextStep::PutOff { after } => (3, EndState::Cancelled, after),
    };
    let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
    let keep = match state {
        EndState::Succeeded => finish.keep.succeeded,
        _ => finish.keep.others,
    };
    let mut terms = attempt::holder(finish.owner, finish.attempt).to_vec();
    terms.extend_from_slice(&[step, run_state_number(RunState::Ended(state))]);
    terms.extend_from_slice(&u16::try_from(keep).unwrap_or(u16::MAX).to_be_bytes());
    terms.extend_from_slice(&finish.max_instances.to_be_bytes());
    terms.extend_from_slice(&lists.place(&finish.ready).to_be_bytes());
    terms.extend_from_slice(&after.to_be_bytes());
    add_failure_rule(&mut terms, finish);
    terms.extend_from_slice(&ready::suffix(&finish.ready));
    terms
}

/// What `sections/failures.lua` calls the rule: nothing but a limit of 0 where there is none.
fn add_failure_rule(terms: &mut Vec<u8>, finish: &Finish) {
    let Some(FailureRule { limit, etag, timeout }) = finish.failures else {
        terms.extend_from_slice(&0_u32.to_be_bytes());
        return;
    };
    terms.extend_from_slice(&limit.to_be_bytes());
    terms.extend_from_slice(&etag.0);
    let epoch = Timestamp::UNIX_EPOCH;
    let draft = RunDraft {
        id: finish.run,
        job: finish.job.clone(),
        uid: finish.uid,
        fire_time: epoch,
        cause: RunCause::Schedule,
        covers: Covers::only(epoch),
        start_after: epoch,
        timeout,
        payload: None,
    };
    let timeout = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    terms.extend_from_slice(&timeout.to_be_bytes());
    terms.short(&encode_draft(&draft));
    terms.short(&admit_run::report(reason::PAUSED));
}

/// The answers of a script that does nothing but finish.
pub(crate) fn read_answers(script: &str, codes: &[u8]) -> Result<Vec<FinishReply>, StoreError> {
    codes.iter().map(|code| read_answer(script, *code)).collect()
}

/// The answer to a finish.
pub(crate) fn read_answer(script: &str, code: u8) -> Result<FinishReply, StoreError> {
    match code {
        0 => Ok(FinishReply::Recorded),
        1 => Ok(FinishReply::Superseded),
        2 => Ok(FinishReply::Unknown),
        _ => Err(unexpected(script, format!("a finish is answered by {code}"))),
    }
}
