//! Redis streams: which ones targets may append to, and where they are.

use std::time::Duration;

use bellwether_domain::{KeyPattern, StreamPolicy};
use url::Url;

use super::parse::between;
use super::{Reader, duration};
use crate::config::store_url::{StoreUrl, StoreUrlError};

/// For how long beyond a job's own waits a run is known to be in its stream already.
const DEDUP: Duration = Duration::from_secs(86_400);

/// What the settings say of Redis streams.
#[derive(Clone, Debug)]
pub(crate) struct StreamSettings {
    /// Which ones may be appended to.
    pub(crate) policy: StreamPolicy,
    /// The server that they are on.
    pub(crate) url: Option<Url>,
    /// For how long beyond a job's own waits a run is known to be in its stream already.
    pub(crate) dedup: Duration,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self { policy: StreamPolicy::default(), url: None, dedup: DEDUP }
    }
}

impl Reader<'_> {
    /// Reads what is said of streams. They are on the server of the store, unless another is named.
    pub(super) fn streams(&mut self, store: &StoreUrl) -> StreamSettings {
        let parse = |text: &str| {
            let pattern: Result<KeyPattern, _> = text.parse();
            pattern.map_err(|error| error.to_string())
        };
        let keys = self.read_list("allow_redis_stream", parse);
        let url = self.stream_url(store);
        let dedup = self.read("redis_stream_dedup", DEDUP, between("1m", "366days"), duration);
        StreamSettings { policy: StreamPolicy { keys, available: url.is_some() }, url, dedup }
    }

    /// As with the store, a text that is no URL is not repeated: there may be a password in it.
    fn stream_url(&mut self, store: &StoreUrl) -> Option<Url> {
        let key = "redis_stream_url";
        let origin = self.raw.origin(key);
        let given = self.raw.text(key).map(|text| text.unwrap_or_default());
        let place = match given.map(|text| text.parse::<StoreUrl>()) {
            None => store.clone(),
            Some(Ok(StoreUrl::Memory)) => {
                self.problems.invalid(format!("{origin}: memory: holds no streams; name a Redis"));
                StoreUrl::Memory
            }
            Some(Ok(place)) => place,
            Some(Err(StoreUrlError::Malformed(allowed))) => {
                self.problems.invalid(format!("{origin}: not a Redis; {allowed}"));
                StoreUrl::Memory
            }
            Some(Err(StoreUrlError::Unbuilt(kind))) => {
                self.problems.unbuilt(format!("{origin}: {kind}:// is not built yet"));
                StoreUrl::Memory
            }
        };
        let (shown, url) = match place {
            StoreUrl::Memory => ("none".to_owned(), None),
            StoreUrl::Redis(url) => (StoreUrl::Redis(url.clone()).to_string(), Some(url)),
        };
        self.rows.push((key, shown, origin));
        url
    }
}
