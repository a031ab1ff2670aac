//! What is read of a reply, and what is let go.

use std::sync::Arc;

use bellwether_domain::{AttemptEnd, Content};
use bellwether_engine::{Execution, TargetExecutor};

use crate::raw::{Raw, Seen, Then};
use crate::support::{RETRYABLE, attempt, code, config, post, targets, within};

const LIMIT: usize = 64 * 1024;

/// A complete reply of 200 with `body`.
fn reply(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn execute(server: &Raw) -> Execution {
    let targets = targets(config());
    within("the attempt to end", targets.execute(&attempt(post(server.url())))).await
}

#[tokio::test]
async fn a_body_is_kept_up_to_the_limit() {
    let wide = "ü".repeat(LIMIT);
    // What is sent, and how much of it is kept.
    let cases: &[(Vec<u8>, usize, bool)] = &[
        (vec![b'x'; LIMIT - 1], LIMIT - 1, false),
        (vec![b'x'; LIMIT], LIMIT, false),
        (vec![b'x'; LIMIT + 1], LIMIT, true),
        (vec![0xff; LIMIT + 1], LIMIT, true),
        (format!("a{wide}").into_bytes(), LIMIT - 1, true),
    ];
    for (body, kept, cut) in cases {
        let server = Raw::start(reply(body), Then::Close).await;
        let execution = execute(&server).await;
        assert_eq!(execution.end, AttemptEnd::Succeeded);
        let output = execution.report.output.expect("there is a body");
        assert_eq!(output.content.as_bytes(), &body[..*kept], "{} bytes", body.len());
        assert_eq!(execution.report.output_truncated, *cut, "{} bytes", body.len());
    }
}

#[tokio::test]
async fn nothing_sent_is_no_output() {
    let server = Raw::start(reply(b""), Then::Close).await;
    let execution = execute(&server).await;
    assert_eq!((execution.end, execution.report.output), (AttemptEnd::Succeeded, None));
}

/// The attempt ends although the body does not, and the server is told so.
#[tokio::test]
async fn a_body_without_end_is_hung_up_on() {
    for head in ["HTTP/1.1 200 OK", "HTTP/1.1 500 X"] {
        let mut server = Raw::start(format!("{head}\r\n\r\n"), Then::Endless).await;
        let execution = execute(&server).await;
        assert!(execution.report.output_truncated, "{head}");
        let output = execution.report.output.expect("there is a body");
        assert_eq!(output.content, Content::Text("x".repeat(LIMIT)), "{head}");
        server.peer_closed().await;
    }
}

/// A reply that ends before it said it would: the handler died on the way.
#[tokio::test]
async fn a_success_whose_body_breaks_off_is_a_failure() {
    let cases = [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten of 100",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nten of 100\r\n",
    ];
    for text in cases {
        let server = Raw::start(text, Then::Close).await;
        let execution = execute(&server).await;
        assert_eq!((execution.end, code(&execution)), (RETRYABLE, "transport"), "{text}");
    }
}

#[tokio::test]
async fn a_failure_stays_one_when_its_body_breaks_off() {
    let text = "HTTP/1.1 404 X\r\nContent-Length: 100\r\n\r\nten of 100";
    let server = Raw::start(text, Then::Close).await;
    let execution = execute(&server).await;
    assert_eq!(code(&execution), "http_status");
    let output = execution.report.output.expect("a part of a body");
    assert_eq!(output.content, Content::Text("ten of 100".to_owned()));
    assert!(execution.report.output_truncated);
}

/// A retry does not wait for the job's timeout because an error page hangs.
#[tokio::test]
async fn the_body_of_a_failure_is_not_waited_for() {
    let text = "HTTP/1.1 503 X\r\nRetry-After: 9\r\nContent-Length: 100\r\n\r\npart";
    let mut server = Raw::start(text, Then::Hold).await;
    let task = tokio::spawn({
        let attempt = attempt(post(server.url()));
        async move { targets(config()).execute(&attempt).await }
    });
    while server.next().await != Seen::Replied {}
    // From here on only the wait for the rest is left, so that time may run ahead.
    tokio::time::pause();
    let execution = within("the attempt to end", task).await.expect("it does not panic");
    assert_eq!(code(&execution), "http_status");
    let output = execution.report.output.expect("a part of a body");
    assert_eq!(output.content, Content::Text("part".to_owned()));
    assert!(execution.report.output_truncated);
}

/// The engine ends an attempt by dropping it, before the reply as in the middle of it.
#[tokio::test]
async fn a_dropped_attempt_closes_its_connection() {
    let cases = ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"];
    for text in cases {
        let mut server = Raw::start(text, Then::Hold).await;
        // Outlives the attempt, so that it is not the end of the pool that closes.
        let targets = Arc::new(targets(config()));
        let task = tokio::spawn({
            let (targets, attempt) = (targets.clone(), attempt(post(server.url())));
            async move { targets.execute(&attempt).await }
        });
        while server.next().await != Seen::Replied {}
        assert!(!task.is_finished());
        task.abort();
        server.peer_closed().await;
    }
}
