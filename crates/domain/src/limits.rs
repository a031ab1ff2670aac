//! What the operator allows each namespace, so that one team's mistake stays its own.
//!
//! None of it is set unless the operator sets it. How much is stored and how often it fires is
//! judged where jobs are written; how much is executed at once, where attempts are.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Namespace;

/// The limits of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    general: NamespaceLimits,
    namespaces: BTreeMap<Namespace, NamespaceLimits>,
    /// Attempts at one host of HTTP targets that a node executes at once, whatever the namespace.
    pub host_concurrency: Option<u32>,
}

/// The limits of a namespace; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamespaceLimits {
    /// Jobs that it may have, whatever their state.
    pub jobs: Option<u64>,
    /// The shortest time that may lie between two fire times of a job.
    pub shortest_interval: Option<Duration>,
    /// Attempts of its jobs that a node executes at once.
    pub concurrency: Option<u32>,
}

impl Limits {
    /// The same limits for every namespace, and none for hosts.
    #[must_use]
    pub fn new(general: NamespaceLimits) -> Self {
        Self { general, ..Self::default() }
    }

    /// Others for `namespace`: what `own` says, and the general ones where it says nothing.
    #[must_use]
    pub fn with(mut self, namespace: Namespace, own: NamespaceLimits) -> Self {
        let limits = NamespaceLimits {
            jobs: own.jobs.or(self.general.jobs),
            shortest_interval: own.shortest_interval.or(self.general.shortest_interval),
            concurrency: own.concurrency.or(self.general.concurrency),
        };
        self.namespaces.insert(namespace, limits);
        self
    }

    /// The limits of `namespace`.
    #[must_use]
    pub fn of(&self, namespace: &Namespace) -> NamespaceLimits {
        self.namespaces.get(namespace).copied().unwrap_or(self.general)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_goes_before_the_cluster() {
        let general = NamespaceLimits {
            jobs: Some(10),
            concurrency: Some(4),
            shortest_interval: Some(Duration::from_secs(60)),
        };
        let own = NamespaceLimits { jobs: Some(99), ..NamespaceLimits::default() };
        let name = Namespace::new("billing").expect("a namespace");
        let limits = Limits::new(general).with(name.clone(), own);
        assert_eq!(limits.of(&name), NamespaceLimits { jobs: Some(99), ..general });
        assert_eq!(limits.of(&Namespace::default()), general);
        assert_eq!(Limits::default().of(&name), NamespaceLimits::default());
    }
}
