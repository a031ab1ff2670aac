//! Names to addresses, through the address policy.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use bellwether_domain::address::AddressPolicy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Finds the addresses of a host.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// Every address of `host`, in the order in which they are to be tried. What is returned is
    /// not yet checked.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// The resolver that connections are made by. It hands on allowed addresses only, so what is
/// connected to is what was checked.
pub(super) struct CheckedResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) addresses: Arc<AddressPolicy>,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, addresses) = (self.lookup.clone(), self.addresses.clone());
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            let mut refused = None;
            let mut allowed = Vec::with_capacity(found.len());
            for ip in found {
                match addresses.check_host(name.as_str(), ip) {
                    // Port 0 stands for the URL's.
                    Ok(()) => allowed.push(SocketAddr::new(ip, 0)),
                    Err(error) => refused = refused.or(Some(error)),
                }
            }
            match refused {
                Some(refused) if allowed.is_empty() => Err(refused.into()),
                None if allowed.is_empty() => Err("the name has no address".into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}
