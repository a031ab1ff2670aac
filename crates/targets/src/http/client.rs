//! The client that all HTTP targets share: one pool of connections, HTTP/1.1 and, where TLS
//! negotiates it, HTTP/2.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::address::AddressPolicy;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};
use rustls::crypto::CryptoProvider;

use super::resolve::CheckedResolver;
use crate::{TargetsConfig, TargetsError};

/// Idle connections kept for one host. A burst may make more; these stay.
const IDLE_PER_HOST: usize = 32;

/// How long one stays: less than the shortest keep-alive that servers commonly have (5 s). A request
/// that meets the server's closing on the way fails, and jobs that fire every so many seconds would
/// meet it again and again.
const IDLE_FOR: Duration = Duration::from_secs(4);

/// What an HTTP/2 server may send of one reply before it is read: what the protocol starts with,
/// rather than the client's own megabytes, since no more than an output's length is ever read.
const STREAM_WINDOW: u32 = 65_535;

/// Has no timeout for a whole request: the engine ends an attempt at the job's.
pub(super) fn build(
    config: TargetsConfig,
    addresses: Arc<AddressPolicy>,
) -> Result<Client, TargetsError> {
    if CryptoProvider::get_default().is_none() {
        return Err(TargetsError::NoCryptoProvider);
    }
    let authorities: Result<Vec<_>, _> =
        config.authorities.iter().map(|der| Certificate::from_der(der)).collect();
    let authorities = authorities.map_err(TargetsError::HttpClient)?;
    let resolver = Arc::new(CheckedResolver { lookup: config.lookup, addresses });
    let builder = || {
        Client::builder()
            .user_agent(concat!("bellwether/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(resolver.clone())
            .connect_timeout(config.connect_timeout)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_FOR)
            .http2_initial_stream_window_size(STREAM_WINDOW)
    };
    match builder().tls_certs_merge(authorities).build() {
        Err(error) if config.authorities.is_empty() => trusting_nobody(builder(), &error),
        made => made.map_err(TargetsError::HttpClient),
    }
}

/// A machine without certificate authorities, as a bare container is, still serves `http` targets;
/// those of `https` then fail one by one.
fn trusting_nobody(builder: ClientBuilder, error: &reqwest::Error) -> Result<Client, TargetsError> {
    let client = builder.tls_certs_only([]).build().map_err(TargetsError::HttpClient)?;
    tracing::warn!(
        error = super::failure::root(error),
        "no certificate authorities, https targets will fail; install ca-certificates"
    );
    Ok(client)
}
