//! A place for tests to hold a leader: its claims are planned, and not sent. What happens to
//! leadership meanwhile is what the claims are refused for.
//!
//! A file, because a test stops and continues a node from another process; asked for again and
//! again, because the runtime must go on serving leases and calls. Only with the feature
//! `failpoints`, which no release has.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use bellwether_domain::Partition;
use tokio_util::sync::CancellationToken;

/// How often it is asked for.
const PERIOD: Duration = Duration::from_millis(5);

/// The file that holds leaders for as long as it exists; `None` holds nobody.
static FILE: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::var_os("BELLWETHER_FAILPOINT_FILE").map(PathBuf::from));

/// Waits until the file is gone, or `stop`.
pub(super) async fn claim_before_turn(partition: Partition, stop: &CancellationToken) {
    let Some(file) = FILE.as_deref().filter(|file| file.exists()) else { return };
    tracing::warn!(%partition, failpoint = "claim-before-turn", "held before claim");
    tokio::select! {
        () = stop.cancelled() => {}
        () = gone(file) => {}
    }
    tracing::warn!(%partition, failpoint = "claim-before-turn", "continued before claim");
}

async fn gone(file: &Path) {
    while file.exists() {
        tokio::time::sleep(PERIOD).await;
    }
}
