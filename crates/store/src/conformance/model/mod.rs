//! The embedded store as a model: random operations put to it and to another store must be
//! answered alike.
//!
//! The cases of the suite say what was thought of; this looks for what was not. Operations are
//! drawn without regard to sense: results of attempts that are over, claims of points that have
//! moved, turns sent twice, leaders that are none. Each is turned into the same call on both
//! stores, the replies are compared, and so is all that can be read afterwards.
//!
//! Two stores have two clocks and so two sets of instants and epochs: those are compared by their
//! presence only ([`view`]). No operation depends on how much time passes: what is due is due
//! since minutes, what is not is not for an hour, and a delay of a millisecond is waited for on
//! both sides before the next operation.

mod clients;
mod nodes;
mod op;
mod view;
mod world;

use std::future::Future;

use proptest::test_runner::{Config, TestCaseError, TestRunner};

use self::op::{Op, ops};
use self::world::World;
use super::Subject;

/// Compares the stores that `make` makes, all of them empty, with the embedded one: `cases` random
/// histories, each on a store of its own. Panics with the shortest history found on which they
/// differ.
///
/// To be called from outside of a runtime, once in the tests of a store:
///
/// ```text
/// #[test]
/// fn the_store_agrees_with_the_embedded_one() {
///     bellwether_store::conformance::agrees_with_the_model(make_store, 100);
/// }
/// ```
pub fn agrees_with_the_model<F>(make: impl Fn() -> F, cases: u32)
where
    F: Future<Output = Subject>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime for a test");
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config)
        .run(&ops(), |ops| runtime.block_on(async { play(&make().await, &ops).await }));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

async fn play(subject: &Subject, ops: &[Op]) -> Result<(), TestCaseError> {
    let mut world = World::new(subject.store()).await;
    world.begin().await?;
    for op in ops {
        world.play(op).await?;
        world.compare().await?;
    }
    Ok(())
}
