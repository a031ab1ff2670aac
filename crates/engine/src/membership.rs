//! Who is there, judged by watching: nodes, and sessions of workers.
//!
//! One is taken for dead only by an observer who has seen its beat unchanged, or its record absent,
//! for the ttl on the observer's own clock, while the observer's own writes succeeded throughout.
//! The observer's failures start the watch anew: an observer that was itself cut off or asleep must
//! not conclude anything from what it did not see. Absence counts from when it was first noticed:
//! one who appeared a moment ago may not have been looked for yet.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use bellwether_domain::{BootId, SessionId};
use bellwether_store::{NodeRecord, Roster, SessionRecord, StreamNumber};

use crate::boot_clock::BootInstant;

/// The watch over the other nodes.
pub(crate) type Membership = Watch<NodeRecord>;

/// What says of itself that it lives.
pub(crate) trait Beating {
    /// What names it.
    type Id: Copy + Eq + Hash + Ord;
    /// What changes with each beat.
    type Beat: PartialEq;

    /// Its name.
    fn id(&self) -> Self::Id;
    /// Its latest beat.
    fn beat(&self) -> Self::Beat;
}

impl Beating for NodeRecord {
    type Id = BootId;
    type Beat = u64;

    fn id(&self) -> BootId {
        self.boot
    }

    fn beat(&self) -> u64 {
        self.beat
    }
}

impl Beating for SessionRecord {
    type Id = SessionId;
    type Beat = (BootId, StreamNumber, u64);

    fn id(&self) -> SessionId {
        self.session
    }

    fn beat(&self) -> Self::Beat {
        (self.host, self.stream, self.beat)
    }
}

/// The observer's watch over others' beats.
#[derive(Debug)]
pub(crate) struct Watch<R: Beating> {
    ttl: Duration,
    watching_since: Option<BootInstant>,
    /// The run of the store that is watched.
    run: Option<String>,
    seen: HashMap<R::Id, Seen<R>>,
}

#[derive(Debug)]
struct Seen<R> {
    /// As it was seen last; `None` where it never was.
    record: Option<R>,
    present: bool,
    since: BootInstant,
}

impl<R: Beating> Watch<R> {
    /// A watch that has seen nothing yet.
    pub(crate) fn new(ttl: Duration) -> Self {
        Self { ttl, watching_since: None, run: None, seen: HashMap::new() }
    }

    /// Notes the records that the observer's own successful beat returned at `now`.
    pub(crate) fn observe_records(&mut self, now: BootInstant, records: Vec<R>) {
        self.watching_since.get_or_insert(now);
        let there: HashMap<R::Id, R> = records.into_iter().map(|r| (r.id(), r)).collect();
        for (id, seen) in &mut self.seen {
            if seen.present && !there.contains_key(id) {
                (seen.present, seen.since) = (false, now);
            }
        }
        for (id, record) in there {
            let same = |seen: &&mut Seen<R>| {
                seen.present && seen.record.as_ref().is_some_and(|r| r.beat() == record.beat())
            };
            match self.seen.get_mut(&id).filter(|seen| same(seen)) {
                Some(seen) => seen.record = Some(record),
                None => {
                    let seen = Seen { record: Some(record), present: true, since: now };
                    self.seen.insert(id, seen);
                }
            }
        }
        let forget = self.ttl * 100;
        self.seen.retain(|_, seen| seen.present || now.since(seen.since) < forget);
    }

    /// Notes that the observer's own beat failed, or came so late that it proves nothing.
    pub(crate) fn interrupt(&mut self) {
        self.watching_since = None;
        self.seen.clear();
    }

    /// Whether `id` is dead for all that the observer saw until `now`. One that was never seen is
    /// watched for from here on.
    pub(crate) fn is_dead(&mut self, id: R::Id, now: BootInstant) -> bool {
        if self.watching_since.is_none() {
            return false;
        }
        let absent = Seen { record: None, present: false, since: now };
        let seen = self.seen.entry(id).or_insert(absent);
        now.since(seen.since) > self.ttl
    }

    /// Those whose record is still there though they have been dead for so long that everybody else
    /// has seen it too.
    pub(crate) fn long_dead(&self, now: BootInstant) -> Vec<&R> {
        let stale = |seen: &&Seen<R>| seen.present && now.since(seen.since) > self.ttl * 3;
        self.seen.values().filter(stale).filter_map(|seen| seen.record.as_ref()).collect()
    }

    /// Those that are not dead, by their names.
    pub(crate) fn live(&self, now: BootInstant) -> Vec<&R> {
        let present = self.seen.values().filter(|seen| seen.present);
        let live = present.filter(|seen| now.since(seen.since) <= self.ttl);
        let mut live: Vec<_> = live.filter_map(|seen| seen.record.as_ref()).collect();
        live.sort_by_key(|record| record.id());
        live
    }
}

impl Watch<NodeRecord> {
    /// Notes what the observer's own successful beat returned at `now`. Another run of the store
    /// may have forgotten beats, so with it the watch starts anew.
    pub(crate) fn observe(&mut self, now: BootInstant, roster: Roster) {
        let Roster { nodes: records, run } = roster;
        if self.run.as_ref() != Some(&run) {
            self.interrupt();
            self.run = Some(run);
        }
        self.observe_records(now, records);
    }

    /// Whether `boot` is dead, and `roster`, read just before `now`, shows what was seen last: its
    /// beat, or no record of it.
    pub(crate) fn is_still_dead(
        &mut self,
        boot: BootId,
        now: BootInstant,
        roster: &Roster,
    ) -> bool {
        let dead = self.is_dead(boot, now);
        let seen = self.seen.get(&boot).filter(|seen| seen.present);
        let seen = seen.and_then(|seen| seen.record.as_ref()).map(|record| record.beat);
        let found = roster.nodes.iter().find(|record| record.boot == boot);
        dead && self.run.as_ref() == Some(&roster.run) && seen == found.map(|record| record.beat)
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
        assert!(!watch.is_dead(stranger, at(start, 10)), "it may have come a moment ago");
        watch.observe(at(start, 11), roster(vec![]));
        assert!(!watch.is_dead(stranger, at(start, 12)));
        assert!(watch.is_dead(stranger, at(start, 14)));
        assert!(watch.live(at(start, 14)).is_empty() && watch.long_dead(at(start, 99)).is_empty());
    }

    #[test]
    fn a_session_lives_on_at_another_node() {
        let start = BootInstant::now();
        let mut watch = Watch::new(TTL);
        let session = SessionId(Uuid::from_u128(5));
        let record = |host: u128, stream: u64| SessionRecord {
            session,
            host: BootId(Uuid::from_u128(host)),
            stream: StreamNumber(stream),
            beat: 1,
            last_seen: bellwether_domain::Timestamp::UNIX_EPOCH,
            worker: bellwether_domain::WorkerId::new("w").expect("a good name"),
            namespace: bellwether_domain::Namespace::default(),
        };
        watch.observe_records(start, vec![record(1, 1)]);
        watch.observe_records(at(start, 2), vec![record(1, 1)]);
        watch.observe_records(at(start, 3), vec![record(2, 2)]);
        assert!(!watch.is_dead(session, at(start, 5)), "though the number of the beat is the same");
        assert!(watch.is_dead(session, at(start, 7)));
        assert_eq!(watch.long_dead(at(start, 13)).len(), 1);
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
        assert!(!watch.is_dead(stranger, start), "it is watched for from here on");
        let now = at(start, 4);
        assert!(watch.is_dead(boot, now) && watch.is_dead(stranger, now));
        let mut still = |boot, roster: Roster| watch.is_still_dead(boot, now, &roster);
        assert!(still(boot, roster(vec![record(1, 7)])));
        assert!(!still(boot, roster(vec![record(1, 8)])), "it beats again");
        assert!(!still(boot, roster(vec![])), "its record is gone: that is watched from now on");
        assert!(still(stranger, roster(vec![record(1, 7)])));
        assert!(!still(stranger, roster(vec![record(9, 1)])), "it was new");
        let other = Roster { run: "r2".to_owned(), ..roster(vec![record(1, 7)]) };
        assert!(!still(boot, other), "what another run of the store shows may be old");
    }
}
