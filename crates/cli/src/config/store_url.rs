//! Where jobs are kept.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Where jobs are kept. Its password never shows, neither by `Display` nor by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum StoreUrl {
    /// In the process itself; they end with it.
    Memory,
    /// In a Redis server, by TCP or a Unix socket.
    Redis(Url),
}

/// Why a text is no such place. The text itself is not repeated: it may have a password in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreUrlError {
    /// It is none.
    Malformed(&'static str),
    /// It is one of a kind that does not exist in this version.
    Unbuilt(&'static str),
}

const ALLOWED: &str = "write memory:, redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE] or \
                       redis+unix:///PATH";

/// Kinds that come later.
const UNBUILT: [&str; 3] = ["rediss", "redis+sentinel", "redis+cluster"];

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        let malformed = StoreUrlError::Malformed(ALLOWED);
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        let (scheme, _) = text.split_once("://").ok_or(malformed.clone())?;
        if let Some(kind) = UNBUILT.into_iter().find(|kind| *kind == scheme) {
            return Err(StoreUrlError::Unbuilt(kind));
        }
        let url = Url::parse(text).map_err(|_| malformed.clone())?;
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        match scheme {
            "redis" if has_host => Ok(Self::Redis(url)),
            "redis+unix" if !has_host && url.path().len() > 1 => Ok(Self::Redis(url)),
            _ => Err(malformed),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Redis(url) => {
                let mut shown = url.clone();
                // The query of a socket's URL may hold a password too.
                shown.set_query(url.query().map(|_| "…"));
                if url.password().is_some() {
                    // Of a URL with a host a password can always be set.
                    let _ = shown.set_password(Some("…"));
                }
                f.write_str(&shown.as_str().replace("%E2%80%A6", "…"))
            }
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_memory_and_redis() {
        let cases = [
            ("memory:", Some("memory:")),
            ("redis://127.0.0.1:6379", Some("redis://127.0.0.1:6379")),
            ("redis://cache.example/3", Some("redis://cache.example/3")),
            ("redis://:s3cret@cache.example", Some("redis://:…@cache.example")),
            ("redis://user:s3cret@cache.example/3", Some("redis://user:…@cache.example/3")),
            ("redis+unix:///run/redis.sock", Some("redis+unix:///run/redis.sock")),
            ("redis+unix:///run/r.sock?db=2&pass=s3cret", Some("redis+unix:///run/r.sock?…")),
            ("", None),
            ("redis+unix://", None),
            ("memory", None),
            ("redis:127.0.0.1", None),
            ("redis://", None),
            ("redis://:s3cret@", None),
            ("postgres://localhost", None),
            ("127.0.0.1:6379", None),
        ];
        for (text, expected) in cases {
            let shown = text.parse::<StoreUrl>().ok().map(|store| store.to_string());
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_kind_that_comes_later_is_named() {
        for (text, kind) in [
            ("rediss://h", "rediss"),
            ("redis+sentinel://a,b/main", "redis+sentinel"),
            ("redis+cluster://a,b", "redis+cluster"),
        ] {
            assert_eq!(text.parse::<StoreUrl>(), Err(StoreUrlError::Unbuilt(kind)));
        }
    }
}
