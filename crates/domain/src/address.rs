//! Which addresses targets may reach.
//!
//! Whoever may create a job can make a node send requests, so without a rule a scheduler is a way
//! into the network it stands in: cloud metadata services, databases without passwords, the
//! node's own ports. The rule is a list of what is refused, [`AddressKind`], and of the operator's
//! exceptions to it, [`AddressPolicy`].
//!
//! It is asked twice. [`AddressPolicy::check_url_literal`] judges what a URL says outright, so that
//! a hopeless job is refused when it is created; that is a courtesy. What protects is
//! [`AddressPolicy::check_host`], asked for each address that a name resolves to right before it
//! is connected to: a name can resolve to one address at the check and to another at the use.

mod host;
mod kind;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

pub use host::{HostPattern, HostPatternError};
pub use kind::AddressKind;

/// The operator's exceptions. The default has none.
#[derive(Clone, Debug, Default)]
pub struct AddressPolicy {
    /// Networks that may be reached whatever their kind (`--allow-target-network`).
    pub networks: Vec<IpNet>,
    /// Hosts that may be reached wherever they resolve to (`--allow-target-host`).
    pub hosts: Vec<HostPattern>,
    /// Whether the loopback interface may be reached: while the node itself listens there alone,
    /// a job's author gains nothing by it.
    pub loopback: bool,
}

impl AddressPolicy {
    /// Checks an address that no name led to.
    ///
    /// # Errors
    /// The address is of a refused kind and no network of the policy holds it.
    pub fn check_ip(&self, address: IpAddr) -> Result<(), AddressRefused> {
        let Some(kind) = AddressKind::of(address) else { return Ok(()) };
        // A mapped address is IPv4 on the wire. Other embeddings are not undone here: what a
        // translator makes of them, only an exception for the very address can vouch for.
        let plain = address.to_canonical();
        let excepted = |net: &IpNet| net.contains(&address) || net.contains(&plain);
        if (self.loopback && plain.is_loopback()) || self.networks.iter().any(excepted) {
            return Ok(());
        }
        Err(AddressRefused { host: None, address, kind })
    }

    /// Checks an address that `host` resolves to.
    ///
    /// # Errors
    /// As [`Self::check_ip`], unless a pattern of the policy matches `host`.
    pub fn check_host(&self, host: &str, address: IpAddr) -> Result<(), AddressRefused> {
        if self.hosts.iter().any(|pattern| pattern.matches(host)) {
            return Ok(());
        }
        let named =
            |refused: AddressRefused| AddressRefused { host: Some(host.to_owned()), ..refused };
        self.check_ip(address).map_err(named)
    }

    /// Checks what `url` says without asking anyone: its form, its scheme, and its host where that
    /// is an address, in whatever notation, or a name of the loopback interface (RFC 6761).
    /// Returns it as parsed, and only that should be connected to, lest a second parser read
    /// another host out of the same text.
    ///
    /// # Errors
    /// What is wrong with it. The message quotes none of the URL but its scheme and host.
    pub fn check_url_literal(&self, url: &str) -> Result<Url, UrlError> {
        let url = Url::parse(url).map_err(UrlError::Syntax)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::UserInformation);
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_ip(address.into())?,
            Some(Host::Ipv6(address)) => self.check_ip(address.into())?,
            Some(Host::Domain(name)) if is_localhost(name) => self.check_localhost(name)?,
            Some(Host::Domain(_)) => {}
            None => return Err(UrlError::Syntax(url::ParseError::EmptyHost)),
        }
        Ok(url)
    }

    /// Either loopback address will do, as the name may stand for both.
    fn check_localhost(&self, name: &str) -> Result<(), AddressRefused> {
        self.check_host(name, Ipv6Addr::LOCALHOST.into())
            .or_else(|_| self.check_host(name, Ipv4Addr::LOCALHOST.into()))
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// An address that targets may not reach. The message names the flag that would allow it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct AddressRefused {
    /// The name that resolves to it; none, it was given as an address.
    pub host: Option<String>,
    /// The address.
    pub address: IpAddr,
    /// What it is.
    pub kind: AddressKind,
}

impl fmt::Display for AddressRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address, kind } = self;
        let only = IpNet::from(*address);
        match host {
            None => write!(
                f,
                "{address} is {kind}, which targets may not reach; \
                 `--allow-target-network {only}` would allow it"
            ),
            Some(host) => write!(
                f,
                "{host} resolves to {address}, {kind}, which targets may not reach; \
                 `--allow-target-host {host}` or `--allow-target-network {only}` would allow it"
            ),
        }
    }
}

/// Why a URL cannot be that of a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be read as a URL.
    #[error("is not an absolute http or https URL: {0}")]
    Syntax(url::ParseError),
    /// Another scheme.
    #[error("has the scheme {0:?}; allowed are http and https")]
    Scheme(String),
    /// A user name or a password, which would end up in listings.
    #[error("has user information before the host; credentials belong in a header")]
    UserInformation,
    /// An address that is refused.
    #[error(transparent)]
    Address(#[from] AddressRefused),
}

#[cfg(test)]
mod tests;
