//! The tests of the rules, in one binary.

mod conformance;
mod cron_crate;
mod errors;
mod every_zone;
mod explain;
mod generate;
mod oracle;
mod parsers;
mod properties;
mod spacing;
mod wire;
mod zone_data;
