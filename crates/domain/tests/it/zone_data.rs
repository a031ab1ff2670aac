//! The time zone data is the bundled one, and new enough.

use bellwether_domain::trigger::tzdb_version;
use serde_json::json;

use crate::wire;

/// British Columbia keeps its summer time from 2026 on; editions that do not know it say 17:00 UTC.
#[test]
fn nine_in_vancouver_in_december_2026_is_four_in_the_afternoon_utc() {
    let spec = wire::trigger(&json!({
        "cron": { "expression": "0 9 1 12 *", "timezone": "America/Vancouver" },
    }));
    let after = wire::at("2026-06-01T00:00:00Z");
    let trigger = spec.compile(&wire::context(after)).expect("valid");
    assert_eq!(trigger.next_after(after), Some(wire::at("2026-12-01T16:00:00Z")));
}

#[test]
fn the_edition_is_2026f_or_newer() {
    assert!(tzdb_version() >= "2026f", "{}", tzdb_version());
}
