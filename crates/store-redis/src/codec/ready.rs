//! Ready lists as part of members of `delayed`: `priority B`, then the lane: nothing for the nodes'
//! own, `namespace/queue/handler` for a worker's.

use bellwether_domain::{
    BackfillId, HandlerName, IdError, Namespace, Partition, Priority, QueueName, RunId,
};
use bellwether_store::{Lane, Promote, ReadyKey, StoreError};

use super::bytes::{Malformed, Reader, text};

/// What follows a run's id in `delayed`.
pub(crate) fn suffix(ready: &ReadyKey) -> Vec<u8> {
    let mut suffix = vec![place(ready.priority)];
    if let Lane::Queue { namespace, queue, handler } = &ready.lane {
        suffix.extend_from_slice(format!("{namespace}/{queue}/{handler}").as_bytes());
    }
    suffix
}

/// A member of `delayed`.
pub(crate) fn member(promote: &Promote) -> Vec<u8> {
    let mut member = promote.run.uuid.as_bytes().to_vec();
    member.extend_from_slice(&suffix(&promote.ready));
    member
}

/// What stands in a member of `delayed` in place of a priority where the run is being cancelled:
/// `CANCEL_MARK` of the scripts.
const CANCEL_MARK: u8 = 255;
/// What stands in a member of `delayed` in place of a priority where it is a backfill:
/// `BACKFILL_MARK` of the scripts.
const BACKFILL_MARK: u8 = 254;

/// The member of `delayed` of a backfill.
pub(crate) fn backfill_member(id: BackfillId) -> Vec<u8> {
    let mut member = id.0.as_bytes().to_vec();
    member.push(BACKFILL_MARK);
    member
}

/// A member of `delayed`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delayed {
    /// A run that may not start before.
    Run(Promote),
    /// A run whose cancelling is seen to then.
    Cancel(RunId),
    /// A backfill that has its next step then.
    Backfill(BackfillId),
}

/// What a member of `delayed` stands for.
pub(crate) fn decode_member(partition: Partition, member: &[u8]) -> Result<Delayed, StoreError> {
    read_member(partition, member).map_err(|malformed| malformed.found_in("delayed run"))
}

fn read_member(partition: Partition, member: &[u8]) -> Result<Delayed, Malformed> {
    let mut member = Reader::new(member);
    let run = RunId { partition, uuid: member.uuid()? };
    let number = member.u8()?;
    match number {
        CANCEL_MARK => return Ok(Delayed::Cancel(run)),
        BACKFILL_MARK => return Ok(Delayed::Backfill(BackfillId(run.uuid))),
        _ => {}
    }
    let priority = Priority::ALL.get(usize::from(number));
    let priority =
        *priority.ok_or(Malformed::Number { field: "the priority", number: u64::from(number) })?;
    let lane = read_lane(member.rest())?;
    Ok(Delayed::Run(Promote { run, ready: ReadyKey { lane, priority } }))
}

fn read_lane(bytes: &[u8]) -> Result<Lane, Malformed> {
    const FIELD: &str = "the lane";
    let lane = text(FIELD, bytes)?;
    let wrong = |error: IdError| Malformed::Text { field: FIELD, why: error.to_string() };
    // Neither a namespace nor a queue has a slash.
    let Some((namespace, rest)) = lane.split_once('/') else { return Ok(Lane::Node) };
    let (queue, handler) = rest.split_once('/').unwrap_or((rest, ""));
    Ok(Lane::Queue {
        namespace: Namespace::new(namespace).map_err(wrong)?,
        queue: QueueName::new(queue).map_err(wrong)?,
        handler: HandlerName::new(handler).map_err(wrong)?,
    })
}

/// The place of a priority in the order in which lists are served.
pub(crate) fn place(priority: Priority) -> u8 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}
