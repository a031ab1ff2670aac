//! A look at a node's HTTP port.
//!
//! A probe is one request on a connection of its own, as an orchestrator makes it; a client library
//! would keep connections and hide what this wants to see.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a probe waits for its answer.
const LIMIT: Duration = Duration::from_secs(5);

/// An answer to a GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Asks `address` (host and port) for `path`.
///
/// # Errors
/// In words: no connection, no answer within five seconds, or one that is not HTTP.
pub async fn get(address: &str, path: &str) -> Result<Answer, String> {
    let answer = timeout(LIMIT, ask(address, path)).await;
    let answer = answer.map_err(|_| format!("{address}{path} did not answer within {LIMIT:?}"))?;
    let answer = answer.map_err(|error| format!("{address}{path}: {error}"))?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("no head in {text:?}"))?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| format!("no status in {head:?}"))?;
    Ok(Answer { status, body: body.to_owned() })
}

async fn ask(address: &str, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    // Version 1.0: the body is neither chunked nor followed by another answer.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}
