//! The ends of attempts that the store answered lately.
//!
//! A store that fails over may forget them, and then says that the node holds attempts of which the
//! node's table knows no more. What ended here must end there again, and not be executed again under
//! the same number.

use std::collections::HashMap;

use bellwether_domain::RunId;
use bellwether_store::{Finish, FinishReply};

/// Of so many attempts, in each of two generations, the end itself is kept.
const ENDS: usize = 2_000;

/// Of so many it is kept that they were delivered.
const ATTEMPTS: usize = 50_000;

/// What a node remembers of one partition: the attempts of the present generation and of the one
/// before. A generation lasts from one comparison with the store to the next.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    present: Generation,
    before: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    attempts: HashMap<(RunId, u32), Option<Box<Finish>>>,
    overflowed: bool,
}

/// What became of an attempt that the node holds no more.
#[derive(Clone, Debug)]
pub(crate) enum Memory {
    /// It ended, and this is how.
    Ended(Box<Finish>),
    /// It was delivered, and how it ended is not known.
    Delivered,
    /// It was never delivered.
    None,
}

impl Settled {
    /// Notes an end that the store answered.
    pub(crate) fn note(&mut self, finish: Finish, reply: FinishReply) {
        let key = (finish.run, finish.attempt);
        let room = self.present.attempts.len() < ENDS && reply == FinishReply::Recorded;
        self.present.insert(key, room.then(|| Box::new(finish)));
    }

    /// Notes an attempt that was delivered and stopped because it was no longer the node's.
    pub(crate) fn note_stopped(&mut self, run: RunId, attempt: u32) {
        self.present.insert((run, attempt), None);
    }

    /// What is known of an attempt. Where too many ended to know, it may have been delivered.
    pub(crate) fn recall(&self, run: RunId, attempt: u32) -> Memory {
        let generations = [&self.present, &self.before];
        match generations.iter().find_map(|g| g.attempts.get(&(run, attempt))) {
            Some(Some(finish)) => Memory::Ended(finish.clone()),
            Some(None) => Memory::Delivered,
            None if generations.iter().any(|g| g.overflowed) => Memory::Delivered,
            None => Memory::None,
        }
    }

    /// Begins the next generation and forgets the one before the present.
    pub(crate) fn age(&mut self) {
        self.before = std::mem::take(&mut self.present);
    }
}

impl Generation {
    fn insert(&mut self, key: (RunId, u32), end: Option<Box<Finish>>) {
        if self.attempts.len() < ATTEMPTS {
            self.attempts.insert(key, end);
        } else {
            self.overflowed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_domain::{
        AttemptReport, BootId, JobId, JobKey, JobUid, Namespace, NextStep, Owner, Partition,
        Policy, Priority,
    };
    use bellwether_store::{Keep, Lane, ReadyKey};
    use uuid::Uuid;

    fn run(number: u128) -> RunId {
        RunId { partition: Partition(0), uuid: Uuid::from_u128(number) }
    }

    fn finish(number: u128) -> Finish {
        Finish {
            run: run(number),
            attempt: 1,
            owner: Owner::from(BootId(Uuid::nil())),
            job: JobKey {
                namespace: Namespace::default(),
                id: JobId::new("j").expect("it is valid"),
            },
            uid: JobUid(Uuid::nil()),
            step: NextStep::GiveBack,
            report: AttemptReport::default(),
            max_instances: 1,
            ready: ReadyKey { lane: Lane::Node, priority: Priority::Normal },
            keep: Keep::of(&Policy::default()),
            failures: None,
        }
    }

    #[test]
    fn an_end_is_remembered_for_two_comparisons() {
        let mut settled = Settled::default();
        settled.note(finish(1), FinishReply::Recorded);
        settled.note(finish(2), FinishReply::Superseded);
        settled.note_stopped(run(3), 1);
        for _ in 0..2 {
            let known = [1, 2, 3, 4].map(|number| settled.recall(run(number), 1));
            let [Memory::Ended(end), Memory::Delivered, Memory::Delivered, Memory::None] = known
            else {
                panic!("{known:?}");
            };
            assert_eq!(end.run, run(1));
            assert!(matches!(settled.recall(run(1), 2), Memory::None), "another attempt");
            settled.age();
        }
        assert!(matches!(settled.recall(run(1), 1), Memory::None));
    }

    #[test]
    fn of_too_many_it_is_known_that_they_were_delivered_and_at_last_of_all() {
        let mut settled = Settled::default();
        for number in 0..=ENDS as u128 {
            settled.note(finish(number), FinishReply::Recorded);
        }
        assert!(matches!(settled.recall(run(ENDS as u128), 1), Memory::Delivered));
        assert!(matches!(settled.recall(run(u128::MAX), 1), Memory::None));
        for number in 0..=ATTEMPTS as u128 {
            settled.note_stopped(run(number), 1);
        }
        assert!(matches!(settled.recall(run(u128::MAX), 1), Memory::Delivered));
    }
}
