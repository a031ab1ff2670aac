//! Who is there, judged by watching.
//!
//! A node is taken for dead only by one who has seen its beat unchanged, or its record absent, for
//! the session ttl on the observer's own clock, while the observer's own writes succeeded
//! throughout. The observer's failures start the watch anew: an observer that was itself cut off
//! or asleep must not conclude anything from what it did not see.

use std::collections::HashMap;
use std::time::Duration;

use bellwether_domain::BootId;
use bellwether_store::{NodeRecord, Roster};

use crate::boot_clock::BootInstant;

/// The observer's watch over the others' beats.
#[derive(Debug)]
pub(crate) struct Membership {
    session_ttl: Duration,
    watching_since: Option<BootInstant>,
    /// The run of the store that is watched.
    run: Option<String>,
    seen: HashMap<BootId, Seen>,
}

#[derive(Debug)]
struct Seen {
    record: NodeRecord,
    present: bool,
    since: BootInstant,
}

impl Membership {
    /// A watch that has seen nothing yet.
    pub(crate) fn new(session_ttl: Duration) -> Self {
        Self { session_ttl, watching_since: None, run: None, seen: HashMap::new() }
    }

    /// Notes what the observer's own successful beat returned at `now`. Another run of the store
    /// may have forgotten beats, so with it the watch starts anew.
    pub(crate) fn observe(&mut self, now: BootInstant, roster: Roster) {
        let Roster { nodes: records, run } = roster;
        if self.run.as_ref() != Some(&run) {
            self.interrupt();
            self.run = Some(run);
        }
        self.watching_since.get_or_insert(now);
        for seen in self.seen.values_mut() {
            let present = records.iter().any(|record| record.boot == seen.record.boot);
            if seen.present && !present {
                *seen = Seen { present, since: now, record: seen.record.clone() };
            }
        }
        for record in records {
            match self.seen.get_mut(&record.boot) {
                Some(seen) if seen.present && seen.record.beat == record.beat => {
                    seen.record = record;
                }
                _ => {
                    let boot = record.boot;
                    self.seen.insert(boot, Seen { record, present: true, since: now });
                }
            }
        }
        let forget = self.session_ttl * 100;
        self.seen.retain(|_, seen| seen.present || now.since(seen.since) < forget);
    }

    /// Notes that the observer's own beat failed, or came so late that it proves nothing.
    pub(crate) fn interrupt(&mut self) {
        self.watching_since = None;
        self.seen.clear();
    }

    /// Whether `boot` is dead for all that the observer saw until `now`.
    pub(crate) fn is_dead(&self, boot: BootId, now: BootInstant) -> bool {
        let since = match self.seen.get(&boot) {
            Some(seen) => Some(seen.since),
            None => self.watching_since,
        };
        since.is_some_and(|since| now.since(since) > self.session_ttl)
    }

    /// Whether `boot` is dead, and `roster`, read just before `now`, shows what was seen last: its
    /// beat, or no record of it.
    pub(crate) fn is_still_dead(&self, boot: BootId, now: BootInstant, roster: &Roster) -> bool {
        let seen = self.seen.get(&boot).filter(|seen| seen.present);
        let found = roster.nodes.iter().find(|record| record.boot == boot);
        self.is_dead(boot, now)
            && self.run.as_ref() == Some(&roster.run)
            && seen.map(|seen| seen.record.beat) == found.map(|record| record.beat)
    }

    /// The nodes whose record is still there though they have been dead for so long that everybody
    /// else has seen it too.
    pub(crate) fn long_dead(&self, now: BootInstant) -> Vec<BootId> {
        let stale = |seen: &&Seen| seen.present && now.since(seen.since) > self.session_ttl * 3;
        self.seen.values().filter(stale).map(|seen| seen.record.boot).collect()
    }

    /// The nodes that are not dead, by boot id.
    pub(crate) fn live(&self, now: BootInstant) -> Vec<&NodeRecord> {
        let present = self.seen.values().filter(|seen| seen.present);
        let live = present.filter(|seen| now.since(seen.since) <= self.session_ttl);
        let mut live: Vec<_> = live.map(|seen| &seen.record).collect();
        live.sort_by_key(|record| record.boot);
        live
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const TTL: Duration = Duration::from_secs(3);

    fn record(boot: u128, beat: u64) -> NodeRecord {
        NodeRecord {
            boot: BootId(Uuid::from_u128(boot)),
            name: format!("n{boot}"),
            beat,
            grpc_address: String::new(),
            http_address: String::new(),
            version: String::new(),
            capacity: 1,
            inflight: 0,
            draining: false,
            seen: None,
        }
    }

    fn roster(nodes: Vec<NodeRecord>) -> Roster {
        Roster { nodes, run: "r1".to_owned() }
    }

    fn at(start: BootInstant, seconds: u64) -> BootInstant {
        start.after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_beat_that_stands_still_for_the_ttl_is_death_and_one_that_moves_is_life() {
        let start = BootInstant::now();
        let mut watch = Membership::new(TTL);
        for second in 0..5 {
            watch.observe(at(start, second), roster(vec![record(1, 7), record(2, second)]));
        }
        let now = at(start, 4);
        assert!(watch.is_dead(BootId(Uuid::from_u128(1)), now));
        assert!(!watch.is_dead(BootId(Uuid::from_u128(2)), now));
        assert_eq!(watch.live(now).len(), 1);
    }

    #[test]
    fn an_absent_node_is_dead_only_after_the_observer_watched_for_the_ttl() {
        let start = BootInstant::now();
        let mut watch = Membership::new(TTL);
        let stranger = BootId(Uuid::from_u128(9));
        assert!(!watch.is_dead(stranger, at(start, 100)), "nothing was watched yet");
        watch.observe(start, roster(vec![]));
        assert!(!watch.is_dead(stranger, at(start, 2)));
        assert!(watch.is_dead(stranger, at(start, 4)));
    }

    #[test]
    fn an_interruption_starts_the_watch_anew() {
        let start = BootInstant::now();
        let mut watch = Membership::new(TTL);
        let boot = BootId(Uuid::from_u128(1));
        watch.observe(start, roster(vec![record(1, 7)]));
        watch.interrupt();
        assert!(!watch.is_dead(boot, at(start, 60)));
        watch.observe(at(start, 60), roster(vec![record(1, 7)]));
        assert!(!watch.is_dead(boot, at(start, 62)));
        assert!(watch.is_dead(boot, at(start, 64)));
    }

    #[test]
    fn a_record_that_vanishes_is_watched_from_then_on() {
        let start = BootInstant::now();
        let mut watch = Membership::new(TTL);
        let boot = BootId(Uuid::from_u128(1));
        watch.observe(start, roster(vec![record(1, 1)]));
        watch.observe(at(start, 1), roster(vec![record(1, 2)]));
        watch.observe(at(start, 2), roster(vec![]));
        assert!(!watch.is_dead(boot, at(start, 5)));
        assert!(watch.is_dead(boot, at(start, 6)));
        assert!(watch.live(at(start, 2)).is_empty());
    }

    #[test]
    fn another_run_of_the_store_starts_the_watch_anew() {
        let start = BootInstant::now();
        let mut watch = Membership::new(TTL);
        let boot = BootId(Uuid::from_u128(1));
        watch.observe(start, roster(vec![record(1, 7)]));
        let other = Roster { run: "r2".to_owned(), ..roster(vec![record(1, 7)]) };
        watch.observe(at(start, 3), other.clone());
        assert!(!watch.is_dead(boot, at(start, 6)));
        watch.observe(at(start, 6), other);
        assert!(watch.is_dead(boot, at(start, 7)));
    }

    #[test]
    fn one_look_more_acquits_whoever_moved() {
        let start = BootInstant::now();
        let mut watch = Membership::new(TTL);
        let [boot, stranger] = [1, 9].map(|boot| BootId(Uuid::from_u128(boot)));
        watch.observe(start, roster(vec![record(1, 7)]));
        let now = at(start, 4);
        let still = |boot, roster: Roster| watch.is_still_dead(boot, now, &roster);
        assert!(watch.is_dead(boot, now) && watch.is_dead(stranger, now));
        assert!(still(boot, roster(vec![record(1, 7)])));
        assert!(!still(boot, roster(vec![record(1, 8)])), "it beats again");
        assert!(!still(boot, roster(vec![])), "its record is gone: that is watched from now on");
        assert!(still(stranger, roster(vec![record(1, 7)])));
        assert!(!still(stranger, roster(vec![record(9, 1)])), "it was new");
        let other = Roster { run: "r2".to_owned(), ..roster(vec![record(1, 7)]) };
        assert!(!still(boot, other), "what another run of the store shows may be old");
    }
}
