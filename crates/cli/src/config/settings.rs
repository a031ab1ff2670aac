//! The second stage: what was given, checked whole.

mod namespaces;
mod parse;
mod streams;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bellwether_domain::address::AddressPolicy;
use bellwether_domain::{JobDefaults, Limits, PartitionCount};

use self::parse::{between, host_pattern, listen, name, network, number, partitions, switch};
pub(crate) use self::streams::StreamSettings;
use super::problems::Problems;
use super::raw::{Origin, Raw};
use super::store_url::{StoreUrl, StoreUrlError};
use crate::failure::Failure;

const LEASE_TTL: Duration = Duration::from_secs(3);
const WORKER_GRACE: Duration = Duration::from_secs(10);
const DRAIN_GRACE: Duration = Duration::from_secs(25);
const CONCURRENCY: u32 = 256;
const FINISHED_TTL: Duration = Duration::from_secs(7 * 86_400);

/// The settings of a node.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where jobs are kept.
    pub(crate) store: StoreUrl,
    /// The cluster.
    pub(crate) cluster: String,
    /// The name of the node.
    pub(crate) node: String,
    /// How many partitions the cluster must have; `None` takes it as it is.
    pub(crate) partitions: Option<PartitionCount>,
    /// Where to listen for gRPC.
    pub(crate) grpc_listen: SocketAddr,
    /// Where to listen for HTTP.
    pub(crate) http_listen: SocketAddr,
    /// How long a lease holds without renewal.
    pub(crate) lease_ttl: Duration,
    /// How long a node's beat may stand still.
    pub(crate) session_ttl: Duration,
    /// How long a worker's session outlives its stream.
    pub(crate) worker_grace: Duration,
    /// How many attempts to execute at once.
    pub(crate) concurrency: u32,
    /// How long attempts have to end when the node leaves.
    pub(crate) drain_grace: Duration,
    /// Which addresses targets may reach.
    pub(crate) addresses: AddressPolicy,
    /// Whether `/metrics` is for everybody.
    pub(crate) metrics_open: bool,
    /// Whether the store's hints are listened to.
    pub(crate) hints: bool,
    /// What jobs leave out of their policies.
    pub(crate) defaults: JobDefaults,
    /// What namespaces may have and do.
    pub(crate) limits: Limits,
    /// How long finished jobs are kept.
    pub(crate) finished_ttl: Duration,
    /// Which streams targets may append to, and where they are.
    pub(crate) streams: StreamSettings,
}

impl Settings {
    /// Those of a node on its own, in memory, on loopback; port 0 takes a free one.
    pub(crate) fn embedded(grpc_port: u16, http_port: u16) -> Self {
        let local = |port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        Self {
            store: StoreUrl::Memory,
            cluster: "dev".to_owned(),
            node: "dev".to_owned(),
            partitions: None,
            grpc_listen: local(grpc_port),
            http_listen: local(http_port),
            lease_ttl: LEASE_TTL,
            session_ttl: LEASE_TTL,
            worker_grace: WORKER_GRACE,
            concurrency: CONCURRENCY,
            drain_grace: DRAIN_GRACE,
            addresses: AddressPolicy { loopback: true, ..AddressPolicy::default() },
            metrics_open: true,
            hints: true,
            defaults: JobDefaults::default(),
            limits: Limits::default(),
            finished_ttl: FINISHED_TTL,
            streams: StreamSettings::default(),
        }
    }
}

/// Settings and how they came about, for people.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The settings.
    pub(crate) settings: Settings,
    /// Each of them as text, with its origin.
    pub(crate) rows: Vec<(&'static str, String, Origin)>,
    /// What may be a mistake.
    pub(crate) warnings: Vec<String>,
}

/// The name of the machine, as an argument, so that what is checked does not depend on it.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl Checked {
    /// Checks what was given; `host` names a node that has no name of its own.
    ///
    /// # Errors
    /// Everything that is not allowed: exit 2; or that does not exist in this version: exit 1.
    pub(crate) fn new(raw: Raw, host: &str) -> Result<Self, Failure> {
        let mut reader = Reader { raw: &raw, problems: Problems::default(), rows: Vec::new() };
        let settings = reader.settings(host);
        let Reader { problems, rows, .. } = reader;
        problems.result()?;
        Ok(Self { settings, rows, warnings: raw.warnings })
    }
}

struct Reader<'a> {
    raw: &'a Raw,
    problems: Problems,
    rows: Vec<(&'static str, String, Origin)>,
}

impl Reader<'_> {
    fn settings(&mut self, host: &str) -> Settings {
        let store = self.store();
        let cluster = self.read("cluster", "default".to_owned(), name(64), Clone::clone);
        let node = self.node(host);
        let partitions = self.read("partitions", None, partitions, |count| {
            count.map_or("that of the cluster".to_owned(), |count| count.get().to_string())
        });
        let local = |port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let grpc_listen = self.read("grpc_listen", local(7400), listen, ToString::to_string);
        let http_listen = self.read("http_listen", local(7401), listen, ToString::to_string);
        let ttl = between("100ms", "10m");
        let lease_ttl = self.read("lease_ttl", LEASE_TTL, &ttl, duration);
        let session_ttl = self.read("session_ttl", lease_ttl, &ttl, duration);
        let worker_grace = self.read("worker_grace", WORKER_GRACE, &ttl, duration);
        let concurrency = self.read("concurrency", CONCURRENCY, number(1, 100_000), u32::to_string);
        let grace = between("0s", "1day");
        let drain_grace = self.read("drain_grace", DRAIN_GRACE, &grace, duration);
        let metrics_open = self.read("metrics_open", false, switch, bool::to_string);
        let insecure = self.read("insecure", false, switch, bool::to_string);
        let hints = self.read("hints", true, switch, bool::to_string);
        let networks = self.read_list("allow_target_network", network);
        let hosts = self.read_list("allow_target_host", host_pattern);
        let loopback = grpc_listen.ip().is_loopback() && http_listen.ip().is_loopback();
        if !insecure {
            self.refuse_strangers("grpc_listen", grpc_listen);
            self.refuse_strangers("http_listen", http_listen);
        }
        self.refuse_unbuilt();
        let finished_ttl =
            self.read("finished_ttl", FINISHED_TTL, between("1s", "3650days"), duration);
        let streams = self.streams(&store);
        let (defaults, limits) = self.namespaces();
        Settings {
            store,
            cluster,
            node,
            partitions,
            grpc_listen,
            http_listen,
            lease_ttl,
            session_ttl,
            worker_grace,
            concurrency,
            drain_grace,
            addresses: AddressPolicy { networks, hosts, loopback },
            metrics_open,
            hints,
            defaults,
            limits,
            finished_ttl,
            streams,
        }
    }

    /// Reads one setting and notes it as `show` prints it.
    fn read<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl Fn(&str) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> T {
        let origin = self.raw.origin(key);
        let value = match self.raw.text(key) {
            None => default,
            Some(Err(why)) => {
                self.problems.invalid(format!("{origin}: {why}"));
                default
            }
            Some(Ok(text)) => match parse(&text) {
                Ok(value) => value,
                Err(why) => {
                    self.problems.invalid(format!("{origin}: {text:?}: {why}"));
                    default
                }
            },
        };
        self.rows.push((key, show(&value), origin));
        value
    }

    fn read_list<T: ToString>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let origin = self.raw.origin(key);
        let texts = self.raw.list(key).unwrap_or_else(|why| {
            self.problems.invalid(format!("{origin}: {why}"));
            Vec::new()
        });
        let mut values = Vec::new();
        for text in texts {
            match parse(&text) {
                Ok(value) => values.push(value),
                Err(why) => self.problems.invalid(format!("{origin}: {text:?}: {why}")),
            }
        }
        let shown: Vec<_> = values.iter().map(T::to_string).collect();
        self.rows.push((key, shown.join(","), origin));
        values
    }

    fn node(&mut self, host: &str) -> String {
        let node = self.read("node", host.to_owned(), name(256), Clone::clone);
        if self.raw.origin("node") == Origin::Default && name(256)(host).is_err() {
            self.problems.invalid(format!(
                "the host is called {host:?}, which cannot be the name of a node; give --node"
            ));
        }
        node
    }

    /// Unlike other settings it is never repeated in a message: there may be a password in it.
    fn store(&mut self) -> StoreUrl {
        let key = "store";
        let origin = self.raw.origin(key);
        let text = match self.raw.text(key) {
            None => "redis://127.0.0.1:6379".to_owned(),
            Some(text) => text.unwrap_or_default(),
        };
        let store = text.parse().unwrap_or_else(|error| {
            match error {
                StoreUrlError::Malformed(allowed) => {
                    self.problems.invalid(format!("{origin}: not a store; {allowed}"));
                }
                StoreUrlError::Unbuilt(kind) => {
                    self.problems.unbuilt(format!("{origin}: {kind}:// is not built yet"));
                }
            }
            StoreUrl::Memory
        });
        self.rows.push((key, store.to_string(), origin));
        store
    }

    /// Nothing asks yet who calls, so whoever can connect may do everything.
    fn refuse_strangers(&mut self, key: &'static str, listen: SocketAddr) {
        if !listen.ip().is_loopback() {
            let origin = self.raw.origin(key);
            self.problems.invalid(format!(
                "{origin}: {listen} is not a loopback address, and whoever reaches it may do \
                 everything; --insecure accepts that"
            ));
        }
    }

    fn refuse_unbuilt(&mut self) {
        let replicas = self.read("wait_replicas", 0, number(0, 100), u32::to_string);
        if replicas > 0 {
            let origin = self.raw.origin("wait_replicas");
            self.problems.unbuilt(format!("{origin}: waiting for replicas is not built yet"));
        }
    }
}

fn duration(duration: &Duration) -> String {
    humantime::format_duration(*duration).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    fn node(host: &str, env: &[(&str, &str)]) -> Result<String, String> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Raw::read(&Flags::default(), env)
            .and_then(|raw| Checked::new(raw, host))
            .map(|checked| checked.settings.node)
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_node_is_called_as_its_host_where_that_is_a_name() {
        assert_eq!(node("web-3.example.org", &[]), Ok("web-3.example.org".to_owned()));
        assert!(node("(none)", &[]).is_err_and(|why| why.contains("give --node")));
        assert_eq!(node("(none)", &[("BELLWETHER_NODE", "n1")]), Ok("n1".to_owned()));
    }
}
