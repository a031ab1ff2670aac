//! The tests of the rules, in one binary.

mod conformance;
mod wire;
