//! Targets and payloads as they are stored.

use std::collections::BTreeMap;

use bellwether_domain::target::{
    Content, HttpTarget, Payload, RedisStreamTarget, Target, WorkerTarget,
};
use bellwether_domain::{HandlerName, IdError, QueueName};

use super::Malformed;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredTarget {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(message, tag = "1")]
    Http(StoredHttp),
    #[prost(message, tag = "2")]
    Noop(StoredNoop),
    // As on the wire, so that the kinds still to come have theirs.
    #[prost(message, tag = "3")]
    Worker(StoredWorker),
    #[prost(message, tag = "4")]
    RedisStream(StoredStream),
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredStream {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(btree_map = "string, string", tag = "2")]
    fields: BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredNoop {}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredHttp {
    #[prost(string, tag = "1")]
    url: String,
    #[prost(string, tag = "2")]
    method: String,
    #[prost(btree_map = "string, string", tag = "3")]
    headers: BTreeMap<String, String>,
    #[prost(message, optional, tag = "4")]
    body: Option<StoredPayload>,
    #[prost(string, optional, tag = "5")]
    signing_secret: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredWorker {
    #[prost(string, tag = "1")]
    queue: String,
    #[prost(string, tag = "2")]
    handler: String,
    #[prost(message, optional, tag = "3")]
    payload: Option<StoredPayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredPayload {
    #[prost(oneof = "StoredContent", tags = "1, 2")]
    content: Option<StoredContent>,
    #[prost(string, tag = "3")]
    content_type: String,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum StoredContent {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bytes = "vec", tag = "2")]
    Bytes(Vec<u8>),
}

impl From<&Target> for StoredTarget {
    fn from(target: &Target) -> Self {
        let kind = match target {
            Target::Http(http) => Kind::Http(http.into()),
            Target::Worker(worker) => Kind::Worker(worker.into()),
            Target::Noop => Kind::Noop(StoredNoop {}),
            Target::RedisStream(stream) => Kind::RedisStream(StoredStream {
                key: stream.key.clone(),
                fields: stream.fields.clone(),
            }),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<StoredTarget> for Target {
    type Error = Malformed;

    fn try_from(stored: StoredTarget) -> Result<Self, Malformed> {
        match stored.kind.ok_or(Malformed::Missing("target.kind"))? {
            Kind::Http(http) => Ok(Self::Http(http.into())),
            Kind::Worker(worker) => worker.try_into().map(Self::Worker),
            Kind::Noop(StoredNoop {}) => Ok(Self::Noop),
            Kind::RedisStream(StoredStream { key, fields }) => {
                Ok(Self::RedisStream(RedisStreamTarget { key, fields }))
            }
        }
    }
}

impl From<&HttpTarget> for StoredHttp {
    fn from(http: &HttpTarget) -> Self {
        Self {
            url: http.url.clone(),
            method: http.method.clone(),
            headers: http.headers.clone(),
            body: http.body.as_ref().map(StoredPayload::from),
            signing_secret: http.signing_secret.clone(),
        }
    }
}

impl From<StoredHttp> for HttpTarget {
    fn from(stored: StoredHttp) -> Self {
        Self {
            url: stored.url,
            method: stored.method,
            headers: stored.headers,
            body: stored.body.map(Payload::from),
            signing_secret: stored.signing_secret,
        }
    }
}

impl From<&WorkerTarget> for StoredWorker {
    fn from(worker: &WorkerTarget) -> Self {
        Self {
            queue: worker.queue.to_string(),
            handler: worker.handler.to_string(),
            payload: worker.payload.as_ref().map(StoredPayload::from),
        }
    }
}

impl TryFrom<StoredWorker> for WorkerTarget {
    type Error = Malformed;

    fn try_from(stored: StoredWorker) -> Result<Self, Malformed> {
        let value =
            |field| move |error: IdError| Malformed::Value { field, why: error.to_string() };
        Ok(Self {
            queue: QueueName::new(&stored.queue).map_err(value("target.worker.queue"))?,
            handler: HandlerName::new(&stored.handler).map_err(value("target.worker.handler"))?,
            payload: stored.payload.map(Payload::from),
        })
    }
}

impl From<&Payload> for StoredPayload {
    fn from(payload: &Payload) -> Self {
        let content = match &payload.content {
            Content::Text(text) => StoredContent::Text(text.clone()),
            Content::Bytes(bytes) => StoredContent::Bytes(bytes.clone()),
        };
        Self { content: Some(content), content_type: payload.content_type.clone() }
    }
}

impl From<StoredPayload> for Payload {
    fn from(stored: StoredPayload) -> Self {
        let content = match stored.content {
            Some(StoredContent::Text(text)) => Content::Text(text),
            Some(StoredContent::Bytes(bytes)) => Content::Bytes(bytes),
            None => Content::default(),
        };
        Self { content, content_type: stored.content_type }
    }
}
