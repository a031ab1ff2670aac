//! Where time comes from, as an argument.

use crate::Timestamp;

/// A source of the present instant. The embedded store owns one, as a Redis server owns its
/// `TIME`; tests hand in one that they move themselves.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}
