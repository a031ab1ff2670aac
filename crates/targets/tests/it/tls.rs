//! TLS, and HTTP/2 which it brings.

use std::sync::Arc;

use bellwether_domain::{AttemptEnd, Content};
use bellwether_engine::{Execution, TargetExecutor};
use bellwether_targets::{Targets, TargetsConfig, TargetsError};
use bytes::Bytes;
use h2::Reason;
use h2::server::{Connection, SendResponse};
use http::{Request, Response, Version};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::{Answers, RETRYABLE, attempt, code, config, message, post, targets, within};

const HOST: &str = "hook.example";
type H2 = Connection<TlsStream<TcpStream>, Bytes>;

/// A TLS listener with a certificate of its own for [`HOST`].
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
}

impl Tls {
    async fn start(protocols: &[&str]) -> Self {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions that the provider has")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .expect("the certificate is the key's");
        server.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self { listener, acceptor: TlsAcceptor::from(Arc::new(server)), certificate }
    }

    /// A URL whose host resolves to the listener.
    fn url(&self, host: &str) -> String {
        let port = self.listener.local_addr().expect("a bound address").port();
        format!("https://{host}:{port}/hook")
    }

    async fn accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        self.acceptor.accept(stream).await
    }

    async fn accept_h2(&self) -> H2 {
        let stream = self.accept().await.expect("a handshake");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        h2::server::handshake(stream).await.expect("HTTP/2")
    }
}

/// Any name is loopback; `authorities` are trusted.
fn to_loopback(authorities: Vec<CertificateDer<'static>>) -> TargetsConfig {
    let lookup = Arc::new(Answers::new(&[&["127.0.0.1"]]));
    TargetsConfig { lookup, authorities, ..config() }
}

/// Executes an attempt while the server does `serve`.
async fn execute<T>(
    tls: &Tls,
    config: TargetsConfig,
    host: &str,
    serve: impl Future<Output = T>,
) -> (Execution, T) {
    let (targets, attempt) = (targets(config), attempt(post(tls.url(host))));
    within("both to end", async { tokio::join!(targets.execute(&attempt), serve) }).await
}

async fn next_request(connection: &mut H2) -> (Version, SendResponse<Bytes>) {
    let next = connection.accept().await.expect("a request").expect("a sound one");
    let (request, respond): (Request<_>, _) = next;
    (request.version(), respond)
}

/// Answers and stays until the peer is done with the connection.
async fn answer(connection: &mut H2, mut respond: SendResponse<Bytes>, text: &'static str) {
    let mut body = respond.send_response(Response::new(()), false).expect("an open stream");
    body.send_data(Bytes::from_static(text.as_bytes()), true).expect("an open stream");
    while connection.accept().await.is_some() {}
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_the_hosts() {
    // What is trusted, what is asked for, what is said.
    let cases = [
        (false, HOST, "invalid peer certificate: UnknownIssuer"),
        (true, "other.example", "invalid peer certificate: certificate not valid for name"),
    ];
    for (trusted, host, reason) in cases {
        let tls = Tls::start(&[]).await;
        let authorities = if trusted { vec![tls.certificate.clone()] } else { Vec::new() };
        let (execution, accepted) =
            execute(&tls, to_loopback(authorities), host, tls.accept()).await;
        assert!(accepted.is_err(), "the client ends the handshake");
        assert_eq!((execution.end, code(&execution)), (RETRYABLE, "tls"), "{execution:?}");
        let said = message(&execution);
        assert!(said.contains(&format!(": TLS failed: {reason}")), "{said}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_a_failure_of_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://{}/", listener.local_addr().expect("a bound address"));
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("an open connection");
        // What the client says of that does not matter, only that it was waited for.
        let _ = stream.read(&mut [0; 64]).await;
    };
    let (targets, attempt) = (targets(config()), attempt(post(url)));
    let (execution, ()) =
        within("both to end", async { tokio::join!(targets.execute(&attempt), serve) }).await;
    assert_eq!((execution.end, code(&execution)), (RETRYABLE, "tls"), "{execution:?}");
}

#[tokio::test]
async fn http_1_1_is_spoken_where_nothing_better_is_offered() {
    for protocols in [&[][..], &["http/1.1"]] {
        let tls = Tls::start(protocols).await;
        let serve = async {
            let mut stream = tls.accept().await.expect("a handshake");
            let mut read = Vec::new();
            while !read.windows(4).any(|four| four == b"\r\n\r\n") {
                stream.read_buf(&mut read).await.expect("an open connection");
            }
            let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none";
            stream.write_all(reply).await.expect("an open connection");
            String::from_utf8(read).expect("a request")
        };
        let trusting = to_loopback(vec![tls.certificate.clone()]);
        let (execution, request) = execute(&tls, trusting, HOST, serve).await;
        assert_eq!(execution.end, AttemptEnd::Succeeded, "{execution:?}");
        assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    }
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    let tls = Tls::start(&["h2", "http/1.1"]).await;
    let trusting = targets(to_loopback(vec![tls.certificate.clone()]));
    let attempt = attempt(post(tls.url(HOST)));
    let serve = async {
        let mut connection = tls.accept_h2().await;
        let (version, respond) = next_request(&mut connection).await;
        assert_eq!(version, Version::HTTP_2);
        answer(&mut connection, respond, "two").await;
    };
    // The client keeps the connection, so the server is not waited for.
    let execution = within("the attempt to end", async {
        tokio::select! {
            execution = trusting.execute(&attempt) => execution,
            () = serve => panic!("the connection ended first"),
        }
    })
    .await;
    assert_eq!(execution.end, AttemptEnd::Succeeded, "{execution:?}");
    let output = execution.report.output.expect("a body");
    assert_eq!(output.content, Content::Text("two".to_owned()));
}

/// A refused stream is one that the server says it did not act upon (RFC 9113, 8.7).
#[tokio::test]
async fn a_refused_stream_is_sent_again() {
    let tls = Tls::start(&["h2"]).await;
    let trusting = targets(to_loopback(vec![tls.certificate.clone()]));
    let attempt = attempt(post(tls.url(HOST)));
    let serve = async {
        let mut connection = tls.accept_h2().await;
        let (_, mut refused) = next_request(&mut connection).await;
        refused.send_reset(Reason::REFUSED_STREAM);
        let (_, respond) = next_request(&mut connection).await;
        answer(&mut connection, respond, "again").await;
    };
    let execution = within("the attempt to end", async {
        tokio::select! {
            execution = trusting.execute(&attempt) => execution,
            () = serve => panic!("the connection ended first"),
        }
    })
    .await;
    assert_eq!(execution.end, AttemptEnd::Succeeded, "{execution:?}");
}

/// Any other reset may come after the handler did its work.
#[tokio::test]
async fn a_reset_stream_is_a_failure() {
    let tls = Tls::start(&["h2"]).await;
    let serve = async {
        let mut connection = tls.accept_h2().await;
        let (_, mut reset) = next_request(&mut connection).await;
        reset.send_reset(Reason::INTERNAL_ERROR);
        // The client's pool ends with its targets, and with it the connection.
        let more = connection.accept().await;
        assert!(more.is_none(), "no second request");
    };
    let targets = targets(to_loopback(vec![tls.certificate.clone()]));
    let attempt = attempt(post(tls.url(HOST)));
    let call = async {
        let execution = targets.execute(&attempt).await;
        drop(targets);
        execution
    };
    let (execution, ()) = within("both to end", async { tokio::join!(call, serve) }).await;
    assert_eq!((execution.end, code(&execution)), (RETRYABLE, "transport"), "{execution:?}");
}

#[tokio::test]
async fn a_dropped_attempt_resets_its_stream() {
    let tls = Tls::start(&["h2"]).await;
    // Outlives the attempt, so that it is not the end of the pool that resets.
    let targets = Arc::new(targets(to_loopback(vec![tls.certificate.clone()])));
    let task = tokio::spawn({
        let (targets, attempt) = (targets.clone(), attempt(post(tls.url(HOST))));
        async move { targets.execute(&attempt).await }
    });
    let serve = async {
        let mut connection = tls.accept_h2().await;
        let (_, mut respond) = next_request(&mut connection).await;
        task.abort();
        let reset = std::future::poll_fn(|context| respond.poll_reset(context));
        tokio::select! {
            reason = reset => reason.expect("a reset, not the end of the connection"),
            _ = connection.accept() => panic!("the connection ended"),
        }
    };
    assert_eq!(within("the reset", serve).await, Reason::CANCEL);
}

#[test]
fn an_authority_that_is_none_is_an_error() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authorities = vec![CertificateDer::from(b"not a certificate".to_vec())];
    let made = Targets::new(TargetsConfig { authorities, ..config() });
    assert!(matches!(made, Err(TargetsError::HttpClient(_))));
}

/// A bare container has none; SSL_CERT_FILE makes one of any machine, in a process of its own.
#[test]
fn a_machine_without_authorities_serves_http_all_the_same() {
    let this = std::env::current_exe().expect("a running test");
    let ran = std::process::Command::new(this)
        .args(["--exact", "bodies::nothing_sent_is_no_output"])
        .env("SSL_CERT_FILE", "/dev/null")
        .env_remove("SSL_CERT_DIR")
        .output()
        .expect("the test runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
