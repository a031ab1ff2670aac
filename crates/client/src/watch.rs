//! Watches: streams that go on at another node where one breaks off.

use std::future::Future;

use bellwether_proto::v1::{
    WatchEventsRequest, WatchEventsResponse, WatchRunsRequest, WatchRunsResponse,
};
use tokio::time::sleep;
use tonic::codec::Streaming;
use tonic::{Response, Status};

use crate::client::{self, Client, Transport};
use crate::unary::{explain, is_broken};

impl Client {
    /// Watches events. The stream begins with the first [`Watch::next`].
    #[must_use]
    pub fn watch_events(&self, request: WatchEventsRequest) -> Watch<WatchEventsRequest> {
        Watch::new(self.clone(), request)
    }

    /// Watches runs. The stream begins with the first [`Watch::next`].
    #[must_use]
    pub fn watch_runs(&self, request: WatchRunsRequest) -> Watch<WatchRunsRequest> {
        Watch::new(self.clone(), request)
    }
}

/// A call that watches.
pub trait Watches: Clone {
    /// A part of its stream.
    type Response;

    /// Where a stream goes on.
    fn cursor(&mut self) -> &mut String;

    /// The cursor of a part.
    fn cursor_of(response: &Self::Response) -> &str;

    /// Opens the stream.
    fn open(
        self,
        transport: Transport,
    ) -> impl Future<Output = Result<Response<Streaming<Self::Response>>, Status>> + Send;
}

macro_rules! watches {
    ($($request:ident -> $response:ident by $service:ident.$method:ident;)*) => {
        $(impl Watches for $request {
            type Response = $response;

            fn cursor(&mut self) -> &mut String {
                &mut self.cursor
            }

            fn cursor_of(response: &$response) -> &str {
                &response.cursor
            }

            async fn open(
                self,
                transport: Transport,
            ) -> Result<Response<Streaming<$response>>, Status> {
                client::$service(transport).$method(self).await
            }
        })*
    };
}

watches! {
    WatchEventsRequest -> WatchEventsResponse by cluster.watch_events;
    WatchRunsRequest -> WatchRunsResponse by runs.watch_runs;
}

/// A watch. Where its node goes away it goes on at the next one, behind the last part that was
/// returned, so that nothing is missed and nothing comes twice.
#[derive(Debug)]
pub struct Watch<W: Watches> {
    client: Client,
    request: W,
    stream: Option<Streaming<W::Response>>,
    /// The place of the node that streams.
    place: usize,
    /// How often it was broken off since the latest part.
    failed: u32,
}

impl<W: Watches> Watch<W> {
    fn new(client: Client, request: W) -> Self {
        Self { client, request, stream: None, place: 0, failed: 0 }
    }

    /// The next part of the stream. It may be waited for without end, and given up at any time.
    ///
    /// # Errors
    /// The status of the call, OUT_OF_RANGE where the cursor is too old, and UNAVAILABLE when no
    /// node answered as often as the client's options say; then it may be asked again.
    pub async fn next(&mut self) -> Result<W::Response, Status> {
        loop {
            match self.try_next().await {
                Ok(response) => {
                    self.failed = 0;
                    *self.request.cursor() = W::cursor_of(&response).to_owned();
                    return Ok(response);
                }
                Err(status) if is_broken(&status) => self.go_on(status).await?,
                Err(status) => {
                    self.stream = None;
                    return Err(status);
                }
            }
        }
    }

    /// Behind what was returned: with it another watch goes on where this one is.
    #[must_use]
    pub fn cursor(&mut self) -> &str {
        self.request.cursor()
    }

    async fn try_next(&mut self) -> Result<W::Response, Status> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let (place, _, transport) = self.client.node();
                self.place = place;
                let stream = self.request.clone().open(transport).await?.into_inner();
                self.stream.insert(stream)
            }
        };
        let ended = || Status::unavailable("the stream ended");
        stream.message().await?.ok_or_else(ended)
    }

    /// Lets go of the stream that broke and waits before the next one.
    async fn go_on(&mut self, status: Status) -> Result<(), Status> {
        self.stream = None;
        self.failed += 1;
        self.client.turn_from(self.place);
        let Some(wait) = self.client.options.retry.wait(self.failed, None, rand::random()) else {
            self.failed = 0;
            return Err(explain(status, self.client.node().1));
        };
        sleep(wait).await;
        Ok(())
    }
}
