//! When a node tries to take a lease, as a pure rule.

use std::time::Duration;

use bellwether_domain::{BootId, Partition};
use bellwether_store::LeaseView;
use sha2::{Digest, Sha256};

use crate::boot_clock::BootInstant;

/// How much longer each further rank waits before it takes a free lease.
const RANK_DELAY: Duration = Duration::from_millis(50);

/// What a node does about a partition that it does not lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Tries to acquire the lease now.
    Acquire,
    /// Looks again after this.
    Wait(Duration),
}

/// A node's watch over the lease of a partition that it does not lead.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Candidate {
    free_since: Option<BootInstant>,
    /// A node that handed over gives the other this long to take the lease: longer than a rank's
    /// delay, since the hint may be lost.
    yields_until: Option<BootInstant>,
}

impl Candidate {
    /// Leaves the lease to others until `until`.
    pub(crate) fn yield_until(&mut self, until: BootInstant) {
        self.yields_until = Some(until);
    }

    /// What to do at `now`, having just read `view`. `rank` is the node's place among those who
    /// may take the lease; each waits for those before it.
    pub(crate) fn decide(
        &mut self,
        view: &LeaseView,
        now: BootInstant,
        rank: u32,
        ttl: Duration,
    ) -> Decision {
        let left = view.expires.since(view.now);
        let held = view.owner.is_some() && !left.is_zero() && left <= ttl;
        if held {
            self.free_since = None;
            return Decision::Wait(left);
        }
        let yields = self.yields_until.map(|until| until.since(now));
        if let Some(wait) = yields.filter(|wait| !wait.is_zero()) {
            return Decision::Wait(wait);
        }
        let free_since = *self.free_since.get_or_insert(now);
        let turn = free_since.after(RANK_DELAY * rank);
        match turn.since(now) {
            wait if wait.is_zero() => Decision::Acquire,
            wait => Decision::Wait(wait),
        }
    }
}

/// Whether a holder hands its lease over to the node that asked for it. `tenure` is how long it has
/// led, `settled` whether the membership has been stable for a while: leases move once after a node
/// joined, not with every flicker, and only to a node that is preferred and says that it is able.
pub(crate) fn hands_over(
    view: &LeaseView,
    own: BootId,
    nodes: &[BootId],
    tenure: Duration,
    settled: bool,
    ttl: Duration,
) -> bool {
    let asked = view.want.filter(|want| *want != own);
    let preferred = |boot: BootId| rank(view.partition, boot, nodes, false) == 0;
    settled
        && tenure >= 2 * ttl
        && asked.is_some_and(|boot| nodes.contains(&boot) && preferred(boot))
}

/// The place of `own` among `nodes` for `partition`, by rendezvous hashing: each partition has an
/// order of its own, and a node that joins or leaves moves only what it gains or loses. A node
/// that is not among them, or that let its lease expire, comes last.
pub(crate) fn rank(partition: Partition, own: BootId, nodes: &[BootId], let_expire: bool) -> u32 {
    let weight = |boot: BootId| {
        let mut hash = Sha256::new();
        hash.update(partition.0.to_be_bytes());
        hash.update(boot.0.as_bytes());
        hash.finalize()
    };
    let mine = weight(own);
    let before = match nodes.contains(&own) && !let_expire {
        true => nodes.iter().filter(|boot| weight(**boot) > mine).count(),
        false => nodes.len(),
    };
    u32::try_from(before).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_domain::{Epoch, Timestamp};
    use uuid::Uuid;

    const TTL: Duration = Duration::from_secs(3);

    fn boot(n: u128) -> BootId {
        BootId(Uuid::from_u128(n))
    }

    fn view(owner: Option<BootId>, expires: i64) -> LeaseView {
        LeaseView {
            partition: Partition(0),
            epoch: Epoch(1),
            owner,
            expires: Timestamp::from_millis(expires),
            want: None,
            now: Timestamp::from_millis(10_000),
        }
    }

    #[test]
    fn a_held_lease_is_left_alone_and_any_other_is_taken_in_the_order_of_ranks() {
        let now = BootInstant::now();
        let wait = |ms| Decision::Wait(Duration::from_millis(ms));
        let cases = [
            ("held", view(Some(boot(1)), 12_000), 0, wait(2_000)),
            ("released", view(None, 12_000), 0, Decision::Acquire),
            ("expired", view(Some(boot(1)), 10_000), 0, Decision::Acquire),
            ("expires further off than the ttl", view(Some(boot(1)), 99_000), 0, Decision::Acquire),
            ("released, third in rank", view(None, 0), 2, wait(100)),
        ];
        for (case, view, rank, expected) in cases {
            assert_eq!(Candidate::default().decide(&view, now, rank, TTL), expected, "{case}");
        }
    }

    #[test]
    fn the_wait_of_a_rank_runs_from_when_the_lease_was_first_seen_free() {
        let now = BootInstant::now();
        let mut candidate = Candidate::default();
        let free = view(None, 0);
        assert_eq!(candidate.decide(&free, now, 1, TTL), Decision::Wait(Duration::from_millis(50)));
        let later = now.after(Duration::from_millis(50));
        assert_eq!(candidate.decide(&free, later, 1, TTL), Decision::Acquire);
        candidate.decide(&view(Some(boot(1)), 12_000), later, 1, TTL);
        assert!(matches!(candidate.decide(&free, later, 1, TTL), Decision::Wait(_)));
    }

    #[test]
    fn one_who_handed_over_leaves_the_lease_to_the_other_for_a_while() {
        let now = BootInstant::now();
        let mut candidate = Candidate::default();
        candidate.yield_until(now.after(TTL));
        let free = view(None, 0);
        assert_eq!(candidate.decide(&free, now, 0, TTL), Decision::Wait(TTL));
        assert_eq!(candidate.decide(&free, now.after(TTL), 0, TTL), Decision::Acquire);
    }

    #[test]
    fn ranks_are_a_permutation_and_the_one_who_let_it_expire_comes_last() {
        let nodes = [boot(1), boot(2), boot(3)];
        for partition in 0..16 {
            let mut ranks = nodes.map(|own| rank(Partition(partition), own, &nodes, false));
            ranks.sort_unstable();
            assert_eq!(ranks, [0, 1, 2]);
        }
        assert_eq!(rank(Partition(0), boot(1), &nodes, true), 3);
        assert_eq!(rank(Partition(0), boot(9), &nodes, false), 3);
    }

    #[test]
    fn a_holder_hands_over_to_the_preferred_node_that_asks_and_to_no_other() {
        let nodes = [boot(1), boot(2)];
        let preferred = nodes.into_iter().find(|b| rank(Partition(0), *b, &nodes, false) == 0);
        let preferred = preferred.expect("one of them is");
        let other = nodes.into_iter().find(|b| *b != preferred).expect("there are two");
        let asked = |want| LeaseView { want, ..view(Some(other), 12_000) };
        let long = 2 * TTL;
        let cases = [
            ("asked by the preferred", asked(Some(preferred)), other, long, true, true),
            ("asked by nobody", asked(None), other, long, true, false),
            ("too early", asked(Some(preferred)), other, TTL, true, false),
            ("nodes come and go", asked(Some(preferred)), other, long, false, false),
            ("asked by one that is not there", asked(Some(boot(9))), other, long, true, false),
            (
                "asked by one that is not preferred",
                asked(Some(other)),
                preferred,
                long,
                true,
                false,
            ),
        ];
        for (case, view, own, tenure, settled, expected) in cases {
            assert_eq!(hands_over(&view, own, &nodes, tenure, settled, TTL), expected, "{case}");
        }
    }
}
