//! Requests about several jobs, each of which succeeds or fails by itself.
//!
//! The parts of a batch are carried out side by side, so that a batch costs little more than its
//! slowest part: their commands share the connection's pipeline. Each part is a request of its own,
//! named by the batch and by the job, so that a batch that is repeated, as a whole or with other
//! parts, does nothing twice.

mod create;
mod delete;
mod result;

use std::collections::HashMap;

use bellwether_proto::convert::Problems;
use futures::{Stream, StreamExt as _, stream};

pub(crate) use create::batch_create_jobs;
pub(super) use create::{Asked, Part, create_each};
pub(crate) use delete::batch_delete_jobs;
pub(super) use result::{item_error, store_failed};

/// The most parts that a batch may have.
const MOST: usize = 1_000;

/// How many parts are under way at once.
const AT_ONCE: usize = 64;

/// Notes what is wrong with the parts as a whole: their number, and names that stand twice.
fn check_names<'a>(
    names: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
    problems: &mut Problems,
) {
    let count = names.len();
    if !(1..=MOST).contains(&count) {
        problems.invalid("jobs", format!("has {count} jobs; 1 to {MOST} are allowed"));
        return;
    }
    let mut seen = HashMap::with_capacity(count);
    for (place, (namespace, id)) in names.enumerate() {
        let namespace = namespace_or_default(namespace);
        if let Some(first) = seen.insert((namespace, id), place) {
            let message = format!("names {namespace}/{id}, as jobs[{first}] does");
            problems.invalid(format!("jobs[{place}]"), message);
        }
    }
}

/// The namespace that a request means by `given`.
fn namespace_or_default(given: &str) -> &str {
    if given.is_empty() { "default" } else { given }
}

/// What becomes of each of `parts`, in their order.
fn side_by_side<F>(parts: impl IntoIterator<Item = F>) -> impl Stream<Item = F::Output>
where
    F: Future,
{
    stream::iter(parts).buffered(AT_ONCE)
}
