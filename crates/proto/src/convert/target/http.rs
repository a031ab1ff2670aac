//! HTTP targets. What passes can be sent: a run never fails for a header that no library takes.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bellwether_domain::HttpTarget;
use url::Url;

use super::super::payload::{payload_from_proto, payload_to_proto};
use super::super::text::quoted;
use super::super::{Problems, View};
use super::SecretInput;
use crate::v1;

const MAX_URL: usize = 8 * 1024;
const MAX_METHOD: usize = 32;
const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 * 1024;
const MAX_SECRET: usize = 512;

/// What marks a secret as base64, after Standard Webhooks.
const SECRET_PREFIX: &str = "whsec_";

/// Headers that belong to the connection and not to the request.
const OF_CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Reads an HTTP target.
pub(super) fn from_proto(
    value: v1::HttpTarget,
    field: &str,
    problems: &mut Problems,
) -> (HttpTarget, SecretInput) {
    let path = |name: &str| format!("{field}.{name}");
    if let Err(message) = check_url(&value.url) {
        problems.invalid(path("url"), message);
    }
    let body = value.body.map(|body| payload_from_proto(body, &path("body"), problems));
    check_headers(&value.headers, &path("headers"), problems);
    let typed = body.as_ref().is_some_and(|body| !body.content_type.is_empty());
    if typed && value.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        let message = "is given by body.content_type as well; only one of them may be set";
        problems.invalid(path("headers[\"content-type\"]"), message);
    }
    let secret = match &value.signing_secret {
        Some(_) => SecretInput::Given,
        None => SecretInput::Unset,
    };
    let signing_secret = value.signing_secret.filter(|secret| !secret.is_empty());
    if let Some(Err(message)) = signing_secret.as_deref().map(check_secret) {
        problems.invalid(path("signing_secret"), message);
    }
    let method = read_method(&value.method, &path("method"), problems);
    let target =
        HttpTarget { url: value.url, method, headers: value.headers, body, signing_secret };
    (target, secret)
}

/// The message of an HTTP target.
pub(super) fn to_proto(target: &HttpTarget, view: View) -> v1::HttpTarget {
    v1::HttpTarget {
        url: target.url.clone(),
        method: target.method.clone(),
        headers: target.headers.clone(),
        body: target.body.as_ref().map(|body| payload_to_proto(body, view)),
        signing_secret: None,
    }
}

/// Whether two URLs name the same scheme, host and port: the same receiver, as far as anyone can
/// tell from outside, so that what one may be sent the other may be sent.
#[must_use]
pub fn same_receiver(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => one == other,
    }
}

/// The messages quote no part of a URL that may hold a secret: user information or a query.
fn check_url(text: &str) -> Result<(), String> {
    const ALLOWED: &str = "an absolute http or https URL with a host is required";
    if text.is_empty() {
        return Err(format!("is not set; {ALLOWED}"));
    }
    if text.len() > MAX_URL {
        return Err(format!("has {} bytes; at most {MAX_URL} are allowed", text.len()));
    }
    // The parser would drop them without a word.
    if let Some(at) = text.find(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!("has a blank or control character at byte {}; {ALLOWED}", at + 1));
    }
    let shown = match text.split(['?', '#']).next() {
        Some(head) if !head.contains('@') => quoted(head),
        _ => "the URL".to_owned(),
    };
    let scheme = ["http://", "https://"].iter().find_map(|scheme| {
        text.get(..scheme.len()).filter(|head| head.eq_ignore_ascii_case(scheme))
    });
    let Some(scheme) = scheme else {
        return Err(format!("{shown} begins with neither http:// nor https://; {ALLOWED}"));
    };
    // The parser would take `http:///path` for the host `path`.
    if text[scheme.len()..].starts_with(['/', '\\', '?', '#']) {
        return Err(format!("{shown} has no host; {ALLOWED}"));
    }
    let url = Url::parse(text).map_err(|error| format!("{shown}: {error}; {ALLOWED}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has user information before the host; credentials belong in a header".into());
    }
    if url.fragment().is_some() {
        return Err(format!("{shown} has a fragment (#…), which no request carries; leave it out"));
    }
    Ok(())
}

fn read_method(text: &str, field: &str, problems: &mut Problems) -> String {
    if text.is_empty() {
        return "POST".to_owned();
    }
    let method = text.to_ascii_uppercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let fine = method.len() <= MAX_METHOD && method.chars().all(fits);
    if !fine || ["CONNECT", "TRACE"].contains(&method.as_str()) {
        problems.invalid(
            field,
            format!(
                "{} is not allowed; 1 to {MAX_METHOD} letters, digits or hyphens are, except \
                 CONNECT and TRACE",
                quoted(text)
            ),
        );
    }
    method
}

fn check_headers(headers: &BTreeMap<String, String>, field: &str, problems: &mut Problems) {
    if headers.len() > MAX_HEADERS {
        let message = format!("has {} headers; at most {MAX_HEADERS} are allowed", headers.len());
        problems.invalid(field, message);
        return;
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_HEADER_BYTES {
        let message = format!("has {bytes} bytes; at most {MAX_HEADER_BYTES} are allowed in all");
        problems.invalid(field, message);
    }
    let mut seen = BTreeSet::new();
    for (name, value) in headers {
        let place = format!("{field}[{}]", quoted(name));
        let lower = name.to_ascii_lowercase();
        if let Err(message) = check_header_name(&lower) {
            problems.invalid(&place, message);
        }
        if !is_header_value(value) {
            let message = "its value has other than visible ASCII characters and inner blanks";
            problems.invalid(&place, message);
        }
        if !seen.insert(lower) {
            problems.invalid(&place, "is given twice; the case of letters does not matter");
        }
    }
}

fn check_header_name(lower: &str) -> Result<(), &'static str> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if lower.is_empty() || !lower.chars().all(token) {
        return Err("is no header name; letters, digits and !#$%&'*+-.^_`|~ are allowed");
    }
    if OF_CONNECTION.contains(&lower) {
        return Err("belongs to the connection and cannot be set");
    }
    let ours = |lower: &str| lower.starts_with("webhook-") || lower.starts_with("bellwether-");
    if ours(lower) || lower == "traceparent" {
        return Err("is set by Bellwether on every request and cannot be set here");
    }
    Ok(())
}

fn is_header_value(value: &str) -> bool {
    value.trim_matches([' ', '\t']) == value
        && value.chars().all(|c| c == ' ' || c == '\t' || c.is_ascii_graphic())
}

/// Messages never quote the secret.
fn check_secret(secret: &str) -> Result<(), String> {
    if secret.len() > MAX_SECRET || !secret.chars().all(|c| c.is_ascii_graphic()) {
        return Err(format!(
            "is not allowed; {SECRET_PREFIX} and base64, or plain text of 1 to {MAX_SECRET} \
             visible ASCII characters are"
        ));
    }
    match secret.strip_prefix(SECRET_PREFIX).map(|coded| STANDARD.decode(coded)) {
        None => Ok(()),
        Some(Ok(bytes)) if !bytes.is_empty() => Ok(()),
        Some(_) => Err(format!("begins with {SECRET_PREFIX} and no base64 follows (RFC 4648)")),
    }
}

#[cfg(test)]
mod tests;
