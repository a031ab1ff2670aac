//! How connections come about, fail and are kept.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::AttemptEnd;
use bellwether_domain::Target;
use bellwether_engine::TargetExecutor;
use bellwether_targets::{Lookup, TargetsConfig};
use tokio::net::TcpListener;

use crate::raw::{Raw, Then};
use crate::support::{Answers, RETRYABLE, attempt, code, config, message, post, targets, within};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Where other tests do not take a port that is free on purpose.
const ASIDE: &str = if cfg!(target_os = "linux") { "127.0.0.3" } else { "127.0.0.1" };

/// A port at [`ASIDE`] that refuses connections.
async fn refusing_port() -> u16 {
    let listener = TcpListener::bind((ASIDE, 0)).await.expect("a free port");
    listener.local_addr().expect("a bound address").port()
}

#[tokio::test]
async fn noop_succeeds() {
    let mut noop = attempt(post(""));
    noop.target = Target::Noop;
    let execution = targets(config()).execute(&noop).await;
    assert_eq!((execution.end, execution.report.output), (AttemptEnd::Succeeded, None));
}

#[tokio::test]
async fn a_refused_connection_is_tried_until_someone_listens() {
    let port = refusing_port().await;
    let lookup = Arc::new(Answers::new(&[&[ASIDE]]));
    let targets = targets(TargetsConfig { lookup: lookup.clone(), ..config() });
    let task = tokio::spawn(async move {
        targets.execute(&attempt(post(format!("http://hook.example:{port}/")))).await
    });
    // A second look at the name is a second try.
    let second = async {
        while lookup.given() < 2 {
            tokio::task::yield_now().await;
        }
    };
    within("a second try", second).await;
    let listener = TcpListener::bind((ASIDE, port)).await.expect("the port is still free");
    let mut server = Raw::on(listener, OK, Then::Again);
    let execution = within("the attempt to end", task).await.expect("it does not panic");
    assert_eq!(execution.end, AttemptEnd::Succeeded, "{execution:?}");
    server.request().await;
    assert!(server.saw_no_more_requests());
}

#[tokio::test]
async fn refusals_end_as_a_failure_without_secrets() {
    let port = refusing_port().await;
    let lookup = Arc::new(Answers::new(&[&[ASIDE]]));
    let refused_for = Duration::from_millis(150);
    let targets = targets(TargetsConfig { lookup: lookup.clone(), refused_for, ..config() });
    let url = format!("http://hook.example:{port}/secret-path?token=secret");
    let execution = within("the attempt to end", targets.execute(&attempt(post(url)))).await;
    assert_eq!((execution.end, code(&execution)), (RETRYABLE, "connect"));
    let start = format!("http://hook.example:{port}: no connection: Connection refused");
    assert!(message(&execution).starts_with(&start), "{}", message(&execution));
    assert!(!message(&execution).contains("secret"));
    assert!(lookup.given() > 1, "tried {} times", lookup.given());
}

#[tokio::test]
async fn without_patience_a_refusal_is_final_for_the_attempt() {
    let port = refusing_port().await;
    let lookup = Arc::new(Answers::new(&[&[ASIDE]]));
    let targets =
        targets(TargetsConfig { lookup: lookup.clone(), refused_for: Duration::ZERO, ..config() });
    let attempt = attempt(post(format!("http://hook.example:{port}/")));
    assert_eq!(code(&targets.execute(&attempt).await), "connect");
    assert_eq!(lookup.given(), 1);
}

/// What may have been acted upon is not sent twice in one attempt.
#[tokio::test]
async fn a_request_that_arrived_is_not_sent_again() {
    for reply in ["", "HTTP/1.1 200", "SSH-2.0-OpenSSH_9.6\r\n"] {
        let mut server = Raw::start(reply, Then::Close).await;
        let execution = targets(config()).execute(&attempt(post(server.url()))).await;
        assert_eq!((execution.end, code(&execution)), (RETRYABLE, "transport"), "{reply:?}");
        server.request().await;
        assert!(server.saw_no_more_requests(), "{reply:?}");
    }
}

#[tokio::test]
async fn connections_are_kept_for_the_next_attempt() {
    let mut server = Raw::start(OK, Then::Again).await;
    let targets = targets(config());
    let mut peers = Vec::new();
    for _ in 0..3 {
        targets.execute(&attempt(post(server.url()))).await;
        peers.push(server.request().await.0);
    }
    peers.dedup();
    assert_eq!(peers.len(), 1, "{peers:?}");
}

#[tokio::test]
async fn a_name_without_addresses_may_be_tried_again() {
    // An error of the lookup, then an empty answer.
    for answers in [&[][..], &[&[][..]][..]] {
        let lookup = Arc::new(Answers::new(answers));
        let targets = targets(TargetsConfig { lookup, ..config() });
        let execution = targets.execute(&attempt(post("http://nowhere.example/x"))).await;
        assert_eq!((execution.end, code(&execution)), (RETRYABLE, "dns"), "{execution:?}");
        let start = "http://nowhere.example: the host could not be resolved: ";
        assert!(message(&execution).starts_with(start), "{}", message(&execution));
    }
}

#[tokio::test]
async fn the_systems_resolver_is_asked() {
    let mut server = Raw::start(OK, Then::Close).await;
    let url = format!("http://localhost:{}/", server.address.port());
    let execution = targets(config()).execute(&attempt(post(url))).await;
    assert_eq!(execution.end, AttemptEnd::Succeeded, "{execution:?}");
    server.request().await;
}

/// A lookup that never answers.
struct Silent;

#[async_trait]
impl Lookup for Silent {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_connection_has_its_time() {
    let connect_timeout = Duration::from_millis(50);
    let targets = targets(TargetsConfig { lookup: Arc::new(Silent), connect_timeout, ..config() });
    let attempt = attempt(post("http://hook.example/"));
    let execution = within("the attempt to end", targets.execute(&attempt)).await;
    assert_eq!((execution.end, code(&execution)), (RETRYABLE, "timeout"), "{execution:?}");
}
