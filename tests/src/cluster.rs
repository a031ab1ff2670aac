//! A cluster under test: a Redis, nodes, a sink, and everything that is known of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bellwether_client::{ClientOptions, RetryPolicy, v1};
use bellwether_domain::{PartitionCount, Timestamp};
use tempfile::TempDir;

use crate::check::{Evidence, Fault, Summary, check};
use crate::clock;
use crate::events;
use crate::ledger::Ledger;
use crate::node::{Node, NodeOptions, client};
use crate::operator::{Knowledge, Operator};
use crate::proxy::{Flow, Proxy};
use crate::record::{AttemptEnd, RunRecord};
use crate::redis_server::{Persistence, RedisServer};
use crate::sink::Sink;
use crate::wait::{PATIENCE, wait_for};

/// What a busy machine may need beside the lease before claims go on: not a promise of the product,
/// but the line between late and stuck.
const SLACK: Duration = Duration::from_secs(5);

/// What a cluster is made of.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// How many nodes.
    pub nodes: usize,
    /// How many partitions.
    pub partitions: u16,
    /// How long a lease holds without renewal.
    pub lease_ttl: Duration,
    /// What Redis keeps.
    pub persistence: Persistence,
    /// Further flags of `serve`, with their values.
    pub flags: Vec<(&'static str, &'static str)>,
    /// Environment variables of the nodes.
    pub env: Vec<(&'static str, &'static str)>,
    /// Whether each node reaches Redis through a proxy of its own.
    pub proxied: bool,
    /// What stands in a file of settings, over which what is said here wins.
    pub config: Option<String>,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            nodes: 3,
            partitions: 4,
            lease_ttl: Duration::from_secs(2),
            persistence: Persistence::None,
            flags: Vec::new(),
            env: Vec::new(),
            proxied: false,
            config: None,
        }
    }
}

/// A cluster under test.
#[derive(Debug)]
pub struct Cluster {
    options: ClusterOptions,
    /// The store.
    pub redis: RedisServer,
    /// The nodes, `n1` first, the dead ones among them.
    pub nodes: Vec<Node>,
    /// What lies between each of them and the store, if it is proxied.
    pub proxies: Vec<Proxy>,
    /// Nodes that are not to be asked: they are up and cannot answer.
    cut_off: BTreeSet<usize>,
    /// Where HTTP targets lead.
    pub sink: Sink,
    /// What reached them.
    pub ledger: Ledger,
    knowledge: Knowledge,
    faults: Vec<Fault>,
    directory: TempDir,
}

impl Cluster {
    /// Starts one and waits until every partition is led.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(options: ClusterOptions) -> Self {
        let redis = RedisServer::start(options.persistence).await;
        let directory = TempDir::with_prefix("bellwether-scenario-").expect("a directory");
        let ledger = Ledger::create(&directory.path().join("ledger.jsonl"));
        let sink = Sink::start(ledger.clone()).await;
        let (knowledge, faults) = (Knowledge::default(), Vec::new());
        let mut cluster = Self {
            options,
            redis,
            nodes: Vec::new(),
            proxies: Vec::new(),
            cut_off: BTreeSet::new(),
            sink,
            ledger,
            knowledge,
            faults,
            directory,
        };
        if let Some(config) = &cluster.options.config {
            fs::write(cluster.config_file(), config).expect("the directory is the scenario's own");
        }
        for _ in 0..cluster.options.nodes {
            cluster.join().await;
        }
        cluster.wait_led().await;
        cluster
    }

    /// Starts one more node and returns its place among [`Cluster::nodes`].
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn join(&mut self) -> usize {
        let mut node = self.next().await.launch();
        node.wait_listening().await;
        node.wait_ready().await;
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Starts one more node, which need not come up, and returns its place among
    /// [`Cluster::nodes`].
    ///
    /// # Panics
    /// When the cluster is proxied.
    pub fn launch_next(&mut self) -> usize {
        assert!(!self.options.proxied, "a proxy has to be waited for");
        let node = self.next_over(&self.redis.url()).launch();
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// What the next node is started with, its proxy included.
    async fn next(&mut self) -> NodeOptions {
        if !self.options.proxied {
            return self.next_over(&self.redis.url());
        }
        let proxy = Proxy::before(&self.redis.url()).await;
        let options = self.next_over(proxy.url());
        self.proxies.push(proxy);
        options
    }

    fn config_file(&self) -> PathBuf {
        self.directory.path().join("bellwether.toml")
    }

    fn next_over(&self, store: &str) -> NodeOptions {
        let name = format!("n{}", self.nodes.len() + 1);
        let mut options = NodeOptions::new(&name, store)
            .flag("--partitions", &self.options.partitions.to_string())
            .lease_ttl(self.options.lease_ttl);
        for (flag, value) in &self.options.flags {
            options = options.flag(flag, value);
        }
        for (name, value) in &self.options.env {
            options = options.env(name, value);
        }
        if self.options.config.is_some() {
            options = options.flag("--config", &self.config_file().display().to_string());
        }
        options
    }

    /// A client of every node within reach, which goes on to the next one when one does not answer.
    ///
    /// # Panics
    /// When no node runs.
    #[must_use]
    pub fn operator(&self) -> Operator {
        let addresses: Vec<_> = self.within_reach().map(Node::grpc).collect();
        let retry = RetryPolicy { max_attempts: u32::MAX, ..RetryPolicy::default() };
        let options = ClientOptions { deadline: PATIENCE, retry, ..ClientOptions::default() };
        Operator::new(client(&addresses, options), self.knowledge.clone())
    }

    /// A client of what listens at `address`, as impatient as a client is by default.
    ///
    /// # Panics
    /// When that is no address.
    #[must_use]
    pub fn operator_at(&self, address: &str) -> Operator {
        Operator::new(client(&[address], ClientOptions::default()), self.knowledge.clone())
    }

    /// How long a lease holds without renewal.
    #[must_use]
    pub fn lease_ttl(&self) -> Duration {
        self.options.lease_ttl
    }

    /// Where the scenario may write.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Notes what was done to the cluster, and from when on only its own recovery was missing.
    pub fn fault(&mut self, what: &str, at: Timestamp, healed: Timestamp) {
        self.faults.push(Fault { what: what.to_owned(), at, healed });
    }

    /// Kills a node on the spot and notes it. Beside other nodes nothing has to be healed.
    pub fn kill9(&mut self, node: usize) {
        let at = clock::now();
        self.nodes[node].kill9();
        self.fault(&format!("kill -9 of {}", self.nodes[node].name()), at, at);
    }

    /// Who leads, as the store has it: the leases of all partitions.
    ///
    /// # Panics
    /// When no node says.
    pub async fn leases(&self) -> Vec<v1::PartitionLease> {
        let operator = self.operator();
        let answer = operator.client().get_cluster(v1::GetClusterRequest {}).await;
        let cluster = answer.expect("a node answers").cluster;
        cluster.expect("the answer has the cluster").leases
    }

    /// Changes what becomes of what a node and its store send each other. Until it passes again
    /// the node is not asked and does not count as a leader.
    ///
    /// # Panics
    /// When the cluster is not proxied.
    pub fn network(&mut self, node: usize, flow: Flow) {
        self.proxies[node].set(flow);
        if flow == Flow::Pass {
            self.cut_off.remove(&node);
        } else {
            self.cut_off.insert(node);
        }
    }

    /// Waits until every partition is led by a node that runs and is within reach.
    ///
    /// # Panics
    /// When one is not.
    pub async fn wait_led(&self) {
        wait_for("a leader for every partition", PATIENCE, async || {
            let leases = self.leases().await;
            let reached: Vec<_> = self.within_reach().map(Node::name).collect();
            let led = |lease: &v1::PartitionLease| reached.contains(&lease.node.as_str());
            leases.iter().all(led).then_some(()).ok_or(format!("{leases:?}"))
        })
        .await;
    }

    /// The place among [`Cluster::nodes`] of the running node that leads most partitions.
    ///
    /// # Panics
    /// When none leads.
    pub async fn leader(&self) -> usize {
        wait_for("a leader", PATIENCE, async || {
            let leases = self.leases().await;
            let led = |name: &str| leases.iter().filter(|lease| lease.node == name).count();
            let most = self.within_reach().map(Node::name).max_by_key(|name| led(name));
            let place = |name: &str| self.nodes.iter().position(|node| node.name() == name);
            most.filter(|name| led(name) > 0).and_then(place).ok_or(format!("{leases:?}"))
        })
        .await
    }

    fn within_reach(&self) -> impl Iterator<Item = &Node> {
        let numbered = self.nodes.iter().enumerate();
        let reached =
            numbered.filter(|(place, node)| node.is_running() && !self.cut_off.contains(place));
        reached.map(|(_, node)| node)
    }

    /// Waits until `count` deliveries more than now have arrived: time in which things happen.
    ///
    /// # Panics
    /// When they do not.
    pub async fn deliveries(&self, count: usize) {
        let wanted = self.ledger.rows().len() + count;
        wait_for(&format!("{count} deliveries more"), PATIENCE, async || {
            let arrived = self.ledger.rows().len();
            if arrived >= wanted { Ok(()) } else { Err(format!("{arrived} of {wanted}")) }
        })
        .await;
    }

    /// Ends the scenario and judges it: pauses every job, waits until every run has ended, gathers
    /// the evidence and asks every rule of it.
    ///
    /// # Panics
    /// When a rule is broken, or nothing was tried: no fault, no fire time.
    pub async fn judge(self, scenario: &str) -> Summary {
        assert!(!self.faults.is_empty(), "{scenario}: there was no fault");
        self.judge_undisturbed(scenario).await
    }

    /// The same for a scenario that is about a cluster in good order.
    ///
    /// # Panics
    /// When a rule is broken, or no fire time was expected.
    pub async fn judge_undisturbed(self, scenario: &str) -> Summary {
        let verdict = check(&self.evidence().await);
        if !verdict.findings.is_empty() {
            let kept = self.directory.keep();
            println!("{scenario}: the ledger is kept in {}", kept.display());
        }
        verdict.assert_holds(scenario);
        verdict.summary
    }

    /// How attempts ended so far, as the store logged it.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn attempt_ends(&self) -> Vec<AttemptEnd> {
        let partitions = PartitionCount::new(self.options.partitions);
        let partitions = partitions.expect("the cluster came up with them");
        events::attempt_ends(&self.redis.url(), "test", partitions).await
    }

    async fn evidence(&self) -> Evidence {
        let operator = self.operator();
        self.settle(&operator).await;
        let mut runs = self.ended_runs(&operator).await;
        runs.extend(self.knowledge.seen.lock().values().cloned());
        let oracle = self.knowledge.oracle.lock().clone();
        Evidence {
            oracle,
            horizon: Some(clock::now()),
            rows: self.ledger.rows(),
            strangers: self.ledger.strangers(),
            runs,
            ends: self.attempt_ends().await,
            terms: self.nodes.iter().flat_map(Node::terms).collect(),
            faults: self.faults.clone(),
            grace: self.options.lease_ttl + SLACK,
        }
    }

    /// Pauses every job that is there.
    async fn settle(&self, operator: &Operator) {
        for job in self.jobs() {
            let paused = operator.pause(&job).await;
            let finished = |status: &tonic::Status| {
                matches!(status.code(), tonic::Code::FailedPrecondition | tonic::Code::NotFound)
            };
            if let Err(status) = paused {
                assert!(finished(&status), "cannot pause {job}: {status}");
            }
        }
    }

    /// All runs of the jobs that are there, once every one has ended and its handler too.
    async fn ended_runs(&self, operator: &Operator) -> Vec<RunRecord> {
        let mut ended = Vec::new();
        for job in self.jobs() {
            let what = format!("every run of {job} to end");
            let runs = wait_for(&what, PATIENCE, async || {
                let runs = match operator.runs(&job).await {
                    Ok(runs) => runs,
                    Err(status) if status.code() == tonic::Code::NotFound => Vec::new(),
                    Err(status) => return Err(status.to_string()),
                };
                let live: Vec<_> = runs.iter().filter(|run| !run.has_ended()).collect();
                if live.is_empty() { Ok(runs) } else { Err(format!("{live:?}")) }
            })
            .await;
            ended.extend(runs);
        }
        wait_for("every handler to be done", PATIENCE, async || {
            let rows = self.ledger.rows();
            let busy: Vec<_> = rows.iter().filter(|row| row.end.is_none()).collect();
            if busy.is_empty() { Ok(()) } else { Err(format!("{busy:?}")) }
        })
        .await;
        ended
    }

    fn jobs(&self) -> Vec<bellwether_domain::JobKey> {
        let oracle = self.knowledge.oracle.lock();
        let mut jobs: Vec<_> = oracle.jobs.iter().filter(|job| !job.deleted).collect();
        jobs.dedup_by_key(|job| &job.key);
        jobs.into_iter().map(|job| job.key.clone()).collect()
    }
}
