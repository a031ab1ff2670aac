//! The request of an attempt.

use bellwether_domain::{Content, HttpTarget, Payload, Run, Timestamp};
use bellwether_engine::Attempt;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use url::Url;

use super::failure::{Code, Failure};
use super::signature;

/// Headers with which HTTP itself frames a message, keeps a connection and names the host. A user's
/// would let one request pass for two, or reach another virtual host than the one that was checked.
const OF_THE_CONNECTION: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A request that can be sent as often as its connection is refused.
pub(super) struct Outgoing {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl Outgoing {
    /// The request of `attempt` to `url`, which is that of `target` after its check.
    pub(super) fn new(attempt: &Attempt, target: &HttpTarget, url: Url) -> Result<Self, Failure> {
        let method = Method::from_bytes(target.method.as_bytes()).map_err(|_| {
            Failure::new(Code::Request, format!("{:?} is not a method of HTTP", target.method))
        })?;
        let payload = attempt.run.draft.payload.as_ref().or(target.body.as_ref());
        let mut headers = users_headers(target)?;
        if let Some(payload) = payload {
            set_content_type(&mut headers, payload)?;
        }
        let body = payload.map(|payload| Bytes::copy_from_slice(payload.content.as_bytes()));
        set_own_headers(&mut headers, attempt, target, body.as_deref().unwrap_or_default())?;
        Ok(Self { method, url, headers, body })
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn request(&self) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.body_mut() = self.body.clone().map(Into::into);
        request
    }
}

/// When the attempt began, by the store's clock.
pub(super) fn started(run: &Run) -> Timestamp {
    run.started.unwrap_or(run.claimed)
}

/// The target's own headers. One that takes the name of ours has no effect: the run's identity is
/// not the job's to say. One of the connection ends the attempt, since the request without it is not
/// the one that was meant.
fn users_headers(target: &HttpTarget) -> Result<HeaderMap, Failure> {
    let bad = |message: String| Failure::new(Code::Request, message);
    let mut headers = HeaderMap::with_capacity(target.headers.len() + 12);
    for (name, value) in &target.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| bad(format!("{name:?} is not a header's name")))?;
        if OF_THE_CONNECTION.contains(&name.as_str()) {
            return Err(bad(format!("the header {name} belongs to HTTP and cannot be set")));
        }
        if !is_ours(name.as_str()) {
            let value = header_value(&name, value)?;
            headers.insert(name, value);
        }
    }
    Ok(headers)
}

fn is_ours(name: &str) -> bool {
    name == "traceparent" || name.starts_with("webhook-") || name.starts_with("bellwether-")
}

/// Marked sensitive, as it may be a credential: kept out of `Debug` and of HTTP/2's header table.
fn header_value(name: &HeaderName, value: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        Failure::new(
            Code::Request,
            format!("the value of the header {name} has a control character"),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The payload's own type, else the one among the target's headers, else that of its content.
fn set_content_type(headers: &mut HeaderMap, payload: &Payload) -> Result<(), Failure> {
    if !payload.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, header_value(&CONTENT_TYPE, &payload.content_type)?);
    } else if !payload.content.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        let usual = match payload.content {
            Content::Text(_) => "text/plain; charset=utf-8",
            Content::Bytes(_) => "application/octet-stream",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(usual));
    }
    Ok(())
}

fn set_own_headers(
    headers: &mut HeaderMap,
    attempt: &Attempt,
    target: &HttpTarget,
    body: &[u8],
) -> Result<(), Failure> {
    let Attempt { run, trace_id, span_id, .. } = attempt;
    let id = run.draft.id.to_string();
    let timestamp = started(run).as_millis().div_euclid(1000);
    let mut set = |name: &'static str, value: String| {
        let value = HeaderValue::try_from(value).map_err(|_| {
            Failure::new(Code::Request, format!("the header {name} has no value HTTP can carry"))
        })?;
        headers.insert(HeaderName::from_static(name), value);
        Ok(())
    };
    if let Some(secret) = &target.signing_secret {
        let signature = signature::sign(secret, &id, timestamp, body).map_err(|_| {
            Failure::new(Code::SigningSecret, "the signing secret is not base64 after its `whsec_`")
        })?;
        set("webhook-signature", signature)?;
    }
    set("webhook-id", id)?;
    set("webhook-timestamp", timestamp.to_string())?;
    set("bellwether-namespace", run.draft.job.namespace.to_string())?;
    set("bellwether-job", run.draft.job.id.to_string())?;
    set("bellwether-fire-time", run.draft.fire_time.to_string())?;
    set("bellwether-attempt", run.attempt.to_string())?;
    set("bellwether-epoch", run.epoch.to_string())?;
    set("traceparent", format!("00-{trace_id}-{span_id}-01"))
}
