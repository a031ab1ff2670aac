//! What a process has once, however many nodes it runs.

use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

use super::metric;
use crate::failure::Failure;

/// How late runs start, in seconds: fine where a healthy cluster is, up to a restart's downtime.
const LATENESS: [f64; 14] =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0];

/// How long the store takes, in seconds.
const STORE: [f64; 10] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 2.0];

/// How often what was measured is folded into the buckets, whether anybody reads them or not.
const UPKEEP: Duration = Duration::from_secs(5);

/// The cryptography for TLS and the metrics of a process.
pub(crate) struct Process {
    metrics: PrometheusHandle,
    _upkeep: AbortOnDropHandle<()>,
}

impl Process {
    /// Sets them up. Once in a process.
    ///
    /// # Errors
    /// They were set up already.
    pub(crate) fn prepare() -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::failed(format!("cannot set up the process: {error}"))
        };
        rustls::crypto::ring::default_provider()
            .install_default()
            .map_err(|_| failed(&"a provider of cryptography is there already"))?;
        let full = |name: &str| Matcher::Full(name.to_owned());
        let metrics = PrometheusBuilder::new()
            .set_buckets_for_metric(full("bellwether_fire_lateness_seconds"), &LATENESS)
            .and_then(|builder| {
                builder.set_buckets_for_metric(
                    full("bellwether_store_request_duration_seconds"),
                    &STORE,
                )
            })
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|error| failed(&error))?;
        metric::describe();
        let upkeep = AbortOnDropHandle::new(tokio::spawn(keep_up(metrics.clone())));
        Ok(Self { metrics, _upkeep: upkeep })
    }

    /// What the metrics are read from.
    pub(crate) fn metrics(&self) -> PrometheusHandle {
        self.metrics.clone()
    }
}

async fn keep_up(metrics: PrometheusHandle) {
    let mut ticks = interval(UPKEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}
