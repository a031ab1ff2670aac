//! A watch as a stream: events in, responses out, the place carried along.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bellwether_proto::convert::Problems;
use bellwether_store::{Happened, Log, LogEntry};
use futures::StreamExt as _;
use futures::stream;
use prost::Message;
use tokio::time::{Instant, timeout_at};
use tonic::Status;

use super::scope::Scope;
use crate::api::Api;
use crate::error::ApiError;
use crate::rpc::job::read_whole;
use crate::rpc::{Page, Replies, until_closing};
use crate::watch::cursor::{Cursors, Place};
use crate::watch::feed::{Feed, Item};

/// How many events are looked at together, and so the most in a response.
const AT_ONCE: usize = 256;

/// How long a watcher that nothing passes to keeps an old cursor, while the logs move on.
const STALE: Duration = Duration::from_secs(10);

/// What a kind of watch makes of events.
#[tonic::async_trait]
pub(super) trait Watch: Send + 'static {
    /// What is handed on.
    type Item: Message + 'static;
    /// In what.
    type Response: Send + 'static;

    /// Whether it is about this.
    fn wants(&self, happened: &Happened) -> bool;

    /// What is handed on of each of `entries`, in their order; `None` for what is not shown.
    async fn show(
        &mut self,
        api: &Api,
        entries: &[&LogEntry],
    ) -> Result<Vec<Option<Self::Item>>, ApiError>;

    /// A part of the stream.
    fn response(items: Vec<Self::Item>, cursor: String) -> Self::Response;
}

/// Where a watch begins, read from its request.
pub(super) struct Begin {
    pub(super) call: &'static str,
    pub(super) logs: Vec<Log>,
    cursors: Cursors,
    places: Option<Vec<Place>>,
}

impl Begin {
    /// Reads the cursor of a watch of `scope`.
    pub(super) fn read(
        api: &Api,
        call: &'static str,
        scope: Option<Scope>,
        cluster_too: bool,
        cursor: &str,
        mut problems: Problems,
    ) -> Result<(Self, Scope), ApiError> {
        let cursors = Cursors::new(&api.cluster, call);
        let mut logs = scope.as_ref().map(|scope| scope.partitions(api)).unwrap_or_default();
        if cluster_too && !matches!(scope, Some(Scope::Job(_))) {
            logs.push(Log::Cluster);
        }
        let places = cursors.read(cursor, &logs, &mut problems);
        let scope = read_whole(problems, scope)?;
        Ok((Self { call, logs, cursors, places }, scope))
    }
}

/// The stream of a watch.
pub(super) async fn stream<W: Watch>(
    api: Arc<Api>,
    begin: Begin,
    watch: W,
) -> Result<Replies<W::Response>, ApiError> {
    let Begin { call, logs, cursors, places } = begin;
    let feed = Feed::begin(Arc::clone(&api.store), &api.pulse, logs, places).await?;
    tracing::debug!(call, "watch began");
    let state = Watcher {
        api: Arc::clone(&api),
        feed,
        cursors,
        watch,
        shown: VecDeque::new(),
        sent: Instant::now(),
        is_first: true,
        has_moved: false,
    };
    let responses = stream::try_unfold(state, |mut watcher| async move {
        let response = watcher.response().await.map_err(Status::from)?;
        Ok(Some((response, watcher)))
    });
    Ok(until_closing(&api, responses.boxed()))
}

/// A watch under way. It goes on only when the client has taken what came before.
struct Watcher<W: Watch> {
    api: Arc<Api>,
    feed: Feed,
    cursors: Cursors,
    watch: W,
    /// Looked at and not handed on.
    shown: VecDeque<(Item, Option<W::Item>)>,
    /// When the latest response was.
    sent: Instant,
    is_first: bool,
    /// Whether anything was passed over since the latest response.
    has_moved: bool,
}

impl<W: Watch> Watcher<W> {
    /// The next response: at once with where the watch begins, then whenever there is something.
    async fn response(&mut self) -> Result<W::Response, ApiError> {
        if std::mem::take(&mut self.is_first) {
            return Ok(self.respond(Vec::new()));
        }
        loop {
            if let Some(page) = self.page() {
                return Ok(self.respond(page));
            }
            // A client for whom nothing is on the way learns a new place in time all the same.
            match timeout_at(self.sent + STALE, self.feed.next(AT_ONCE)).await {
                Ok(items) => self.show(items?).await?,
                Err(_) if self.has_moved => return Ok(self.respond(Vec::new())),
                Err(_) => self.sent = Instant::now(),
            }
        }
    }

    /// Looks at `items`.
    async fn show(&mut self, items: Vec<Item>) -> Result<(), ApiError> {
        let wanted: Vec<bool> =
            items.iter().map(|item| self.watch.wants(&item.entry.happened)).collect();
        let entries: Vec<&LogEntry> = items
            .iter()
            .zip(&wanted)
            .filter(|(_, wanted)| **wanted)
            .map(|(item, _)| &item.entry)
            .collect();
        let mut shown = match entries.is_empty() {
            true => Vec::new(),
            false => self.watch.show(&self.api, &entries).await?,
        }
        .into_iter();
        for (item, wanted) in items.into_iter().zip(wanted) {
            let shown = wanted.then(|| shown.next()).flatten().flatten();
            self.shown.push_back((item, shown));
        }
        Ok(())
    }

    /// What of it fits into a response; `None` where nothing is handed on.
    fn page(&mut self) -> Option<Vec<W::Item>> {
        let mut page = Page::new(AT_ONCE);
        while let Some((item, shown)) = self.shown.pop_front() {
            if let Some(shown) = shown {
                let bytes = shown.encoded_len();
                if let Err(shown) = page.takes_or_returns(shown, bytes) {
                    self.shown.push_front((item, Some(shown)));
                    break;
                }
            }
            self.feed.handed_on(&item);
            self.has_moved = true;
        }
        let items = page.into_items();
        (!items.is_empty()).then_some(items)
    }

    fn respond(&mut self, items: Vec<W::Item>) -> W::Response {
        self.sent = Instant::now();
        self.has_moved = false;
        W::response(items, self.cursors.write(self.feed.places()))
    }
}
