//! Waiting for conditions.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

/// How long a scenario waits where nothing says otherwise: far longer than anything takes, as a
/// wait that is too short fails on a busy machine, and one that is too long costs nothing.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const PERIOD: Duration = Duration::from_millis(20);

/// Looks again and again until `look` finds what it is after, and returns it.
///
/// # Panics
/// When `within` has passed: with what was waited for and what the last look saw.
pub async fn wait_for<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + within;
    let mut seen = "nothing: the first look did not end".to_owned();
    loop {
        match timeout_at(deadline, look()).await {
            Ok(Ok(found)) => return found,
            Ok(Err(instead)) => seen = instead,
            Err(_) => panic!("waited {within:?} for {what}; last saw {seen}"),
        }
        assert!(Instant::now() < deadline, "waited {within:?} for {what}; last saw {seen}");
        sleep(PERIOD).await; // paced: polls a condition
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_returns_what_the_look_found() {
        let mut looks = 0;
        let found = wait_for("the third look", PATIENCE, async || {
            looks += 1;
            if looks == 3 { Ok("found") } else { Err(format!("look {looks}")) }
        });
        assert_eq!(found.await, "found");
    }

    #[tokio::test]
    #[should_panic(expected = "waited 1ms for a miracle; last saw rain")]
    async fn it_says_what_it_saw_last() {
        wait_for("a miracle", Duration::from_millis(1), async || Err::<(), _>("rain".to_owned()))
            .await;
    }

    #[tokio::test]
    #[should_panic(expected = "for an answer; last saw nothing")]
    async fn a_look_that_does_not_end_does_not_hold_it() {
        let never = async || std::future::pending::<Result<(), String>>().await;
        wait_for("an answer", Duration::from_millis(1), never).await;
    }
}
