//! How many attempts a node executes at once, and who waits for a place.

use std::collections::VecDeque;
use std::sync::Arc;

use bellwether_domain::Partition;
use parking_lot::Mutex;

use crate::local::LocalPartition;

/// The node's places for attempts.
#[derive(Debug)]
pub(crate) struct SlotPool {
    capacity: u32,
    state: Mutex<State>,
    locals: Vec<Arc<LocalPartition>>,
}

#[derive(Debug)]
struct State {
    free: u32,
    /// Partitions that got fewer places than they could use, each once, the longest wait first.
    starving: VecDeque<Partition>,
}

impl SlotPool {
    pub(crate) fn new(capacity: u32, locals: Vec<Arc<LocalPartition>>) -> Arc<Self> {
        let state = State { free: capacity, starving: VecDeque::new() };
        Arc::new(Self { capacity, state: Mutex::new(state), locals })
    }

    /// Up to `wanted` places. A partition that gets fewer is woken when one becomes free.
    pub(crate) fn reserve(self: &Arc<Self>, wanted: usize, partition: Partition) -> Slots {
        let mut state = self.state.lock();
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        let count = wanted.min(state.free);
        state.free -= count;
        if count < wanted && !state.starving.contains(&partition) {
            state.starving.push_back(partition);
        }
        Slots { pool: Arc::clone(self), count }
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> u32 {
        self.capacity - self.state.lock().free
    }

    fn give_back(&self, count: u32) {
        if count == 0 {
            return;
        }
        let mut state = self.state.lock();
        state.free += count;
        let woken: Vec<_> = (0..count).map_while(|_| state.starving.pop_front()).collect();
        drop(state);
        for partition in woken {
            if let Some(local) = self.locals.get(usize::from(partition.0)) {
                local.ring();
            }
        }
    }
}

/// Some places. They are free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Slots {
    pool: Arc<SlotPool>,
    count: u32,
}

impl Slots {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// One of them; an empty bundle when there is none left.
    pub(crate) fn take_one(&mut self) -> Self {
        let one = self.count.min(1);
        self.count -= one;
        Self { pool: Arc::clone(&self.pool), count: one }
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.pool.give_back(self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lent_up_to_the_capacity_and_come_back() {
        let local = Arc::new(LocalPartition::new(Partition(0)));
        let pool = SlotPool::new(3, vec![Arc::clone(&local)]);
        let mut two = pool.reserve(2, Partition(0));
        let rest = pool.reserve(5, Partition(0));
        assert_eq!((two.len(), rest.len(), pool.taken()), (2, 1, 3));
        let one = two.take_one();
        drop(two);
        assert_eq!(pool.taken(), 2);
        drop((one, rest));
        assert_eq!(pool.taken(), 0);
    }

    #[tokio::test]
    async fn a_partition_that_got_too_few_is_woken() {
        let local = Arc::new(LocalPartition::new(Partition(0)));
        let pool = SlotPool::new(1, vec![Arc::clone(&local)]);
        let all = pool.reserve(1, Partition(0));
        assert_eq!(pool.reserve(1, Partition(0)).len(), 0);
        drop(all);
        tokio::time::timeout(std::time::Duration::from_secs(5), local.rung())
            .await
            .expect("the bell was rung");
    }
}
