//! What jobs leave out of their policies: the operator's defaults, for the whole cluster and for
//! single namespaces.

use std::collections::BTreeMap;

use crate::{Namespace, Policy, PolicySpec};

/// The policies that fill what jobs leave out. Settled once, when the configuration is read, so that
/// filling in is a look-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobDefaults {
    general: Policy,
    namespaces: BTreeMap<Namespace, Policy>,
}

impl JobDefaults {
    /// The same policy for every namespace.
    #[must_use]
    pub fn new(general: Policy) -> Self {
        Self { general, namespaces: BTreeMap::new() }
    }

    /// Another one for `namespace`: what `spec` says, and the general one where it says nothing.
    #[must_use]
    pub fn with(mut self, namespace: Namespace, spec: &PolicySpec) -> Self {
        self.namespaces.insert(namespace, spec.resolve(&self.general));
        self
    }

    /// What the jobs of `namespace` leave out.
    #[must_use]
    pub fn of(&self, namespace: &Namespace) -> &Policy {
        self.namespaces.get(namespace).unwrap_or(&self.general)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_namespace_goes_before_the_cluster_before_the_built_in_policy() {
        let general = PolicySpec {
            max_instances: Some(3),
            timeout: Some(Duration::from_secs(60)),
            ..PolicySpec::default()
        };
        let billing = PolicySpec { max_instances: Some(7), ..PolicySpec::default() };
        let name = Namespace::new("billing").expect("a namespace");
        let defaults =
            JobDefaults::new(general.resolve(&Policy::default())).with(name.clone(), &billing);

        let found = defaults.of(&name);
        assert_eq!((found.max_instances, found.timeout), (7, Duration::from_secs(60)));
        assert_eq!(found.queue_limit, Policy::default().queue_limit);
        let other = defaults.of(&Namespace::default());
        assert_eq!((other.max_instances, other.timeout), (3, Duration::from_secs(60)));
    }
}
