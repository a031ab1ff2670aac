//! Replies kept for clients that repeat a request.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bellwether_domain::{RequestId, Timestamp};

/// How long a reply is kept.
const KEPT: Duration = Duration::from_secs(3600);

/// Replies by request.
pub(super) struct Replies<T> {
    kept: BTreeMap<RequestId, (Timestamp, T)>,
    /// In the order in which they were kept, the one that expires first in front.
    order: VecDeque<RequestId>,
}

impl<T> Default for Replies<T> {
    fn default() -> Self {
        Self { kept: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<T> Replies<T> {
    /// The reply that the request got.
    pub(super) fn get(&self, request: RequestId, now: Timestamp) -> Option<&T> {
        self.kept.get(&request).filter(|(expires, _)| now < *expires).map(|(_, reply)| reply)
    }

    /// Keeps a reply, and lets go of those that have expired.
    pub(super) fn keep(&mut self, request: RequestId, now: Timestamp, reply: T) {
        while let Some(oldest) =
            self.order.front().filter(|oldest| self.get(**oldest, now).is_none())
        {
            self.kept.remove(oldest);
            self.order.pop_front();
        }
        if self.kept.insert(request, (now.saturating_add(KEPT), reply)).is_none() {
            self.order.push_back(request);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}
