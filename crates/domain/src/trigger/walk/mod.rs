//! The walk over time: which instants a rule selects, found without trying them one by one.
//!
//! From the ground up: [`civil`] numbers days and months; [`time_of_day`] and [`days`] are sets of
//! times and of days, a product of bits and a word a month; [`readings`] joins them to readings of
//! a clock on a wall; [`zone`] is what the clocks of a time zone did, as stretches of one offset;
//! [`zoned`] maps readings through a zone by the rules for gaps and folds, and [`changes`] tells where
//! they apply; [`beat`] is elapsed time; [`meet`] finds the instants that several of these have in
//! common.
//!
//! The `cron` crate could do the walk over readings, filtered and mapped from outside. Measured
//! against it the words are several times faster, and they answer what it cannot: the count of a
//! year, the last match before an instant, and soon that there is none. It serves as an oracle in
//! the tests.

pub(super) mod beat;
pub(super) mod calendar_days;
pub(super) mod changes;
pub(super) mod civil;
pub(super) mod cost;
pub(super) mod cron_days;
pub(super) mod days;
pub(super) mod meet;
pub(super) mod readings;
pub(super) mod steps;
pub(super) mod time_of_day;
pub(super) mod zone;
pub(super) mod zoned;
