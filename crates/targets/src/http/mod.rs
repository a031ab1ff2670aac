//! HTTP targets: one request an attempt, and what its reply means.
//!
//! An attempt sends at most one request that a server may act upon. What is sent again within it
//! was surely not acted upon: a connection that was refused, a pooled one found closed before a
//! byte left, a stream that an HTTP/2 server says it did not process. Anything else ends the
//! attempt, and whether there is another is for the job's policy to say.
//!
//! **Addresses.** The literal host of a URL is checked before the request, and every address that
//! a name resolves to in the resolver that the client connects by ([`resolve`]). There is no third
//! way to a connection: redirects are not followed and no proxy is used. A pooled connection is not
//! checked again, as it leads where it led when it was made. Rejected: a lookup of our own before
//! the request, which a second answer of the same name gets around.
//!
//! **Secrets.** Messages name the scheme, host and port of a URL and no more of it: in many
//! webhooks the path is the password.

mod backoff;
mod client;
mod failure;
mod output;
mod reply;
mod request;
mod resolve;
mod retry_after;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::HttpTarget;
use bellwether_domain::address::AddressPolicy;
use bellwether_engine::{Attempt, Execution};
use reqwest::{Client, Response};
use tokio::time::Instant;

use self::backoff::Backoff;
use self::failure::Failure;
use self::request::Outgoing;
use crate::{TargetsConfig, TargetsError};

pub use resolve::{Lookup, SystemLookup};

/// What all attempts of HTTP targets share.
pub(crate) struct Http {
    client: Client,
    addresses: Arc<AddressPolicy>,
    refused_for: Duration,
}

impl Http {
    pub(crate) fn new(config: TargetsConfig) -> Result<Self, TargetsError> {
        let addresses = Arc::new(config.addresses.clone());
        let refused_for = config.refused_for;
        Ok(Self { client: client::build(config, addresses.clone())?, addresses, refused_for })
    }

    pub(crate) async fn execute(&self, attempt: &Attempt, target: &HttpTarget) -> Execution {
        let begun = Instant::now();
        let response = match self.send(attempt, target, begun).await {
            Ok(response) => response,
            Err(failure) => return failure.into(),
        };
        // The store's time, as far as this node can tell without asking.
        let now = request::started(&attempt.run).saturating_add(begun.elapsed());
        reply::judge(response, now).await
    }

    async fn send(
        &self,
        attempt: &Attempt,
        target: &HttpTarget,
        begun: Instant,
    ) -> Result<Response, Failure> {
        let url = self.addresses.check_url_literal(&target.url)?;
        let outgoing = Outgoing::new(attempt, target, url)?;
        let mut backoff = Backoff::new(&attempt.run.draft.id, self.refused_for);
        loop {
            let error = match self.client.execute(outgoing.request()).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let refused = failure::is_refused(&error);
            let Some(wait) = backoff.next(begun.elapsed()).filter(|_| refused) else {
                return Err(Failure::transport(outgoing.url(), &error));
            };
            tracing::debug!(run = %attempt.run.draft.id, ?wait, "connection refused, trying again");
            tokio::time::sleep(wait).await;
        }
    }
}
