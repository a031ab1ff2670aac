//! The server over the embedded store, asked by a real client over loopback. Time stands still
//! unless a test moves it.

mod backfill;
mod bad_requests;
mod batch;
mod cancel_run;
mod cluster;
mod create;
mod delete;
mod export_import;
mod fixture;
mod limits;
mod list_jobs;
mod list_runs;
mod pause;
mod pause_many;
mod preview;
mod probes;
mod replace;
mod retry;
mod run_now;
mod scheduling;
mod unbuilt;
mod update;
mod watch_events;
mod watch_runs;
