//! One call: its deadline and its repetitions.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

use crate::Address;
use crate::client::{Client, Transport};

impl Client {
    /// Makes a call, again and again while it is answered UNAVAILABLE, within the deadline. The
    /// request must be one that may be repeated: a read, or a write with a request id.
    pub(crate) async fn unary<Req, Res, Fut>(
        &self,
        request: Req,
        call: impl Fn(Transport, Request<Req>) -> Fut,
    ) -> Result<Res, Status>
    where
        Req: Clone,
        Fut: Future<Output = Result<Response<Res>, Status>>,
    {
        let deadline = Instant::now() + self.options.deadline;
        let mut failed = 0;
        loop {
            let (place, address, transport) = self.node();
            let mut attempt = Request::new(request.clone());
            // The node gives up with the client, instead of working for nobody.
            attempt.set_timeout(deadline.saturating_duration_since(Instant::now()));
            let status = match timeout_at(deadline, call(transport, attempt)).await {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => explain(status, address),
                Err(_) => return Err(self.expired(address)),
            };
            if status.code() != Code::Unavailable {
                return Err(status);
            }
            failed += 1;
            self.turn_from(place);
            let asked = status.get_details_retry_info().and_then(|info| info.retry_delay);
            let Some(wait) = self.options.retry.wait(failed, asked, rand::random()) else {
                return Err(status);
            };
            if Instant::now() + wait >= deadline {
                return Err(status);
            }
            sleep(wait).await;
        }
    }

    fn expired(&self, address: &Address) -> Status {
        let limit = self.options.deadline;
        Status::deadline_exceeded(format!("{address} did not answer within {}", seconds(limit)))
    }
}

/// Whether the call broke off, so that it may go well at another node or later.
pub(crate) fn is_broken(status: &Status) -> bool {
    // What the transport made up has a source; what a node answered has none.
    status.code() == Code::Unavailable || status.source().is_some()
}

/// The status as callers want it: what the transport made up gets the address, and a code that says
/// what happened. Only such a status has a source; one of the node's own has none.
///
/// The transport's own words are misleading: its timeout is CANCELLED there, and so is a call whose
/// connection closed before it was sent, as at a node that leaves; one whose connection broke
/// afterwards is CANCELLED, UNKNOWN or INTERNAL, by how. All of these mean that no node answered, and
/// that another may: UNAVAILABLE.
pub(crate) fn explain(status: Status, address: &Address) -> Status {
    let Some(source) = status.source() else { return status };
    let chain = || std::iter::successors(Some(source), |error| (*error).source());
    if chain().any(|error| error.is::<tonic::TimeoutExpired>()) {
        return Status::deadline_exceeded(format!("{address} did not answer in time"));
    }
    let broken = [Code::Unavailable, Code::Cancelled, Code::Unknown, Code::Internal];
    if !broken.contains(&status.code()) {
        return status;
    }
    let cause = chain().last().map(ToString::to_string).unwrap_or_default();
    Status::unavailable(format!("{address} cannot be reached: {cause}"))
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
