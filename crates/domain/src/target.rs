//! What a run does. One variant for each kind; how it is done is the business of the `targets`
//! crate.

use std::collections::BTreeMap;

use crate::{HandlerName, QueueName};
use url::Url;

/// The largest payload, in bytes: 256 KiB.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// What a run does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One HTTP request.
    Http(HttpTarget),
    /// One entry in a Redis stream.
    RedisStream(RedisStreamTarget),
    /// A run for a worker.
    Worker(WorkerTarget),
    /// Nothing, successfully.
    Noop,
}

impl Target {
    /// The kind's name, as in filters and metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::RedisStream(_) => "redis_stream",
            Self::Worker(_) => "worker",
            Self::Noop => "noop",
        }
    }

    /// The host that a run calls, in lower case and without the port: what attempts at one receiver
    /// have in common. `None` for kinds that call none.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Http(http) => {
                let url = Url::parse(&http.url).ok()?;
                Some(url.host_str()?.to_ascii_lowercase())
            }
            Self::RedisStream(_) | Self::Worker(_) | Self::Noop => None,
        }
    }
}

/// An HTTP request that a node makes.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpTarget {
    /// An absolute `http` or `https` URL.
    pub url: String,
    /// The method, in capitals; `POST` when the client names none.
    pub method: String,
    /// Headers besides those that every run carries.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Option<Payload>,
    /// The secret of the `webhook-signature` (Standard Webhooks 1.0); none, no signature. Never
    /// shown again in a reply or a log.
    pub signing_secret: Option<String>,
}

impl std::fmt::Debug for HttpTarget {
    /// Without the secret, and without header values, which may hold one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpTarget")
            .field("url", &self.url)
            .field("method", &self.method)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &self.body.as_ref().map(|body| body.content.len()))
            .field("signing_secret", &self.signing_secret.as_ref().map(|_| "…"))
            .finish()
    }
}

/// An entry in a Redis stream of the operator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisStreamTarget {
    /// The key of the stream.
    pub key: String,
    /// Fields beside those that name the run.
    pub fields: BTreeMap<String, String>,
}

/// A run that a worker takes, over its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerTarget {
    /// The lane, within the job's namespace.
    pub queue: QueueName,
    /// What the worker is to do.
    pub handler: HandlerName,
    /// What the handler is given; a run that a client asked for may bring its own.
    pub payload: Option<Payload>,
}

/// Bytes or text with a content type: a body, an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// The content.
    pub content: Content,
    /// Its media type; empty, the kind's default.
    pub content_type: String,
}

/// The content of a [`Payload`]. Text stays text on its way through, so that a client in any
/// language reads back what another wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// UTF-8.
    Text(String),
    /// Anything.
    Bytes(Vec<u8>),
}

impl Default for Content {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Content {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}
