//! The tests of the rules, in one binary.

mod conformance;
mod generate;
mod oracle;
mod properties;
mod wire;
