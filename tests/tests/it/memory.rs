//! What is kept of many runs does not grow with their number. By command it is measured with a
//! million: `cargo run --release -p bellwether-tests --bin memory`.

use std::time::Duration;

use bellwether_tests::memory::{Workload, run};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_runs_is_bounded() {
    let workload = Workload {
        jobs: 60,
        every: Duration::from_millis(30),
        runs: 20_000,
        mixed: true,
        partitions: 4,
    };

    let measured = run(&workload).await;

    assert_eq!(measured.faults(&workload), [""; 0], "{measured:#?}");
    let fires = measured.fires;
    assert!(fires.failed > 100 && fires.missed > 100 && fires.skipped > 100, "{fires:?}");
    let (_, end) = measured.counts.last().expect("it was counted");
    assert!(end.family("history").most >= 20, "the limits were reached: {end:#?}");
}
