//! The ledger: what reached the handlers' side, kept outside the store.
//!
//! Nothing that happens to a node or to Redis touches it, so it can contradict both. It is held in
//! memory for the checker and written, as it grows, to a file of JSON lines: one when a delivery
//! arrives, another when the handler is done with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellwether_domain::{Epoch, JobKey, RunId, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// One delivery: one attempt of a run, as a handler saw it.
///
/// What the run `covers` beside its own fire time is not told to handlers; the checker looks it up
/// in the store's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The run.
    pub run: RunId,
    /// Its job.
    pub job: JobKey,
    /// Its fire time.
    pub fire_time: Timestamp,
    /// The attempt.
    pub attempt: u32,
    /// The epoch under which the run was claimed.
    pub epoch: Epoch,
    /// When the delivery arrived, by the harness's clock.
    pub start: Timestamp,
    /// When the handler was done with it. It goes on when the sender is gone.
    pub end: Option<Timestamp>,
    /// What the handler answered.
    pub status: Option<u16>,
    /// What came in the head of the request.
    pub headers: BTreeMap<String, String>,
}

/// The ledger of a scenario. Clones are the same ledger.
#[derive(Clone, Debug)]
pub struct Ledger {
    shared: Arc<Mutex<Shared>>,
    path: PathBuf,
}

#[derive(Debug)]
struct Shared {
    rows: Vec<Row>,
    strange: Vec<String>,
    file: File,
}

/// The place of a row in its ledger.
#[derive(Clone, Copy, Debug)]
pub struct RowNumber(usize);

impl Ledger {
    /// An empty ledger that writes to `path`.
    ///
    /// # Panics
    /// When the file cannot be made.
    #[must_use]
    pub fn create(path: &Path) -> Self {
        let file = File::create(path).expect("the scenario's directory is its own");
        let shared = Shared { rows: Vec::new(), strange: Vec::new(), file };
        Self { shared: Arc::new(Mutex::new(shared)), path: path.to_owned() }
    }

    /// Where it writes.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes a delivery that arrived.
    pub fn arrived(&self, row: Row) -> RowNumber {
        let mut shared = self.shared.lock();
        let number = shared.rows.len();
        let line = json!({
            "row": number,
            "run": row.run.to_string(),
            "job": row.job.to_string(),
            "fire_time": row.fire_time.as_millis(),
            "attempt": row.attempt,
            "epoch": row.epoch.0,
            "start": row.start.as_millis(),
            "headers": row.headers,
        });
        shared.write(&line);
        shared.rows.push(row);
        RowNumber(number)
    }

    /// Notes that the handler is done with a delivery.
    pub fn done(&self, RowNumber(number): RowNumber, at: Timestamp, status: u16) {
        let mut shared = self.shared.lock();
        shared.write(&json!({"row": number, "end": at.as_millis(), "status": status}));
        if let Some(row) = shared.rows.get_mut(number) {
            row.end = Some(at);
            row.status = Some(status);
        }
    }

    /// Notes a request that is no delivery, and why.
    pub fn strange(&self, why: &str) {
        let mut shared = self.shared.lock();
        shared.write(&json!({"strange": why}));
        shared.strange.push(why.to_owned());
    }

    /// All rows so far, in the order of their arrival.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.shared.lock().rows.clone()
    }

    /// The rows of one job.
    #[must_use]
    pub fn rows_of(&self, job: &JobKey) -> Vec<Row> {
        self.shared.lock().rows.iter().filter(|row| row.job == *job).cloned().collect()
    }

    /// Requests that were no deliveries, and why.
    #[must_use]
    pub fn strangers(&self) -> Vec<String> {
        self.shared.lock().strange.clone()
    }
}

impl Shared {
    fn write(&mut self, line: &Value) {
        writeln!(self.file, "{line}").expect("the ledger's file can be written");
    }
}
