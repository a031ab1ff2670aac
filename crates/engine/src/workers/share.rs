//! Who gets how much of what waits: pure.

use std::collections::BinaryHeap;

/// A ready list with about so many runs on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// How many runs to ask for.
    pub(super) wanted: u32,
}

/// A part of a list for a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    /// The list, by its place.
    pub(super) list: usize,
    /// The worker, by its place.
    pub(super) seat: usize,
    /// How many.
    pub(super) most: u32,
}

/// How the lists were shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    /// The parts, in the order of the lists.
    pub(super) shares: Vec<Share>,
    /// Lists that some worker would take more of, had it room.
    pub(super) short: Vec<usize>,
    /// Lists that no worker here takes.
    pub(super) foreign: Vec<usize>,
}

/// Shares the lists, in their order, among workers that have `free` room, up to `budget` in all. Each
/// run goes to the worker that has the most room left, so that several workers of a queue fill up
/// evenly, whatever their sizes. `serves` says whether a worker takes a list.
pub(super) fn share(
    lists: &[Waiting],
    free: &[u32],
    mut budget: u32,
    serves: impl Fn(usize, usize) -> bool,
) -> Shared {
    let mut free = free.to_vec();
    let mut shared = Shared::default();
    for (list, waiting) in lists.iter().enumerate() {
        let takers: Vec<usize> = (0..free.len()).filter(|seat| serves(list, *seat)).collect();
        if takers.is_empty() {
            shared.foreign.push(list);
            continue;
        }
        let wanted = waiting.wanted.min(budget);
        let given = pour(wanted, &takers, &mut free);
        let sum: u32 = given.iter().map(|(_, most)| most).sum();
        budget -= sum;
        if sum < waiting.wanted {
            shared.short.push(list);
        }
        shared.shares.extend(given.into_iter().map(|(seat, most)| Share { list, seat, most }));
    }
    shared
}

/// Up to `wanted` of what `takers` have free, one by one from the fullest stock.
fn pour(wanted: u32, takers: &[usize], free: &mut [u32]) -> Vec<(usize, u32)> {
    let mut stocks: BinaryHeap<(u32, usize)> = takers.iter().map(|t| (free[*t], *t)).collect();
    let mut given = vec![0; free.len()];
    for _ in 0..wanted {
        let Some((stock, seat)) = stocks.pop() else { break };
        if stock == 0 {
            break;
        }
        given[seat] += 1;
        free[seat] -= 1;
        stocks.push((stock - 1, seat));
    }
    given.into_iter().enumerate().filter(|(_, most)| *most > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(lists: &[u32], free: &[u32], budget: u32) -> Vec<(usize, usize, u32)> {
        let lists: Vec<_> = lists.iter().map(|wanted| Waiting { wanted: *wanted }).collect();
        let shared = share(&lists, free, budget, |_, _| true);
        shared.shares.iter().map(|share| (share.list, share.seat, share.most)).collect()
    }

    #[test]
    fn workers_fill_up_evenly() {
        assert_eq!(given(&[6], &[10, 4], 100), [(0, 0, 6)], "the larger one has more room");
        assert_eq!(given(&[10], &[10, 4], 100), [(0, 0, 8), (0, 1, 2)]);
        assert_eq!(given(&[4], &[3, 3], 100), [(0, 0, 2), (0, 1, 2)]);
        assert_eq!(given(&[100], &[3, 3], 100), [(0, 0, 3), (0, 1, 3)]);
    }

    #[test]
    fn earlier_lists_go_first_and_the_budget_bounds_all() {
        assert_eq!(given(&[3, 3], &[4], 100), [(0, 0, 3), (1, 0, 1)]);
        assert_eq!(given(&[3, 3], &[9], 5), [(0, 0, 3), (1, 0, 2)]);
        assert_eq!(given(&[3, 3], &[0], 5), []);
    }

    #[test]
    fn a_list_is_short_where_room_is_lacking_and_foreign_where_nobody_takes_it() {
        let lists = [Waiting { wanted: 2 }, Waiting { wanted: 1 }, Waiting { wanted: 1 }];
        let shared = share(&lists, &[1], 100, |list, _| list != 1);
        assert_eq!(shared.shares, [Share { list: 0, seat: 0, most: 1 }]);
        assert_eq!(shared.short, [0, 2]);
        assert_eq!(shared.foreign, [1]);
    }
}
