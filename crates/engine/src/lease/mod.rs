//! Leadership of partitions: who may take a free lease when, and how long a holder may trust it.
//!
//! ```text
//!              free for rank × 50 ms             renewed every ttl/3
//!  follower ───────────────────────► leader ─────────────────────────► leader
//!      ▲                                │  another's epoch, or no renewal for ttl
//!      └────────────────────────────────┘
//! ```
//!
//! Safety rests on the epoch that each write carries and the store compares, never on a local
//! clock; [`candidate`] only decides when it is worth asking.

mod candidate;
mod elector;

pub(crate) use elector::Elector;
