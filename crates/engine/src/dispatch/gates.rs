//! How many attempts of a namespace, and at a host, this node executes at once.
//!
//! Each limit is a gate with as many places. Who finds it full may wait in front of it, but only a
//! few and only for a moment ([`LONGEST_WAIT`]), and without holding one of the node's slots: the
//! others are sent back to the store and asked again when they are likely to get in. So a gate that
//! is full costs those who stand before others a moment, and nobody a slot.
//!
//! The limits hold for a node, not for the cluster: nodes would have to agree before each attempt.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bellwether_domain::{Limits, Namespace};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::definitions::CompiledJob;

/// How long an attempt waits in front of a gate before it is sent back. Its deadline in the store
/// runs on meanwhile, and the reaper gives an attempt two seconds beyond it.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The most that wait in front of a gate.
const MOST_WAITING: u32 = 32;

/// The shortest and the longest time for which one is sent back.
const SHORTEST_RETURN: Duration = Duration::from_millis(20);
const LONGEST_RETURN: Duration = Duration::from_secs(10);

/// What attempts are taken to last before any has ended, and at most.
const FIRST_GUESS: Duration = Duration::from_millis(100);
const LONGEST_GUESS: Duration = Duration::from_secs(10);

/// What a limit is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The attempts of a namespace's jobs.
    Namespace(Namespace),
    /// The attempts at a host.
    Host(String),
}

impl Subject {
    /// What it is called among the metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Namespace(_) => "namespace",
            Self::Host(_) => "host",
        }
    }
}

/// The gates of a node.
#[derive(Debug)]
pub(crate) struct Gates {
    limits: Limits,
    gates: Mutex<HashMap<Subject, Arc<Gate>>>,
}

impl Gates {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, gates: Mutex::default() }
    }

    /// The gates that the attempts of `job` go through.
    pub(super) fn of(&self, job: &CompiledJob) -> Vec<Arc<Gate>> {
        let namespace = &job.definition.key.namespace;
        let of_namespace = self.limits.of(namespace).concurrency;
        let of_namespace = of_namespace.map(|most| (Subject::Namespace(namespace.clone()), most));
        let of_host = self.limits.host_concurrency.zip(job.host.as_ref());
        let of_host = of_host.map(|(most, host)| (Subject::Host(host.clone()), most));
        of_namespace.into_iter().chain(of_host).map(|(what, most)| self.gate(what, most)).collect()
    }

    fn gate(&self, subject: Subject, places: u32) -> Arc<Gate> {
        let mut gates = self.gates.lock();
        if let Some(gate) = gates.get(&subject) {
            return Arc::clone(gate);
        }
        // Hosts come and go with jobs; what nobody stands at or is in need not be remembered.
        gates.retain(|_, gate| Arc::strong_count(gate) > 1);
        let gate = Arc::new(Gate::new(subject.clone(), places));
        gates.insert(subject, Arc::clone(&gate));
        gate
    }
}

/// One limit.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) subject: Subject,
    limit: u32,
    /// Fair: who waits longest goes first, and nobody slips past him.
    places: Arc<Semaphore>,
    waiting: AtomicU32,
    pace: Mutex<Pace>,
}

/// How fast places become free, about, and who was promised the next ones.
#[derive(Debug)]
struct Pace {
    lasts: Duration,
    /// When the latest of those who were sent back is to come again.
    promised: Option<Instant>,
}

impl Gate {
    fn new(subject: Subject, limit: u32) -> Self {
        Self {
            subject,
            limit,
            places: Arc::new(Semaphore::new(limit as usize)),
            waiting: AtomicU32::new(0),
            pace: Mutex::new(Pace { lasts: FIRST_GUESS, promised: None }),
        }
    }

    fn try_enter(self: &Arc<Self>) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { gate: Arc::clone(self), since: None, _permit: permit })
    }

    /// A seat to wait for a place, where there is one.
    pub(super) fn seat(self: &Arc<Self>) -> Option<Seat> {
        let most = self.limit.min(MOST_WAITING);
        let more = |waiting: u32| (waiting < most).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Seat { gate: Arc::clone(self) })
    }

    /// For how long one is sent back who found neither place nor seat. They come one after the
    /// other, as fast as places are likely to become free, so that a long line is not asked again
    /// and again; `spread` in 0..1 keeps those at the cap apart.
    pub(super) fn return_in(&self, now: Instant, spread: f64) -> Duration {
        let mut pace = self.pace.lock();
        let earliest = now + SHORTEST_RETURN;
        let at =
            pace.promised.map_or(earliest, |last| earliest.max(last + pace.lasts / self.limit));
        let wait = at - now;
        if wait > LONGEST_RETURN {
            return LONGEST_RETURN.mul_f64(0.5 + 0.5 * spread.clamp(0.0, 1.0));
        }
        pace.promised = Some(at);
        wait
    }

    fn note_end(&self, lasted: Duration) {
        let mut pace = self.pace.lock();
        pace.lasts = (pace.lasts * 7 + lasted.min(LONGEST_GUESS)) / 8;
    }
}

/// A place behind a gate. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    gate: Arc<Gate>,
    /// From when on it is used; not yet while others are still to be passed.
    since: Option<Instant>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.gate.note_end(since.elapsed());
        }
    }
}

/// A seat in front of a gate.
#[derive(Debug)]
pub(super) struct Seat {
    gate: Arc<Gate>,
}

impl Seat {
    /// Waits for a place, in the order in which seats were taken; `None`: it took too long.
    pub(super) async fn wait(self) -> Option<Place> {
        let places = Arc::clone(&self.gate.places).acquire_owned();
        let permit = tokio::time::timeout(LONGEST_WAIT, places).await.ok()?.ok()?;
        Some(Place { gate: Arc::clone(&self.gate), since: None, _permit: permit })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.gate.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Goes through all of `gates`, of which `held` is passed already.
///
/// # Errors
/// The first that is full; none is held then.
pub(super) fn enter(gates: &[Arc<Gate>], held: Option<Place>) -> Result<Vec<Place>, Arc<Gate>> {
    let mut places: Vec<Place> = held.into_iter().collect();
    for gate in gates {
        if places.iter().any(|place| Arc::ptr_eq(&place.gate, gate)) {
            continue;
        }
        places.push(gate.try_enter().ok_or_else(|| Arc::clone(gate))?);
    }
    let now = Instant::now();
    places.iter_mut().for_each(|place| place.since = Some(now));
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(limit: u32) -> Arc<Gate> {
        Arc::new(Gate::new(Subject::Host("example.org".to_owned()), limit))
    }

    #[test]
    fn a_full_gate_lets_nobody_in_and_no_other_place_is_kept() {
        let (wide, narrow) = (gate(5), gate(1));
        let gates = [Arc::clone(&wide), Arc::clone(&narrow)];
        let first = enter(&gates, None).expect("there is a place");
        let full = enter(&gates, None).expect_err("the narrow one is full");
        assert!(Arc::ptr_eq(&full, &narrow));
        assert_eq!(wide.places.available_permits(), 4, "only the first is in");
        drop(first);
        assert_eq!((wide.places.available_permits(), narrow.places.available_permits()), (5, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn seats_are_few_and_lead_in_by_turns() {
        let gate = gate(2);
        let inside = enter(&[Arc::clone(&gate), Arc::clone(&gate)], None).expect("a place");
        let other = enter(&[Arc::clone(&gate)], None).expect("the second");
        let first = gate.seat().expect("a seat");
        let second = gate.seat().expect("another");
        assert!(gate.seat().is_none(), "as many seats as places");
        let (first, second) = (tokio::spawn(first.wait()), tokio::spawn(second.wait()));
        tokio::task::yield_now().await;
        drop(inside);
        let place = first.await.expect("no panic").expect("its turn");
        assert!(enter(&[Arc::clone(&gate)], None).is_err(), "the place was not free for others");
        assert!(second.await.expect("no panic").is_none(), "sent back after a while");
        drop((place, other));
        assert!(gate.seat().is_some());
    }

    #[test]
    fn those_sent_back_come_as_fast_as_places_become_free() {
        let gate = gate(4);
        let now = Instant::now();
        let waits: Vec<_> = (0..3).map(|_| gate.return_in(now, 0.0).as_millis()).collect();
        assert_eq!(waits, [20, 45, 70], "100 ms each, four at once");
        for _ in 0..400 {
            gate.return_in(now, 0.0);
        }
        assert_eq!(gate.return_in(now, 0.0), LONGEST_RETURN / 2, "and never later than the cap");
        assert_eq!(gate.return_in(now, 1.0), LONGEST_RETURN);
        for _ in 0..60 {
            gate.note_end(Duration::from_millis(2));
        }
        let later = now + LONGEST_RETURN;
        let waits: Vec<_> = (0..3).map(|_| gate.return_in(later, 0.0)).collect();
        assert!(waits[2] - waits[0] < Duration::from_millis(3), "{waits:?}");
    }
}
