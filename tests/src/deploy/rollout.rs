//! What a Deployment says about the lives of its pods.

use std::time::Duration;

use serde_json::Value;

use super::manifests::{number, text};

/// How a Deployment replaces its pods, and what is done with each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// How many pods there are to be; none where an autoscaler says.
    pub replicas: Option<u64>,
    /// How many more there may be meanwhile.
    pub max_surge: u64,
    /// How many fewer may be ready meanwhile.
    pub max_unavailable: u64,
    /// Until it succeeds, neither of the others is asked.
    pub startup: Probe,
    /// Whether the pod gets connections.
    pub readiness: Probe,
    /// Whether the pod is left alone.
    pub liveness: Probe,
    /// Between the order to end a pod and its SIGTERM.
    pub pre_stop: Duration,
    /// Between that order and its SIGKILL.
    pub grace: Duration,
}

/// A native gRPC probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The port of the pod.
    pub port: u64,
    /// What grpc.health.v1 is asked for.
    pub service: String,
    /// How often.
    pub period: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How many failures in a row count.
    pub failure_threshold: u64,
}

impl Rollout {
    /// Reads a Deployment, in full: what it leaves to Kubernetes' defaults is not guessed.
    ///
    /// # Panics
    /// When something is not said, or said otherwise than we know.
    #[must_use]
    pub fn of(deployment: &Value) -> Self {
        assert_eq!(text(deployment, "/spec/strategy/type"), "RollingUpdate");
        let pod = deployment.pointer("/spec/template/spec").expect("a Deployment has a template");
        let container = pod.pointer("/containers/0").expect("a pod has a container");
        let probe = |name: &str| Probe::of(container, name);
        let seconds = |value, pointer| Duration::from_secs(number(value, pointer));
        Self {
            replicas: deployment.pointer("/spec/replicas").and_then(Value::as_u64),
            max_surge: number(deployment, "/spec/strategy/rollingUpdate/maxSurge"),
            max_unavailable: number(deployment, "/spec/strategy/rollingUpdate/maxUnavailable"),
            startup: probe("startupProbe"),
            readiness: probe("readinessProbe"),
            liveness: probe("livenessProbe"),
            pre_stop: seconds(container, "/lifecycle/preStop/sleep/seconds"),
            grace: seconds(pod, "/terminationGracePeriodSeconds"),
        }
    }
}

impl Probe {
    fn of(container: &Value, name: &str) -> Self {
        let probe = container.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        let seconds = |pointer| Duration::from_secs(number(probe, pointer));
        Self {
            port: number(probe, "/grpc/port"),
            service: text(probe, "/grpc/service").to_owned(),
            period: seconds("/periodSeconds"),
            timeout: seconds("/timeoutSeconds"),
            failure_threshold: number(probe, "/failureThreshold"),
        }
    }
}
