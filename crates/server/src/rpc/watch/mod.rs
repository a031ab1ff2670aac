//! WatchEvents and WatchRuns.

mod event;
mod events;
mod lookup;
mod past;
mod runs;
mod scope;
mod stream;

pub(crate) use events::watch_events;
pub(crate) use runs::watch_runs;
