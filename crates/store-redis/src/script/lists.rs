//! Ready lists by their place among the keys of a call: `sections/ready.lua` names them so.

use bellwether_store::{Lane, ReadyKey};

use crate::codec::ready;
use crate::keys::PartitionKeys;

/// How many keys stand before the ready lists: those of [`PartitionKeys::common`].
const BEFORE: usize = 9;

/// The ready lists of a call: those of the nodes' own lane always, workers' where they are named, and
/// between them the set of those that are not empty.
pub(crate) struct Lists {
    queues: Vec<ReadyKey>,
}

impl Lists {
    /// The lists that a call about these needs.
    pub(crate) fn of<'a>(named: impl Iterator<Item = &'a ReadyKey>) -> Self {
        let mut queues: Vec<ReadyKey> = Vec::new();
        for ready in named {
            if ready.lane != Lane::Node && !queues.contains(ready) {
                queues.push(ready.clone());
            }
        }
        Self { queues }
    }

    /// Their keys, in order.
    pub(crate) fn keys(&self, keys: &PartitionKeys) -> Vec<String> {
        let mut names = keys.node_lists().to_vec();
        names.push(keys.queues());
        names.extend(self.queues.iter().map(|ready| keys.ready(ready)));
        names
    }

    /// The place of a list among all keys of the call, counted from 1 as Lua does.
    pub(crate) fn place(&self, ready: &ReadyKey) -> u16 {
        let place = match ready.lane {
            Lane::Node => usize::from(ready::place(ready.priority)),
            Lane::Queue { .. } => {
                let place = self.queues.iter().position(|queue| queue == ready);
                4 + place.unwrap_or_default()
            }
        };
        u16::try_from(BEFORE + 1 + place).unwrap_or(u16::MAX)
    }

    /// How many keys stand before those that follow the lists: what the scripts call HISTORY.
    pub(crate) fn end(&self) -> u16 {
        u16::try_from(BEFORE + 4 + self.queues.len()).unwrap_or(u16::MAX)
    }
}
