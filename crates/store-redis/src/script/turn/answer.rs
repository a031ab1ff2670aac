//! The answer to a turn.
//!
//! What the turn itself says is not said again: a run that a claim leased is known from its draft,
//! so the answer holds one byte for it. Hence an answer can only be read beside the turn that it is
//! for; the same number is only ever given to the same turn.

use bellwether_domain::{
    BootId, Etag, Owner, Partition, Run, RunDraft, RunId, RunState, Timestamp,
};
use bellwether_store::{
    ClaimItem, ClaimReply, Leased, RecordReply, Take, Turn, TurnError, TurnReply,
};

use crate::codec::bytes::{Malformed, Reader};
use crate::codec::run;
use crate::script::{finish, unexpected};

/// Reads the answer to `turn`.
pub(super) fn read(
    partition: Partition,
    boot: BootId,
    turn: &Turn,
    reply: &[u8],
) -> Result<TurnReply, TurnError> {
    let mut reply = Reader::new(reply);
    match reply.u8().map_err(malformed)? {
        b'T' => {}
        b'S' => return Err(TurnError::Stale),
        b'U' => return Err(TurnError::Unregistered),
        other => return Err(unexpected("turn", format!("it begins with {other}")).into()),
    }
    let now = reply.instant().map_err(malformed)?;
    let mut finishes = Vec::with_capacity(turn.finishes.len());
    for code in reply.bytes(turn.finishes.len()).map_err(malformed)? {
        finishes.push(finish::read_answer("turn", *code)?);
    }
    let mut leased = Vec::new();
    let mut claims = Vec::with_capacity(turn.claims.len());
    for item in &turn.claims {
        let lease = |draft: &RunDraft| lease(turn, boot, now, item, draft);
        claims.push(read_claim(&mut reply, item, &mut leased, lease).map_err(malformed)?);
    }
    let taken = reply.u16().map_err(malformed)?;
    for _ in 0..taken {
        leased.push(read_taken(partition, &turn.takes, &mut reply)?);
    }
    if !reply.is_empty() {
        return Err(unexpected("turn", "it goes on behind its end").into());
    }
    Ok(TurnReply { now, finishes, claims, leased })
}

fn read_claim(
    reply: &mut Reader<'_>,
    item: &ClaimItem,
    leased: &mut Vec<Leased>,
    lease: impl Fn(&RunDraft) -> Leased,
) -> Result<ClaimReply, Malformed> {
    match reply.u8()? {
        0 => Ok(ClaimReply::StaleEpoch),
        1 => Ok(ClaimReply::Changed),
        2 => Ok(ClaimReply::Deferred),
        3 => Ok(ClaimReply::Done(read_records(reply, item, leased, lease)?)),
        4 => Ok(ClaimReply::Replaced(read_records(reply, item, leased, lease)?)),
        code => Err(Malformed::Number { field: "the answer to a claim", number: code.into() }),
    }
}

fn read_records(
    reply: &mut Reader<'_>,
    item: &ClaimItem,
    leased: &mut Vec<Leased>,
    lease: impl Fn(&RunDraft) -> Leased,
) -> Result<Vec<RecordReply>, Malformed> {
    let mut records = Vec::with_capacity(item.claim.fires.len());
    for fire in &item.claim.fires {
        records.push(match reply.u8()? {
            0 => {
                leased.push(lease(&fire.draft));
                RecordReply::Leased
            }
            1 => RecordReply::Ready,
            2 => RecordReply::Waiting,
            3 => RecordReply::Missed,
            4 => RecordReply::Skipped,
            // It was leased before this turn, to whomever.
            5 => RecordReply::Leased,
            code => {
                return Err(Malformed::Number {
                    field: "the answer to a fire",
                    number: code.into(),
                });
            }
        });
    }
    Ok(records)
}

/// The first attempt of a run that the claim leased to this node at `now`.
fn lease(turn: &Turn, boot: BootId, now: Timestamp, item: &ClaimItem, draft: &RunDraft) -> Leased {
    let run = Run {
        draft: draft.clone(),
        state: RunState::RUNNING,
        attempt: 1,
        lost: 0,
        // A claim without a lease is answered before any run is.
        epoch: turn.lease.map_or(bellwether_domain::Epoch(0), |token| token.epoch),
        claimed: now,
        started: Some(now),
        ended: None,
        report: Default::default(),
    };
    Leased { run, owner: Owner::from(boot), etag: Some(item.claim.etag) }
}

fn read_taken(
    partition: Partition,
    takes: &[Take],
    reply: &mut Reader<'_>,
) -> Result<Leased, TurnError> {
    let take = usize::from(reply.u8().map_err(malformed)?);
    let owner = take.checked_sub(1).and_then(|take| takes.get(take)).map(|take| take.owner);
    let owner = owner.ok_or_else(|| unexpected("turn", format!("it has a take {take}")))?;
    let id = RunId { partition, uuid: reply.uuid().map_err(malformed)? };
    let etag = match reply.u8().map_err(malformed)? {
        0 => None,
        _ => Some(Etag(reply.array().map_err(malformed)?)),
    };
    let run = run::decode_running(id, reply.long().map_err(malformed)?)?;
    Ok(Leased { run, owner, etag })
}

fn malformed(malformed: Malformed) -> TurnError {
    unexpected("turn", malformed.to_string()).into()
}
