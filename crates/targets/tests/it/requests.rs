//! What an endpoint receives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use bellwether_domain::{AttemptEnd, Content, HttpTarget, Payload};
use bellwether_engine::{Attempt, TargetExecutor};
use http::{HeaderMap, Method, Uri};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::raw::{Raw, Then};
use crate::support::{FINAL, FIRE_TIME, attempt, code, config, message, post, targets};

/// Made of the run's id, the attempt's start and the body by Python's `hmac` and `base64`.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = r#"{"hello":"wörld"}"#;
const SIGNED_AT_1: &str = "v1,aWzGMR0XRhFMAonj5MQNOpWV9xuHoX4obGMxkX4fD2Q=";
const SIGNED_AT_61: &str = "v1,o4pF06vMIVdJ96zJKwGeoyD34PFC+0zFK/CE/50a/7k=";
const RUN_ID: &str = "3-08b3a769-47ab-5268-8de3-478171f978f7";

#[derive(Clone, Debug)]
struct Received {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }
}

/// An endpoint that keeps what it receives and answers 200.
struct Endpoint {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Endpoint {
    async fn start() -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(keep).with_state(received.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("a listening socket");
        });
        Self { url, received, task }
    }

    /// Executes `attempt`, which must succeed, and returns what came of it here.
    async fn receive(&self, attempt: &Attempt) -> Received {
        let execution = targets(config()).execute(attempt).await;
        assert_eq!(execution.end, AttemptEnd::Succeeded, "{execution:?}");
        let mut received = self.received.lock().expect("no holder panics");
        assert_eq!(received.len(), 1, "one request an attempt");
        received.remove(0)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(
    State(received): State<Arc<Mutex<Vec<Received>>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) {
    let request = Received { method, uri, headers, body };
    received.lock().expect("no holder panics").push(request);
}

fn text(text: &str, content_type: &str) -> Payload {
    Payload { content: Content::Text(text.to_owned()), content_type: content_type.to_owned() }
}

fn bytes(bytes: &[u8], content_type: &str) -> Payload {
    Payload { content: Content::Bytes(bytes.to_vec()), content_type: content_type.to_owned() }
}

fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_request_says_whose_it_is() {
    let endpoint = Endpoint::start().await;
    let target = HttpTarget {
        method: "PUT".to_owned(),
        headers: headers(&[("Authorization", "Bearer x"), ("X-Team", "grün")]),
        body: Some(text(BODY, "application/json")),
        signing_secret: Some(SECRET.to_owned()),
        ..post(format!("{}/hook?day=1", endpoint.url))
    };
    let received = endpoint.receive(&attempt(target)).await;
    assert_eq!(received.method, Method::PUT);
    assert_eq!(received.uri, "/hook?day=1");
    assert_eq!(received.body, BODY);
    let agent = format!("bellwether/{}", env!("CARGO_PKG_VERSION"));
    let host = endpoint.url.strip_prefix("http://").expect("a plain URL");
    let expected = [
        ("accept", "*/*"),
        ("authorization", "Bearer x"),
        ("bellwether-attempt", "1"),
        ("bellwether-epoch", "7"),
        ("bellwether-fire-time", "2026-03-01T12:00:00.250Z"),
        ("bellwether-job", "invoices/nightly"),
        ("bellwether-namespace", "billing"),
        ("content-length", "18"),
        ("content-type", "application/json"),
        ("host", host),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("user-agent", &agent),
        ("webhook-id", RUN_ID),
        ("webhook-signature", SIGNED_AT_1),
        ("webhook-timestamp", "1772366401"),
        ("x-team", "grün"),
    ];
    let mut names: Vec<_> = received.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, expected.map(|(name, _)| name));
    for (name, value) in expected {
        assert_eq!(received.headers[name].as_bytes(), value.as_bytes(), "{name}");
    }
}

#[tokio::test]
async fn another_attempt_keeps_the_id_and_is_signed_anew() {
    let endpoint = Endpoint::start().await;
    let target = HttpTarget {
        body: Some(text(BODY, "")),
        signing_secret: Some(SECRET.to_owned()),
        ..post(&endpoint.url)
    };
    let mut second = attempt(target);
    second.run.attempt = 2;
    second.run.started = Some(FIRE_TIME.saturating_add(Duration::from_secs(61)));
    let received = endpoint.receive(&second).await;
    assert_eq!(received.header("webhook-id"), Some(RUN_ID));
    assert_eq!(received.header("bellwether-attempt"), Some("2"));
    assert_eq!(received.header("webhook-timestamp"), Some("1772366461"));
    assert_eq!(received.header("webhook-signature"), Some(SIGNED_AT_61));
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let endpoint = Endpoint::start().await;
    let received = endpoint.receive(&attempt(post(&endpoint.url))).await;
    assert_eq!(received.header("webhook-signature"), None);
    assert_eq!(received.header("webhook-id"), Some(RUN_ID));
    assert_eq!(received.header("content-type"), None);
    assert!(received.body.is_empty());
}

#[tokio::test]
async fn the_content_type_is_the_payloads() {
    let plain = "text/plain; charset=utf-8";
    let cases = [
        (Some(text("a", "")), "", Some(plain)),
        (Some(bytes(b"a", "")), "", Some("application/octet-stream")),
        (Some(text("{}", "application/json")), "", Some("application/json")),
        (Some(text("{}", "")), "application/json", Some("application/json")),
        (Some(text("{}", "text/csv")), "application/json", Some("text/csv")),
        (Some(text("", "")), "", None),
        (None, "", None),
        (None, "text/csv", Some("text/csv")),
    ];
    for (body, header, expected) in cases {
        let endpoint = Endpoint::start().await;
        let header: &[_] = if header.is_empty() { &[] } else { &[("Content-Type", header)] };
        let what = format!("{body:?} {header:?}");
        let target = HttpTarget { body, headers: headers(header), ..post(&endpoint.url) };
        let received = endpoint.receive(&attempt(target)).await;
        assert_eq!(received.header("content-type"), expected, "{what}");
    }
}

#[tokio::test]
async fn the_runs_own_payload_replaces_the_targets() {
    let endpoint = Endpoint::start().await;
    let target =
        HttpTarget { body: Some(text("daily", "application/json")), ..post(&endpoint.url) };
    let mut asked = attempt(target);
    asked.run.draft.payload = Some(bytes(b"\x00\xff", ""));
    let received = endpoint.receive(&asked).await;
    assert_eq!(received.body.as_ref(), b"\x00\xff");
    assert_eq!(received.header("content-type"), Some("application/octet-stream"));
}

#[tokio::test]
async fn a_jobs_headers_do_not_pass_for_ours() {
    let endpoint = Endpoint::start().await;
    let target = HttpTarget {
        headers: headers(&[
            ("Webhook-Id", "forged"),
            ("webhook-signature", "forged"),
            ("Webhook-Timestamp", "1"),
            ("Bellwether-Job", "forged"),
            ("bellwether-unheard-of", "forged"),
            ("TraceParent", "forged"),
            ("User-Agent", "curl/8"),
        ]),
        ..post(&endpoint.url)
    };
    let received = endpoint.receive(&attempt(target)).await;
    let forged = received.headers.values().filter(|value| *value == "forged").count();
    assert_eq!(forged, 0, "{:?}", received.headers);
    assert_eq!(received.header("webhook-id"), Some(RUN_ID));
    assert_eq!(received.header("webhook-signature"), None);
    // Not one of those that say whose request it is.
    assert_eq!(received.header("user-agent"), Some("curl/8"));
}

#[tokio::test]
async fn what_cannot_be_a_request_fails_for_good_and_is_not_sent() {
    let mut server = Raw::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Then::Close).await;
    let url = server.url();
    let with = |pairs: &[(&str, &str)]| HttpTarget { headers: headers(pairs), ..post(&url) };
    let connection = |name: &str| format!("the header {name} belongs to HTTP and cannot be set");
    let cases = [
        (
            HttpTarget { method: "B AD".into(), ..post(&url) },
            "request",
            "\"B AD\" is not a method of HTTP".into(),
        ),
        (with(&[("a b", "c")]), "request", "\"a b\" is not a header's name".into()),
        (
            with(&[("a", "secret\r\nb: c")]),
            "request",
            "the value of the header a has a control character".into(),
        ),
        (with(&[("Host", "intern")]), "request", connection("host")),
        (with(&[("Transfer-Encoding", "chunked")]), "request", connection("transfer-encoding")),
        (with(&[("CONTENT-LENGTH", "1")]), "request", connection("content-length")),
        (
            HttpTarget { body: Some(text("a", "b\nc")), ..post(&url) },
            "request",
            "the value of the header content-type has a control character".into(),
        ),
        (
            HttpTarget { signing_secret: Some("whsec_***".into()), ..post(&url) },
            "signing_secret",
            "the signing secret is not base64 after its `whsec_`".into(),
        ),
        (post("http://"), "url", "the URL is not an absolute http or https URL: empty host".into()),
        (
            post("/hook"),
            "url",
            "the URL is not an absolute http or https URL: relative URL without a base".into(),
        ),
        (
            post("ftp://a.example/"),
            "url",
            "the URL has the scheme \"ftp\"; allowed are http and https".into(),
        ),
        (
            post(url.replace("http://", "http://me:secret@")),
            "url",
            "the URL has user information before the host; credentials belong in a header".into(),
        ),
    ];
    let targets = targets(config());
    for (target, word, sentence) in cases {
        let execution = targets.execute(&attempt(target)).await;
        assert_eq!(execution.end, FINAL, "{sentence}");
        assert_eq!((code(&execution), message(&execution)), (word, sentence.as_str()));
    }
    // The first request that the server sees is one sent after all of those.
    targets.execute(&attempt(post(format!("{url}/last")))).await;
    assert!(server.request().await.1.starts_with("POST /hook/last "));
}
