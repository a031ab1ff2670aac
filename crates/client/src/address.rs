//! Where a node listens.

use std::fmt;
use std::str::FromStr;

use tonic::transport::{Endpoint, Uri};

/// The address of a node's gRPC listener: a host name or an IP address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    authority: String,
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not a host and a port.
    #[error("{0:?} is not an address; write HOST:PORT, as in 127.0.0.1:7400 or [::1]:7400")]
    Malformed(String),
    /// There is no address at all.
    #[error("no address is given")]
    Missing,
    /// It asks for a transport that this client does not speak.
    #[error("{0:?} asks for TLS, which is not built yet; write HOST:PORT")]
    Tls(String),
}

impl Address {
    /// The endpoint to connect to.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, AddressError> {
        Endpoint::from_shared(format!("http://{}", self.authority))
            .map_err(|_| AddressError::Malformed(self.authority.clone()))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Reads `HOST:PORT`, with or without `http://` before it.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed(text.chars().take(120).collect());
        if text.starts_with("https://") {
            return Err(AddressError::Tls(text.chars().take(120).collect()));
        }
        let authority = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
        let uri: Uri = format!("http://{authority}").parse().map_err(|_| malformed())?;
        let plain = uri.path() == "/" && uri.query().is_none() && !authority.contains('@');
        let host = uri.host().unwrap_or_default();
        match uri.port_u16() {
            Some(port) if port != 0 && !host.is_empty() && plain => {
                Ok(Self { authority: authority.to_owned() })
            }
            _ => Err(malformed()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let cases = [
            ("127.0.0.1:7400", Some("127.0.0.1:7400")),
            ("node-3.example.org:80", Some("node-3.example.org:80")),
            ("[::1]:7400", Some("[::1]:7400")),
            ("http://localhost:7400", Some("localhost:7400")),
            ("http://localhost:7400/", Some("localhost:7400")),
            ("", None),
            ("localhost", None),
            (":7400", None),
            ("localhost:0", None),
            ("localhost:70000", None),
            ("::1:7400", None),
            ("user:secret@localhost:7400", None),
            ("localhost:7400/jobs", None),
            ("two words:7400", None),
            ("redis://localhost:6379", None),
            ("https://localhost:7400", None),
        ];
        for (text, expected) in cases {
            let address = text.parse::<Address>().ok().map(|address| address.to_string());
            assert_eq!(address.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn tls_is_named_as_what_is_missing() {
        assert!(matches!("https://localhost:7400".parse::<Address>(), Err(AddressError::Tls(_))));
    }
}
