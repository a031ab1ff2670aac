//! What each status means.

use std::time::Duration;

use bellwether_domain::{AttemptEnd, Content, Payload};
use bellwether_engine::TargetExecutor;

use crate::raw::{Raw, Then};
use crate::support::{FINAL, RETRYABLE, attempt, code, config, message, post, targets};

#[tokio::test]
async fn statuses_decide_how_an_attempt_ends() {
    let cases = [
        (200, AttemptEnd::Succeeded, ""),
        (201, AttemptEnd::Succeeded, ""),
        (202, AttemptEnd::Succeeded, ""),
        (204, AttemptEnd::Succeeded, ""),
        (299, AttemptEnd::Succeeded, ""),
        (300, FINAL, "http_status"),
        (301, FINAL, "redirect"),
        (302, FINAL, "redirect"),
        (303, FINAL, "redirect"),
        (304, FINAL, "http_status"),
        (307, FINAL, "redirect"),
        (308, FINAL, "redirect"),
        (400, FINAL, "http_status"),
        (401, FINAL, "http_status"),
        (404, FINAL, "http_status"),
        (408, RETRYABLE, "http_status"),
        (409, FINAL, "http_status"),
        (410, FINAL, "http_status"),
        (425, FINAL, "http_status"),
        (429, RETRYABLE, "http_status"),
        (499, FINAL, "http_status"),
        (500, RETRYABLE, "http_status"),
        (501, RETRYABLE, "http_status"),
        (503, RETRYABLE, "http_status"),
        (504, RETRYABLE, "http_status"),
        (599, RETRYABLE, "http_status"),
        (600, FINAL, "http_status"),
    ];
    let targets = targets(config());
    for (status, end, word) in cases {
        let body = if matches!(status, 204 | 304) { "" } else { "Content-Length: 0\r\n" };
        let server = Raw::start(format!("HTTP/1.1 {status} X\r\n{body}\r\n"), Then::Close).await;
        let execution = targets.execute(&attempt(post(server.url()))).await;
        assert_eq!(execution.end, end, "{status}: {execution:?}");
        assert_eq!(code(&execution), word, "{status}");
    }
}

#[tokio::test]
async fn a_failure_says_what_came_and_keeps_the_body() {
    let reply = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\
                 Content-Length: 13\r\n\r\n{\"no\":\"such\"}";
    let server = Raw::start(reply, Then::Close).await;
    let url = format!("http://{}/secret-path?token=secret", server.address);
    let execution = targets(config()).execute(&attempt(post(url))).await;
    let expected = format!("http://{} answered 404 Not Found", server.address);
    assert_eq!(message(&execution), expected);
    let output = Payload {
        content: Content::Text("{\"no\":\"such\"}".to_owned()),
        content_type: "application/json".to_owned(),
    };
    assert_eq!(execution.report.output, Some(output));
    assert!(!execution.report.output_truncated);
}

#[tokio::test]
async fn retry_after_is_passed_on_where_a_retry_is() {
    // The fire time is at 12:00:00.25, the attempt's start a second later.
    let cases = [
        ("503 X\r\nRetry-After: 7", true, Some(7_000)),
        ("429 X\r\nRetry-After: 0", true, Some(0)),
        ("408 X\r\nRetry-After: 3", true, Some(3_000)),
        ("500 X\r\nRetry-After: later", true, None),
        ("500 X", true, None),
        (
            "503 X\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n\
             Retry-After: Tue, 01 Jan 2030 00:02:00 GMT",
            true,
            Some(120_000),
        ),
        ("404 X\r\nRetry-After: 7", false, None),
        ("301 X\r\nRetry-After: 7", false, None),
    ];
    let targets = targets(config());
    for (head, retryable, wait) in cases {
        let server =
            Raw::start(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n"), Then::Close).await;
        let execution = targets.execute(&attempt(post(server.url()))).await;
        let retry_after = wait.map(Duration::from_millis);
        assert_eq!(execution.end, AttemptEnd::Failed { retryable, retry_after }, "{head}");
    }
}

#[tokio::test]
async fn a_date_without_a_date_counts_from_the_stores_time() {
    let reply = "HTTP/1.1 503 X\r\nRetry-After: Sun, 01 Mar 2026 12:10:01 GMT\r\n\
                 Content-Length: 0\r\n\r\n";
    let server = Raw::start(reply, Then::Close).await;
    let execution = targets(config()).execute(&attempt(post(server.url()))).await;
    let AttemptEnd::Failed { retryable: true, retry_after: Some(wait) } = execution.end else {
        panic!("{execution:?}");
    };
    // From 12:00:01.25, and what the exchange itself took goes off.
    let most = Duration::from_millis(599_750);
    assert!(wait <= most && wait > most - Duration::from_secs(20), "{wait:?}");
}

#[tokio::test]
async fn redirects_are_not_followed_and_their_secrets_not_repeated() {
    let mut elsewhere =
        Raw::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Then::Close).await;
    let location = format!("http://me:pw@{}/new?token=secret#part", elsewhere.address);
    let reply = format!(
        "HTTP/1.1 308 Permanent Redirect\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    );
    let server = Raw::start(reply, Then::Close).await;
    let execution = targets(config()).execute(&attempt(post(server.url()))).await;
    assert_eq!(execution.end, FINAL);
    let expected = format!(
        "http://{} answered 308 Permanent Redirect, a redirect to http://{}/new; none is followed",
        server.address, elsewhere.address
    );
    assert_eq!(message(&execution), expected);
    assert!(elsewhere.saw_no_more_requests());
}
