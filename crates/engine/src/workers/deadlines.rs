//! When the attempts at this node's workers must have ended.

use std::collections::BTreeSet;

use bellwether_domain::{RunId, SessionId};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

/// An attempt at a worker.
pub(super) type AttemptKey = (SessionId, RunId, u32);

/// The deadlines, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    set: Mutex<BTreeSet<(Instant, AttemptKey)>>,
    bell: Notify,
}

impl Deadlines {
    /// Notes a deadline.
    pub(super) fn add(&self, at: Instant, key: AttemptKey) {
        let mut set = self.set.lock();
        let earlier = set.first().is_none_or(|(first, _)| at < *first);
        set.insert((at, key));
        drop(set);
        if earlier {
            self.bell.notify_one();
        }
    }

    /// Forgets a deadline.
    pub(super) fn remove(&self, at: Instant, key: AttemptKey) {
        self.set.lock().remove(&(at, key));
    }

    /// Waits for deadlines to pass, and takes those out that did.
    pub(super) async fn passed(&self) -> Vec<AttemptKey> {
        loop {
            let first = self.set.lock().first().map(|(at, _)| *at);
            let now = Instant::now();
            match first {
                Some(at) if at <= now => return self.take_until(now),
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    () = self.bell.notified() => {}
                },
                None => self.bell.notified().await,
            }
        }
    }

    fn take_until(&self, now: Instant) -> Vec<AttemptKey> {
        let mut set = self.set.lock();
        let mut passed = Vec::new();
        while let Some((_, key)) = set.first().filter(|(at, _)| *at <= now).copied() {
            passed.push(key);
            set.pop_first();
        }
        passed
    }
}
