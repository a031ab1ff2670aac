//! `turn`: what a node did and wants in a partition.
//!
//! The arguments are columns, not records: what one command reads lies side by side in ARGV, so the
//! script hands it on without building a table, and each hash is read once for the whole turn.
//! Numbers that a policy fixes are packed into one text, the same for all jobs of that policy, which
//! the script reads once. The answer is one text as well; it is kept in the node's lane.

mod answer;
mod columns;

use std::sync::LazyLock;

use bellwether_domain::BootId;
use bellwether_store::{Seq, StoreError, Turn, TurnError, TurnReply};

use super::{Place, Script, WRITES, admit_run};
use crate::error::Effect;
use crate::link::Link;
use columns::Columns;

static TURN: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "turn",
        &[
            WRITES,
            &[
                include_str!("../../lua/turn.lua"),
                include_str!("../../lua/sections/columns.lua"),
                include_str!("../../lua/sections/failures.lua"),
                include_str!("../../lua/sections/finish.lua"),
                include_str!("../../lua/sections/promote.lua"),
                include_str!("../../lua/sections/admit.lua"),
                include_str!("../../lua/sections/cancels.lua"),
                include_str!("../../lua/sections/replace.lua"),
                include_str!("../../lua/sections/paused.lua"),
                include_str!("../../lua/sections/claim.lua"),
                include_str!("../../lua/sections/claims.lua"),
                include_str!("../../lua/sections/fires.lua"),
                include_str!("../../lua/sections/claimed.lua"),
                include_str!("../../lua/sections/write_book.lua"),
                include_str!("../../lua/sections/asked.lua"),
                include_str!("../../lua/sections/write_active.lua"),
                include_str!("../../lua/sections/write_jobs.lua"),
                include_str!("../../lua/sections/write.lua"),
                include_str!("../../lua/sections/take.lua"),
                include_str!("../../lua/sections/log.lua"),
                include_str!("../../lua/sections/answer.lua"),
            ],
        ],
    )
});

/// The most that one turn may carry: finishes, promotes, fires of claims (a claim without any counts
/// as one) and runs to take, all together. It keeps the server's other clients waiting for about
/// 6 ms, and the command below the 8,000 values that a script may hand on at once.
pub const LARGEST_TURN: usize = 1000;

/// A turn that carries more than [`LARGEST_TURN`].
#[derive(Debug, thiserror::Error)]
#[error("a turn of {items} items is too large; at most {LARGEST_TURN} are allowed")]
struct TooLarge {
    items: usize,
}

/// Sends a turn.
pub(crate) async fn turn(
    link: &Link,
    place: &Place,
    boot: BootId,
    seq: Seq,
    turn: &Turn,
) -> Result<TurnReply, TurnError> {
    check_size(turn)?;
    let columns = Columns::of(place, turn);
    let mut call = place.call(&TURN, &columns.keys(&place.keys));
    call.arg(boot.0.as_bytes()).arg(seq.0);
    match turn.lease.filter(|token| token.partition == place.partition) {
        Some(token) => call.arg(token.epoch.0).arg(token.owner.0.as_bytes()),
        None => call.arg("").arg(""),
    };
    call.arg(&*MISSED_REPORT).arg(&*SKIPPED_REPORT);
    columns.add_to(&mut call);
    let reply: Vec<u8> = call.send(link, Effect::Writes).await?;
    answer::read(place.partition, boot, turn, &reply)
}

static MISSED_REPORT: LazyLock<Vec<u8>> =
    LazyLock::new(|| admit_run::report(bellwether_store::reason::TOO_LATE));
static SKIPPED_REPORT: LazyLock<Vec<u8>> =
    LazyLock::new(|| admit_run::report(bellwether_store::reason::NO_PLACE));

fn check_size(turn: &Turn) -> Result<(), StoreError> {
    let fires = turn.claims.iter().map(|item| item.claim.fires.len().max(1));
    let takes = turn.takes.iter().map(|take| usize::try_from(take.most).unwrap_or(usize::MAX));
    let items = [turn.finishes.len(), turn.promotes.len()].into_iter().chain(fires).chain(takes);
    let items = items.fold(0, usize::saturating_add);
    if items > LARGEST_TURN {
        return Err(StoreError::Refused(Box::new(TooLarge { items })));
    }
    Ok(())
}
