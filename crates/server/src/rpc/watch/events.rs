//! WatchEvents.

use std::sync::Arc;

use bellwether_proto::convert::{Problems, event_kind};
use bellwether_proto::v1::{self, EventKind, WatchEventsRequest, WatchEventsResponse};
use bellwether_store::{Happened, LogEntry};

use super::event;
use super::lookup::{Lookup, Names};
use super::scope::Scope;
use super::stream::{Begin, Watch, stream};
use crate::api::Api;
use crate::error::ApiError;
use crate::rpc::Replies;
use crate::rpc::job::each;

/// Streams events.
pub(crate) async fn watch_events(
    api: Arc<Api>,
    message: WatchEventsRequest,
) -> Result<Replies<WatchEventsResponse>, ApiError> {
    let mut problems = Problems::default();
    let scope = Scope::read(&message.namespace, &message.job_id, &mut problems);
    let kinds = each(&message.kinds, "kinds", event_kind, &mut problems);
    let (begin, scope) = Begin::read(&api, "WatchEvents", scope, true, &message.cursor, problems)?;
    let watch = Events { scope, kinds, names: Names::default() };
    stream(api, begin, watch).await
}

/// A watch of events.
struct Events {
    scope: Scope,
    /// All, when empty.
    kinds: Vec<EventKind>,
    names: Names,
}

impl Events {
    fn wants_kind(&self, kind: EventKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

#[tonic::async_trait]
impl Watch for Events {
    type Item = v1::Event;
    type Response = WatchEventsResponse;

    fn wants(&self, happened: &Happened) -> bool {
        let is_about = match happened {
            Happened::Job { job, .. } => self.scope.has(job),
            Happened::LeaderChanged { .. }
            | Happened::NodeJoined { .. }
            | Happened::NodeLeft { .. } => self.scope.has_cluster(),
            Happened::SchedulingPaused { namespace, .. }
            | Happened::SchedulingResumed { namespace } => self.scope.has_part(namespace.as_ref()),
        };
        is_about && event::kind(happened).is_some_and(|kind| self.wants_kind(kind))
    }

    async fn show(
        &mut self,
        api: &Api,
        entries: &[&LogEntry],
    ) -> Result<Vec<Option<v1::Event>>, ApiError> {
        let happened = || entries.iter().map(|entry| &entry.happened);
        self.names.learn(api, happened()).await?;
        let lookup = Lookup::of(api, happened()).await?;
        let shown = entries.iter().map(|entry| event::event(entry, &lookup, &self.names));
        Ok(shown.collect())
    }

    fn response(events: Vec<v1::Event>, cursor: String) -> WatchEventsResponse {
        WatchEventsResponse { events, cursor }
    }
}
