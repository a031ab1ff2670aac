//! What a reply means.

use std::time::Duration;

use bellwether_domain::{AttemptEnd, AttemptReport, RunError, Timestamp};
use bellwether_engine::Execution;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Response, StatusCode};

use super::failure::{self, Failure};
use super::output::{self, MAX_OUTPUT};
use super::retry_after::retry_after;

/// How long the body of a failure is waited for. The status has said it all by then, and a retry
/// should not wait for what is only there to be read.
const FAILURE_BODY: Duration = Duration::from_secs(5);

/// The longest part of a `Location` that is repeated in a message.
const MAX_LOCATION: usize = 200;

/// The end of the attempt that `response` answers; `now` is the store's time. A success counts when
/// its body has arrived, up to what is kept of it.
pub(super) async fn judge(mut response: Response, now: Timestamp) -> Execution {
    let status = response.status();
    let mut body = Vec::new();
    if status.is_success() {
        return match read(&mut response, &mut body).await {
            Ok(cut) => {
                let report = report(&response, body, cut);
                Execution { end: AttemptEnd::Succeeded, report }
            }
            Err(error) => Failure::transport(response.url(), &error).into(),
        };
    }
    let read = tokio::time::timeout(FAILURE_BODY, read(&mut response, &mut body)).await;
    let cut = !matches!(read, Ok(Ok(false)));
    let retryable = is_retryable(status);
    let retry_after = retry_after(response.headers(), now).filter(|_| retryable);
    let error = Some(error(&response));
    let report = AttemptReport { error, ..report(&response, body, cut) };
    Execution { end: AttemptEnd::Failed { retryable, retry_after }, report }
}

fn is_retryable(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

/// Reads the body up to [`MAX_OUTPUT`] and says whether there is more, which is left unread: to
/// drop the response then ends the connection or resets the stream.
async fn read(response: &mut Response, body: &mut Vec<u8>) -> Result<bool, reqwest::Error> {
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_OUTPUT - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok(true);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(false)
}

fn report(response: &Response, body: Vec<u8>, cut: bool) -> AttemptReport {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (output, output_truncated) = output::payload(content_type.unwrap_or_default(), body, cut);
    AttemptReport { output, output_truncated, ..AttemptReport::default() }
}

fn error(response: &Response) -> RunError {
    let status = response.status();
    let answer = format!("{} answered {status}", failure::origin(response.url()));
    match status.as_u16() {
        301 | 302 | 303 | 307 | 308 => RunError {
            code: "redirect".to_owned(),
            message: format!("{answer}, a redirect{}; none is followed", location(response)),
        },
        _ => RunError { code: "http_status".to_owned(), message: answer },
    }
}

/// Where a redirect leads, without what may be a secret.
fn location(response: &Response) -> String {
    let given = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(mut url) = given.and_then(|given| response.url().join(given).ok()) else {
        return String::new();
    };
    url.set_query(None);
    url.set_fragment(None);
    // Refused by URLs that cannot have any, which then have none to show.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let shown: String = url.as_str().chars().take(MAX_LOCATION).collect();
    format!(" to {shown}")
}
