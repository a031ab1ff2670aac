//! The door between the wire and the domain.
//!
//! Inwards this is the only validation there is: what passes is a domain value that nobody checks
//! again. A message is read to its end before it is refused, so that a client learns everything
//! that is wrong with it at once. There are two ways to be refused ([`Rejection`]): a value that no
//! version will ever take, and a value whose feature this version lacks. Neither is ever dropped
//! silently. The exception are fields that are marked as output: what a client sends in them is
//! ignored, as AIP-203 has it, so that a message that was read can be sent back.
//!
//! Outwards it cannot fail: every domain value has a message.
//!
//! What is *not* checked here is what needs to know more than the message: whether a job exists,
//! whether its trigger has a fire time left, which addresses the operator allows.

mod enums;
mod ids;
mod job;
mod labels;
mod patch;
mod payload;
mod policy;
mod problems;
mod run;
mod selector;
mod target;
mod text;
mod time;
mod trigger;
mod worker;

pub use enums::{
    View, event_kind, job_state, job_state_to_proto, kind_of, overlap, overlap_to_proto, run_state,
    run_state_to_proto, target_kind,
};
pub use ids::{job_key, namespace, namespace_filter, request_id, run_id, uid};
pub use job::{JobInput, job_from_proto, job_to_proto};
pub use patch::JobPatch;
pub use payload::{payload_from_proto, payload_to_proto};
pub use policy::{effective_policy_to_proto, policy_from_proto, policy_to_proto};
pub use problems::{Problems, Rejection, Unbuilt};
pub use run::run_to_proto;
pub use selector::{Selector, selector};
pub use target::{SecretInput, same_receiver, target_from_proto, target_to_proto};
pub use text::reason;
pub use time::{duration_from_proto, duration_to_proto, timestamp_from_proto, timestamp_to_proto};
pub use trigger::{trigger_from_proto, trigger_to_proto};
pub use worker::{
    WorkerHello, WorkerOutcome, WorkerResult, worker_capacity, worker_extensions, worker_hello,
    worker_results,
};
