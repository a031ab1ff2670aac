//! What jobs leave out and what namespaces may have: for the whole cluster, and for single
//! namespaces in tables of their own.
//!
//! ```toml
//! max_jobs_per_namespace = 1000
//!
//! [job_defaults]
//! timeout = "10m"
//!
//! [namespaces.billing]
//! max_jobs = 20000
//!
//! [namespaces.billing.job_defaults]
//! timeout = "1m"
//! ```

use std::time::Duration;

use bellwether_domain::{JobDefaults, Limits, Namespace, NamespaceLimits, Policy, PolicySpec};
use bellwether_proto::convert::{self, policy_from_proto};
use bellwether_proto::json::{JsonError, from_json};
use bellwether_proto::v1;
use serde_json::{Map, Value};

use super::parse::{between, number};
use super::{Reader, duration};
use crate::config::keys;
use crate::config::raw::Origin;

/// The most jobs that a limit may name.
const MOST_JOBS: u32 = 1_000_000_000;

/// The most attempts at once that a limit may name.
const MOST_ATTEMPTS: u32 = 100_000;

/// The keys of a namespace's table.
const KEYS: [&str; 4] = ["job_defaults", "max_jobs", "shortest_interval", "concurrency"];

impl Reader<'_> {
    /// Reads defaults and limits.
    pub(super) fn namespaces(&mut self) -> (JobDefaults, Limits) {
        let mut defaults = JobDefaults::new(self.job_defaults());
        let general = NamespaceLimits {
            jobs: self.limit("max_jobs_per_namespace", number(0, MOST_JOBS)).map(u64::from),
            shortest_interval: self.shortest_interval(),
            concurrency: self.limit("namespace_concurrency", number(1, MOST_ATTEMPTS)),
        };
        let host_concurrency = self.limit("host_concurrency", number(1, MOST_ATTEMPTS));
        let mut limits = Limits::new(general);
        limits.host_concurrency = host_concurrency;
        let Some(table) = self.raw.table(keys::NAMESPACES) else { return (defaults, limits) };
        let origin = self.raw.origin(keys::NAMESPACES);
        self.rows.push((keys::NAMESPACES, table.to_string(), origin.clone()));
        for (name, own) in self.entries(&origin, table) {
            let path = format!("{}.{name}", keys::NAMESPACES);
            let namespace = match Namespace::new(&name) {
                Ok(namespace) => namespace,
                Err(error) => {
                    self.problems.invalid(format!("{origin}: {path}: {error}"));
                    continue;
                }
            };
            let own = self.own_table(&origin, &path, own);
            if let Some(table) = own.get("job_defaults") {
                let field = format!("{path}.job_defaults");
                let spec = self.policy(&origin, &field, table.clone());
                defaults = defaults.with(namespace.clone(), &spec);
            }
            let own = self.own_limits(&origin, &path, &own);
            limits = limits.with(namespace, own);
        }
        (defaults, limits)
    }

    fn job_defaults(&mut self) -> Policy {
        let built_in = Policy::default();
        let grace = between("0s", "366days");
        let cancel_grace = self.read("cancel_grace", built_in.cancel_grace, &grace, duration);
        let built_in = Policy { cancel_grace, ..built_in };
        let key = keys::JOB_DEFAULTS;
        let Some(table) = self.raw.table(key) else { return built_in };
        let origin = self.raw.origin(key);
        self.rows.push((key, table.to_string(), origin.clone()));
        self.policy(&origin, key, table).resolve(&built_in)
    }

    /// Reads a policy as jobs have it.
    fn policy(&mut self, origin: &Origin, field: &str, table: Value) -> PolicySpec {
        let policy = match from_json::<v1::Policy>(table) {
            Ok(policy) => policy,
            Err(error) => {
                self.problems.invalid(format!("{origin}: {}", unread(field, &error)));
                return PolicySpec::default();
            }
        };
        let mut problems = convert::Problems::default();
        let spec = policy_from_proto(policy, field, &mut problems);
        match problems.finish() {
            Ok(()) => {}
            Err(convert::Rejection::Invalid(list)) => list
                .iter()
                .for_each(|violation| self.problems.invalid(format!("{origin}: {violation}"))),
            Err(convert::Rejection::Unbuilt(list)) => list
                .iter()
                .for_each(|unbuilt| self.problems.unbuilt(format!("{origin}: {unbuilt}"))),
        }
        spec
    }

    /// Reads a limit that is not set unless somebody sets it.
    fn limit(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<u32, String>,
    ) -> Option<u32> {
        let show = |limit: &Option<u32>| limit.map_or("none".to_owned(), |most| most.to_string());
        self.read(key, None, |text| parse(text).map(Some), show)
    }

    fn shortest_interval(&mut self) -> Option<Duration> {
        let parse = between("1ms", "366days");
        let show = |limit: &Option<Duration>| limit.as_ref().map_or("none".to_owned(), duration);
        self.read("shortest_interval", None, |text| parse(text).map(Some), show)
    }

    fn own_limits(
        &mut self,
        origin: &Origin,
        path: &str,
        own: &Map<String, Value>,
    ) -> NamespaceLimits {
        NamespaceLimits {
            jobs: self.entry(origin, path, own, "max_jobs", number(0, MOST_JOBS)).map(u64::from),
            shortest_interval: self.entry(
                origin,
                path,
                own,
                "shortest_interval",
                between("1ms", "366days"),
            ),
            concurrency: self.entry(origin, path, own, "concurrency", number(1, MOST_ATTEMPTS)),
        }
    }

    /// The table of a namespace. A key that it may not have is noted.
    fn own_table(&mut self, origin: &Origin, path: &str, table: Value) -> Map<String, Value> {
        let Value::Object(table) = table else {
            self.problems.invalid(format!("{origin}: {path}: takes a table, as in [{path}]"));
            return Map::new();
        };
        for key in table.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let hint = keys::hint(key, KEYS.into_iter());
            self.problems.invalid(format!("{origin}: unknown key {path}.{key}; {hint}"));
        }
        table
    }

    /// Reads one entry of a namespace's table.
    fn entry<T>(
        &mut self,
        origin: &Origin,
        path: &str,
        own: &Map<String, Value>,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = match own.get(key)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let read = parse(&text);
        read.map_err(|why| self.problems.invalid(format!("{origin}: {path}.{key}: {text}: {why}")))
            .ok()
    }

    fn entries(&mut self, origin: &Origin, table: Value) -> Map<String, Value> {
        let Value::Object(table) = table else {
            self.problems.invalid(format!("{origin}: takes tables, as in [namespaces.billing]"));
            return Map::new();
        };
        table
    }
}

/// Why the table `field` is no policy.
fn unread(field: &str, error: &JsonError) -> String {
    let JsonError::UnknownField { path, allowed } = error else {
        return format!("{field}: {error}");
    };
    let (_, name) = path.rsplit_once('.').unwrap_or(("", path));
    let hint = keys::hint(name, allowed.iter().map(String::as_str));
    format!("unknown key {:?}; {hint}", format!("{field}.{path}"))
}
