//! What becomes of due fire times: coalesce × misfire × overlap × max_instances × downtime, from the
//! plan to the history.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::plan::{DueJob, plan};
use bellwether_domain::trigger::{IntervalSpec, TriggerKind};
use bellwether_domain::{
    Coalesce, EndState, Misfire, NextStep, Overlap, Policy, RunCause, RunState, Timestamp,
};

use super::bed::{Bed, LONG, Node, PARTITION};
use super::job::TestJob;
use crate::{Admitted, ClaimItem, DueEntry, InsertJob, Keep, Leased, Store};

/// A job fires every minute.
const EVERY: u64 = 60;

/// One row: a policy and a situation.
#[derive(Clone, Copy, Debug)]
struct Row {
    coalesce: Coalesce,
    /// Seconds; `None` is unlimited.
    grace: Option<u64>,
    overlap: Overlap,
    max_instances: u32,
    /// Seconds since the first unclaimed fire time; the latest one is 5 s ago.
    due_since: u64,
    /// Whether `max_instances` runs are executed already.
    busy: bool,
}

/// What became of a fire time, by its offset from now in seconds, and of how many beside it.
type Outcome = (i64, EndState, u32);

impl Row {
    fn policy(self) -> Policy {
        let misfire = self.grace.map(Duration::from_secs);
        Policy {
            coalesce: self.coalesce,
            misfire: misfire.map_or(Misfire::Unlimited, Misfire::Grace),
            overlap: self.overlap,
            max_instances: self.max_instances,
            cancel_grace: LONG,
            ..Policy::default()
        }
    }

    /// The rule in a few words, to be compared with what plan and store make of it together.
    fn expected(self) -> Vec<Outcome> {
        let due = (0..=self.due_since / EVERY).map(|n| -secs(self.due_since) + secs(n * EVERY));
        let due: Vec<i64> = due.collect();
        let others = u32::try_from(due.len() - 1).expect("a few");
        let taken = match self.coalesce {
            Coalesce::Latest => vec![(due[due.len() - 1], others)],
            Coalesce::Earliest => vec![(due[0], others)],
            Coalesce::All => due.iter().map(|at| (*at, 0)).collect(),
        };
        let outcome = |(at, others): (i64, u32)| {
            let late = self.grace.is_some_and(|grace| -at > secs(grace));
            let end = match (late, self.busy, self.overlap) {
                (true, ..) => EndState::Missed,
                (false, true, Overlap::Skip) => EndState::Skipped,
                _ => EndState::Succeeded,
            };
            (at, end, others)
        };
        taken.into_iter().map(outcome).collect()
    }
}

fn secs(seconds: u64) -> i64 {
    i64::try_from(seconds).expect("a few minutes")
}

/// A row that is put to a store.
struct Played<'a> {
    bed: &'a Bed,
    job: TestJob,
    policy: Policy,
    now: Timestamp,
    leader: &'a mut Node,
}

impl Played<'_> {
    /// The runs that are there already.
    async fn occupy(&mut self, count: u32) -> Vec<Leased> {
        for _ in 0..count {
            let admit = self.bed.store.admit_run(&self.job.admit(None)).await;
            assert!(matches!(admit.expect("the store answers"), Admitted::Run(_)));
        }
        self.leader.take(&self.job.ready, count).await
    }

    /// Claims what is due as a leader does.
    async fn claim(&mut self) -> Vec<Leased> {
        let peek = self.bed.store.peek(PARTITION, None, 99).await.expect("the store answers");
        let is_it = |entry: &DueEntry| entry.key == *self.job.key();
        let due = peek.due.into_iter().find(is_it).expect("the job is due");
        let trigger = self.job.definition.compile().expect("a valid trigger");
        let claim = plan(
            peek.now,
            &DueJob {
                partition: PARTITION,
                definition: &self.job.definition,
                trigger: &trigger,
                policy: &self.policy,
                etag: due.etag,
                next: due.next,
                fires: due.fires,
                catching_up: due.catching_up,
            },
        );
        let keep = Keep::of(&self.policy);
        let item = ClaimItem { claim, ready: self.job.ready.clone(), keep };
        self.leader.claim(99, &[item]).await.leased
    }

    /// Ends attempts, those first that are to be cancelled, until none is left. Returns in which
    /// order scheduled runs started.
    async fn run_out(&mut self, mut running: Vec<Leased>) -> Vec<i64> {
        let mut order = Vec::new();
        let mut seen = 0;
        while !running.is_empty() {
            let most = self.policy.max_instances as usize;
            assert!(running.len() <= most, "{} at once", running.len());
            for leased in &running[seen..] {
                if leased.run.draft.cause == RunCause::Schedule {
                    order.push(self.offset(leased.run.draft.fire_time));
                }
            }
            let asked = self.bed.store.cancels(&[PARTITION]).await.expect("the store answers");
            let is_asked =
                |leased: &Leased| asked.iter().any(|asked| asked.run == leased.run.draft.id);
            let place = running.iter().position(is_asked);
            let end = if place.is_some() { EndState::Cancelled } else { EndState::Succeeded };
            let leased = running.remove(place.unwrap_or(0));
            self.leader.finish(self.job.finish(&leased, NextStep::End(end))).await;
            seen = running.len();
            running.extend(self.leader.take(&self.job.ready, 99).await);
        }
        order
    }

    fn offset(&self, at: Timestamp) -> i64 {
        (at.as_millis() - self.now.as_millis()) / 1_000
    }

    /// What became of scheduled runs, in the order of their fire times.
    async fn outcomes(&self) -> Vec<Outcome> {
        let runs = self.bed.runs(self.job.uid()).await.into_iter();
        let scheduled = runs.filter(|run| run.draft.cause == RunCause::Schedule);
        let mut outcomes: Vec<Outcome> = scheduled
            .map(|run| {
                let RunState::Ended(end) = run.state else { panic!("{run:?} goes on") };
                (self.offset(run.draft.fire_time), end, run.draft.covers.others)
            })
            .collect();
        outcomes.sort_by_key(|(at, ..)| *at);
        outcomes
    }
}

/// Plays a row and returns what became of its fire times and the offset of the next one.
async fn play(bed: &Bed, leader: &mut Node, name: &str, row: Row) -> (Vec<Outcome>, i64) {
    let policy = row.policy();
    let first = bed.start.saturating_sub(Duration::from_secs(row.due_since));
    let mut job = bed.job(name).max_instances(row.max_instances);
    job.keep = Keep::of(&policy);
    let every = Duration::from_secs(EVERY);
    let interval = IntervalSpec { every, anchor: Some(first), fire_immediately: false };
    job.definition.spec.trigger = TriggerKind::Interval(interval).into();
    let next = bellwether_domain::FirePoint { fire_time: first, start_after: first };
    bed.insert(&InsertJob { next, ..job.insert() }).await;
    let mut played = Played { bed, job, policy, now: bed.start, leader };
    let before = if row.busy { row.max_instances } else { 0 };
    let mut running = played.occupy(before).await;
    running.extend(played.claim().await);
    let order = played.run_out(running).await;
    assert!(order.is_sorted(), "{row:?}: they started in the order {order:?}");
    let next = bed.read(&played.job).await.status.next_fire.expect("it goes on");
    (played.outcomes().await, played.offset(next))
}

pub async fn the_named_rows_of_the_policy_table(store: Arc<dyn Store>) {
    use EndState::{Missed, Succeeded};
    let rows = [
        (Coalesce::Latest, Some(30), vec![(-5, Succeeded, 3)]),
        (Coalesce::Latest, Some(1), vec![(-5, Missed, 3)]),
        (Coalesce::Earliest, None, vec![(-185, Succeeded, 3)]),
        (
            Coalesce::All,
            Some(100),
            vec![(-185, Missed, 0), (-125, Missed, 0), (-65, Succeeded, 0), (-5, Succeeded, 0)],
        ),
        (Coalesce::All, None, [-185, -125, -65, -5].map(|at| (at, Succeeded, 0)).to_vec()),
    ];
    let bed = Bed::new(store).await;
    let mut leader = bed.leader().await;
    for (n, (coalesce, grace, expected)) in rows.into_iter().enumerate() {
        let row = Row {
            coalesce,
            grace,
            overlap: Overlap::Skip,
            max_instances: 1,
            due_since: 185,
            busy: false,
        };
        let (outcomes, next) = play(&bed, &mut leader, &format!("row-{n}"), row).await;
        assert_eq!(outcomes, expected, "{row:?}");
        assert_eq!(row.expected(), expected, "the rule of the whole table says the same");
        assert_eq!(next, 55, "{row:?}");
    }
}

pub async fn the_policy_table(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut leader = bed.leader().await;
    let mut rows = Vec::new();
    for coalesce in [Coalesce::Latest, Coalesce::Earliest, Coalesce::All] {
        for grace in [None, Some(1), Some(30), Some(100)] {
            for overlap in [Overlap::Skip, Overlap::Queue, Overlap::Replace] {
                for (max_instances, due_since) in [(1, 5), (1, 185), (2, 5), (2, 185)] {
                    for busy in [false, true] {
                        rows.push(Row { coalesce, grace, overlap, max_instances, due_since, busy });
                    }
                }
            }
        }
    }
    assert_eq!(rows.len(), 288);
    for (n, row) in rows.into_iter().enumerate() {
        let (outcomes, next) = play(&bed, &mut leader, &format!("row-{n}"), row).await;
        assert_eq!(outcomes, row.expected(), "{row:?}");
        assert_eq!(next, 55, "{row:?}");
    }
}
