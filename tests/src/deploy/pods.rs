//! A Deployment's controller and its kubelets, over real processes.
//!
//! They do what Kubernetes does with the same manifest, in the order that is hardest on the pods:
//! probes are asked by their periods on connections of their own; a pod counts as ready from its
//! first good answer on; one that is to end is deleted, gets new connections until its preStop is
//! over, as if nobody had heard of it any sooner, then SIGTERM, and may not need the SIGKILL at the
//! end of its grace. The next one is started while it still ends.

use std::time::Duration;

use bellwether_client::{ClientOptions, RetryPolicy};
use tokio::time::Instant;

use super::rollout::{Probe, Rollout};
use super::service::Service;
use crate::cluster::Cluster;
use crate::node::{Node, client};
use crate::wait::wait_for;

/// How long a rollout may take: `progressDeadlineSeconds` would be longer.
const PATIENCE: Duration = Duration::from_secs(90);

/// The pods of a Deployment, and the Service before them.
#[derive(Debug)]
pub struct Deployment {
    rollout: Rollout,
    replicas: usize,
    service: Service,
    pods: Vec<Pod>,
}

/// How a pod ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The node in it.
    pub node: String,
    /// How long it took from SIGTERM to its end.
    pub took: Duration,
}

#[derive(Debug)]
struct Pod {
    /// Its place among the cluster's nodes.
    node: usize,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    /// Until the startup probe succeeds.
    Starting(Asked),
    Running {
        ready: bool,
        readiness: Asked,
        liveness: Asked,
    },
    /// From its deletion on; `told` is when it got SIGTERM.
    Ending {
        deleted: Instant,
        told: Option<Instant>,
    },
    Gone(Duration),
}

/// When a probe is asked next, and how often in a row it failed.
#[derive(Clone, Debug)]
struct Asked {
    next: Instant,
    failures: u64,
}

impl Deployment {
    /// Takes over the nodes of a cluster as its pods, as many as there are to be, and waits until
    /// all are ready.
    ///
    /// # Panics
    /// When they do not become ready.
    pub async fn over(cluster: &mut Cluster, rollout: Rollout) -> Self {
        let pods: Vec<_> = (0..cluster.nodes.len()).map(Pod::starting).collect();
        let (replicas, service) = (pods.len(), Service::start().await);
        let mut deployment = Self { rollout, replicas, service, pods };
        wait_for("the pods to be ready", PATIENCE, async || {
            deployment.look_after_pods(cluster).await;
            let ready = deployment.ready();
            if ready == deployment.replicas { Ok(()) } else { Err(format!("{ready} are")) }
        })
        .await;
        deployment
    }

    /// The address of the Service.
    #[must_use]
    pub fn address(&self) -> &str {
        self.service.address()
    }

    /// Replaces every pod, as after a change of the template, and tells how the old ones ended.
    ///
    /// # Panics
    /// When that gets stuck, a pod would have been restarted by its kubelet, had to be killed, or
    /// ended with an error.
    pub async fn roll(&mut self, cluster: &mut Cluster) -> Vec<Departure> {
        let old = self.pods.len();
        wait_for("the rollout", PATIENCE, async || {
            self.look_after_pods(cluster).await;
            self.replace_one(cluster, old);
            let gone = self.pods[..old].iter().all(|pod| matches!(pod.phase, Phase::Gone(_)));
            let done = gone && self.ready() == self.replicas;
            if done { Ok(()) } else { Err(format!("{:?}", self.pods)) }
        })
        .await;
        let departure = |pod: Pod| match pod.phase {
            Phase::Gone(took) => Departure { node: cluster.nodes[pod.node].name().into(), took },
            _ => unreachable!("all of them are gone"),
        };
        self.pods.drain(..old).map(departure).collect()
    }

    fn ready(&self) -> usize {
        self.pods.iter().filter(|pod| pod.is_ready()).count()
    }

    /// What the controller does: one pod more while there may be, one of the old ones less while
    /// enough are ready.
    fn replace_one(&mut self, cluster: &mut Cluster, old: usize) {
        let count = |value: u64| usize::try_from(value).expect("a manifest's numbers are small");
        let most = self.replicas + count(self.rollout.max_surge);
        let fewest = self.replicas - count(self.rollout.max_unavailable);
        let kept = self.pods.iter().filter(|pod| pod.is_kept()).count();
        if kept < most && self.pods.len() - old < self.replicas {
            self.pods.push(Pod::starting(cluster.launch_next()));
        }
        let ready = self.ready();
        if let Some(pod) = self.pods[..old].iter_mut().find(|pod| pod.is_kept())
            && (ready > fewest || !pod.is_ready())
        {
            pod.phase = Phase::Ending { deleted: Instant::now(), told: None };
        }
    }

    /// What the kubelets do, and what comes of it for the Service.
    async fn look_after_pods(&mut self, cluster: &mut Cluster) {
        for pod in &mut self.pods {
            pod.look_after(&mut cluster.nodes[pod.node], &self.rollout).await;
        }
        let reached = self.pods.iter().filter(|pod| pod.gets_connections());
        let addresses = reached.map(|pod| cluster.nodes[pod.node].grpc().to_owned());
        self.service.lead_to(addresses.collect());
    }
}

impl Pod {
    fn starting(node: usize) -> Self {
        Self { node, phase: Phase::Starting(Asked::now()) }
    }

    fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Running { ready: true, .. })
    }

    /// Whether nobody wants it to end.
    fn is_kept(&self) -> bool {
        matches!(self.phase, Phase::Starting(_) | Phase::Running { .. })
    }

    fn gets_connections(&self) -> bool {
        self.is_ready() || matches!(self.phase, Phase::Ending { told: None, .. })
    }

    async fn look_after(&mut self, node: &mut Node, rollout: &Rollout) {
        let name = node.name().to_owned();
        match &mut self.phase {
            Phase::Starting(asked) => {
                let failures = asked.ask(node, &rollout.startup).await;
                let most = rollout.startup.failure_threshold;
                assert!(failures.is_none_or(|failures| failures < most), "{name} does not start");
                if failures == Some(0) {
                    let (readiness, liveness) = (Asked::now(), Asked::now());
                    self.phase = Phase::Running { ready: false, readiness, liveness };
                }
            }
            Phase::Running { ready, readiness, liveness } => {
                if let Some(failures) = readiness.ask(node, &rollout.readiness).await {
                    *ready =
                        failures == 0 || *ready && failures < rollout.readiness.failure_threshold;
                }
                let failures = liveness.ask(node, &rollout.liveness).await;
                let most = rollout.liveness.failure_threshold;
                assert!(failures.is_none_or(|failures| failures < most), "{name} does not live");
            }
            Phase::Ending { deleted, told } => {
                let since = deleted.elapsed();
                assert!(since < rollout.grace, "{name} has to be killed after {since:?}");
                if told.is_none() && since >= rollout.pre_stop {
                    node.terminate();
                    *told = Some(Instant::now());
                }
                if let Some(status) = node.exit_status() {
                    assert_eq!(status.code(), Some(0), "{name} ended badly");
                    let told = told.unwrap_or_else(|| panic!("{name} ended unasked"));
                    self.phase = Phase::Gone(told.elapsed());
                }
            }
            Phase::Gone(_) => {}
        }
    }
}

impl Asked {
    fn now() -> Self {
        Self { next: Instant::now(), failures: 0 }
    }

    /// Asks where it is time to, and says how often in a row it has failed now.
    async fn ask(&mut self, node: &mut Node, probe: &Probe) -> Option<u64> {
        let now = Instant::now();
        if now < self.next {
            return None;
        }
        self.next = now + probe.period;
        let good = node.is_listening() && answers(node, probe).await;
        self.failures = if good { 0 } else { self.failures + 1 };
        Some(self.failures)
    }
}

/// Whether the node answers a probe as it should. The port is the node's own here; that the pod's
/// is the one of the manifest is for another test.
async fn answers(node: &Node, probe: &Probe) -> bool {
    let options = ClientOptions {
        deadline: probe.timeout,
        connect_timeout: probe.timeout,
        retry: RetryPolicy::never(),
        ..ClientOptions::default()
    };
    matches!(client(&[node.grpc()], options).is_serving(&probe.service).await, Ok(true))
}
