//! Scenarios over real processes of the binary, real Redis servers and real HTTP endpoints.
//!
//! One test binary, as each more is linked anew and runs after the others instead of beside them.

mod bed;
mod cancel;
mod cluster;
mod control;
mod deploy;
mod lifecycle;
mod memory;
mod outage;
mod policies;
mod python;
mod recovery;
mod refusals;
mod settings;
mod worker;
