//! What a run does: one file for each kind of target.
//!
//! [`Targets`] is the engine's executor: it hands an attempt to the kind it is for. A kind keeps no
//! state of a run and none of a job. It holds what is shared by all of its attempts, such as
//! connections, and lets go of the rest when the engine drops the future.

mod http;
mod noop;
mod redis_stream;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::address::AddressPolicy;
use bellwether_domain::{AttemptEnd, AttemptReport, RunError, StreamPolicy, Target};
use bellwether_engine::{Attempt, Execution, TargetExecutor};
use rustls::pki_types::CertificateDer;

pub use http::{Lookup, SystemLookup};

/// What the targets are told at their start.
#[derive(Clone)]
pub struct TargetsConfig {
    /// Which addresses an HTTP target may reach.
    pub addresses: AddressPolicy,
    /// How an HTTP target's host becomes addresses.
    pub lookup: Arc<dyn Lookup>,
    /// How long a connection may take to be made, TLS and the lookup included.
    pub connect_timeout: Duration,
    /// For how long an attempt tries again while its endpoint refuses connections.
    pub refused_for: Duration,
    /// Certificate authorities trusted beside the system's.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Redis streams.
    pub streams: StreamsConfig,
}

/// What stream targets are told at their start.
#[derive(Clone)]
pub struct StreamsConfig {
    /// Which streams may be appended to.
    pub policy: StreamPolicy,
    /// The server that they are on. It may hold a password.
    pub url: Option<String>,
    /// For how long, beyond what may lie between two attempts of a run, the run is known to be in
    /// its stream already.
    pub dedup: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long an answer may take.
    pub response_timeout: Duration,
}

impl Default for StreamsConfig {
    /// No stream is allowed; a day of `dedup`, 5 s to connect and as long to answer.
    fn default() -> Self {
        Self {
            policy: StreamPolicy::default(),
            url: None,
            dedup: Duration::from_secs(86_400),
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(5),
        }
    }
}

impl TargetsConfig {
    /// The usual settings: the system's resolver and authorities, 10 s to connect, 30 s of
    /// refusals.
    #[must_use]
    pub fn new(addresses: AddressPolicy) -> Self {
        Self {
            addresses,
            lookup: Arc::new(SystemLookup),
            connect_timeout: Duration::from_secs(10),
            refused_for: Duration::from_secs(30),
            authorities: Vec::new(),
            streams: StreamsConfig::default(),
        }
    }
}

/// Why targets could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TargetsError {
    /// The process has chosen no cryptography for TLS.
    #[error("no default rustls CryptoProvider is installed")]
    NoCryptoProvider,
    /// The HTTP client refused its settings.
    #[error("cannot set up the HTTP client")]
    HttpClient(#[source] reqwest::Error),
    /// The URL of the streams' server is not one of a Redis.
    #[error("the URL of the streams' Redis is not usable: {0:?}")]
    StreamUrl(redis::ErrorKind),
}

/// Executes the attempts of every kind of target that a node itself executes.
pub struct Targets {
    http: http::Http,
    redis_stream: redis_stream::RedisStream,
}

impl Targets {
    /// Sets up what the kinds share.
    ///
    /// # Errors
    /// No default `CryptoProvider` of rustls is installed, an authority of the configuration is not
    /// a certificate, or the URL of the streams is not one.
    pub fn new(config: TargetsConfig) -> Result<Self, TargetsError> {
        let redis_stream = redis_stream::RedisStream::new(config.streams.clone())?;
        Ok(Self { http: http::Http::new(config)?, redis_stream })
    }
}

#[async_trait]
impl TargetExecutor for Targets {
    async fn execute(&self, attempt: &Attempt) -> Execution {
        match &attempt.target {
            Target::Http(target) => self.http.execute(attempt, target).await,
            Target::RedisStream(target) => self.redis_stream.execute(attempt, target).await,
            Target::Worker(_) => not_ours(),
            Target::Noop => noop::execute(),
        }
    }
}

/// A run for a worker waits in its queue and is taken by one; the engine hands none to a node.
fn not_ours() -> Execution {
    let error = RunError {
        code: "worker_target".to_owned(),
        message: "a node was given a run that is for a worker; this is a bug".to_owned(),
    };
    let report = AttemptReport { error: Some(error), ..AttemptReport::default() };
    Execution { end: AttemptEnd::Failed { retryable: true, retry_after: None }, report }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test of this binary installs a provider, as reqwest would panic without one.
    #[test]
    fn a_missing_crypto_provider_is_an_error() {
        let made = Targets::new(TargetsConfig::new(AddressPolicy::default()));
        assert!(matches!(made, Err(TargetsError::NoCryptoProvider)));
    }
}
