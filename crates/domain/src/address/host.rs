//! Patterns of host names.

use std::fmt;
use std::str::FromStr;

use url::Host;

/// A host name, `api.example.com`, or all names below one, `*.example.com`, at any depth and
/// without that name itself.
///
/// A pattern has no port: names are resolved for a host, and a connection that one port was
/// excepted for would open the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// In the form of a URL's host: lower case, international names in ASCII, no final dot.
    name: String,
    reach: Reach,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Itself,
    Below,
}

impl HostPattern {
    /// Whether `host` is one of those meant; case and a final dot do not matter.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        match self.reach {
            Reach::Itself => host == self.name,
            Reach::Below => host
                .strip_suffix(&self.name)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|below| !below.is_empty()),
        }
    }
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, HostPatternError> {
        let (name, reach) = match text.strip_prefix("*.") {
            Some(name) => (name, Reach::Below),
            None => (text, Reach::Itself),
        };
        match Host::parse(name) {
            Ok(Host::Domain(name)) if name.split('.').all(|label| !is_odd(label)) => {
                Ok(Self { name: name.to_ascii_lowercase(), reach })
            }
            Ok(Host::Domain(_)) | Err(_) => Err(HostPatternError::Syntax(text.to_owned())),
            Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Err(HostPatternError::Address(text.to_owned())),
        }
    }
}

/// A label that a URL may carry but no pattern is meant to have: empty, as after a final dot, or
/// with a `*` in the middle of a name.
fn is_odd(label: &str) -> bool {
    label.is_empty() || label.contains('*')
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reach {
            Reach::Itself => f.write_str(&self.name),
            Reach::Below => write!(f, "*.{}", self.name),
        }
    }
}

/// Why a text is no pattern of host names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostPatternError {
    /// It has another form.
    #[error("{0:?} is no host pattern; allowed are `name.example` and `*.name.example`, no port")]
    Syntax(String),
    /// It is an address.
    #[error("{0:?} is an address; `--allow-target-network` takes those")]
    Address(String),
}
