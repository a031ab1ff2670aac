//! The names of the settings, and what was probably meant by a name that is none.

/// Every setting, by its key in a file. The flag has hyphens in place of underscores, the
/// environment variable capitals and the prefix of [`env_of`].
pub(crate) const FLAGS: [&str; 14] = [
    "store",
    "cluster",
    "node",
    "partitions",
    "grpc_listen",
    "http_listen",
    "lease_ttl",
    "concurrency",
    "wait_replicas",
    "drain_grace",
    "allow_target_network",
    "allow_target_host",
    "metrics_open",
    "insecure",
];

/// Settings without a flag.
pub(crate) const FILE_AND_ENV: [&str; 12] = [
    "session_ttl",
    "worker_grace",
    "cancel_grace",
    "finished_ttl",
    "hints",
    "max_jobs_per_namespace",
    "shortest_interval",
    "namespace_concurrency",
    "host_concurrency",
    "allow_redis_stream",
    "redis_stream_url",
    "redis_stream_dedup",
];

/// A table, so in a file only.
pub(crate) const JOB_DEFAULTS: &str = "job_defaults";

/// Tables in a table, one for each namespace.
pub(crate) const NAMESPACES: &str = "namespaces";

/// What environment variables begin with.
pub(crate) const ENV_PREFIX: &str = "BELLWETHER_";

/// Variables that something else than the settings reads.
const OTHER_ENV: [&str; 3] = ["BELLWETHER_CONFIG", "BELLWETHER_ADDRESS", "BELLWETHER_NAMESPACE"];

/// Every key that a file may have.
pub(crate) fn in_file() -> impl Iterator<Item = &'static str> {
    in_env().chain([JOB_DEFAULTS, NAMESPACES])
}

/// Every key that has an environment variable.
pub(crate) fn in_env() -> impl Iterator<Item = &'static str> {
    FLAGS.into_iter().chain(FILE_AND_ENV)
}

/// The environment variable of a key.
pub(crate) fn env_of(key: &str) -> String {
    format!("{ENV_PREFIX}{}", key.to_uppercase())
}

/// The flag of a key.
pub(crate) fn flag_of(key: &str) -> String {
    format!("--{}", key.replace('_', "-"))
}

/// Whether a variable with our prefix is none of ours and no mistake either: what Kubernetes sets
/// in each container for a service that is called as we are, or begins so.
pub(crate) fn is_foreign_env(name: &str) -> bool {
    let rest = name.strip_prefix(ENV_PREFIX).unwrap_or(name);
    OTHER_ENV.contains(&name)
        || rest.starts_with("PORT")
        || rest.contains("SERVICE_")
        || rest.ends_with("_PORT")
        || rest.contains("_PORT_")
}

/// The one of `known` that is closest to `name`, if it is close enough to have been meant.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('-', "_");
    known
        .map(|key| (strsim::damerau_levenshtein(&name, key), key))
        .filter(|(distance, key)| *distance <= (key.len() / 3).max(2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}

/// What to write instead of `name`, which is none of `known`.
pub(crate) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_recognized() {
        let cases = [
            ("lease_tll", Some("lease_ttl")),
            ("lease-ttl", Some("lease_ttl")),
            ("LEASE_TTL", Some("lease_ttl")),
            ("stor", Some("store")),
            ("grpc_lisen", Some("grpc_listen")),
            ("job_default", Some("job_defaults")),
            ("colour_of_the_sky", None),
            ("x", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, in_file()), expected, "{name}");
        }
    }

    #[test]
    fn service_links_are_nobodys_mistake() {
        let foreign = [
            "BELLWETHER_PORT",
            "BELLWETHER_PORT_7400_TCP_ADDR",
            "BELLWETHER_SERVICE_HOST",
            "BELLWETHER_SERVICE_PORT_GRPC",
            "BELLWETHER_STORE_SERVICE_HOST",
            "BELLWETHER_STORE_PORT",
            "BELLWETHER_STORE_PORT_6379_TCP",
            "BELLWETHER_ADDRESS",
        ];
        for name in foreign {
            assert!(is_foreign_env(name), "{name}");
        }
        assert!(!is_foreign_env("BELLWETHER_LEASE_TLL"));
        for key in in_env() {
            assert!(!is_foreign_env(&env_of(key)), "{key}");
        }
    }
}
