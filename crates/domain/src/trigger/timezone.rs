//! The zone that a trigger names.

use std::sync::Arc;

use jiff::tz::TimeZoneDatabase;

use super::TriggerError;
use super::walk::zone::Zone;

/// The zone `name`, UTC where it is empty.
///
/// # Errors
/// `field` does not name a zone of the bundled database.
pub(super) fn zone(field: &str, name: &str) -> Result<Arc<Zone>, TriggerError> {
    let wanted = if name.is_empty() { "UTC" } else { name };
    Zone::get(wanted).ok_or_else(|| {
        let hint = match nearest(wanted) {
            Some(near) => format!(" (did you mean {near}?)"),
            None => String::new(),
        };
        let message = format!(
            "unknown time zone; allowed are the names of the IANA database (edition {}), such as \
             Europe/Berlin, America/New_York or UTC; empty is UTC{hint}",
            super::tzdb_version()
        );
        TriggerError::new(field, name, message)
    })
}

/// The zone whose name is a typing error away from `name`.
fn nearest(name: &str) -> Option<String> {
    // Longer than any name there is, and not worth the time that the comparison would take.
    if name.len() > 40 {
        return None;
    }
    let plain = |text: &str| text.to_ascii_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    let city = wanted.rsplit('/').next().unwrap_or("");
    let mut best: Option<(usize, String)> = None;
    for zone in TimeZoneDatabase::bundled().available() {
        let candidate = plain(zone.as_str());
        let mut apart = distance(wanted.as_bytes(), candidate.as_bytes());
        if candidate.rsplit('/').next() == Some(city) && city.len() > 3 {
            apart = apart.min(1);
        }
        if apart <= 2 && best.as_ref().is_none_or(|(least, _)| apart < *least) {
            best = Some((apart, zone.as_str().to_owned()));
        }
    }
    best.map(|(_, name)| name)
}

/// How many letters must be added, dropped or replaced to get from one text to the other.
fn distance(from: &[u8], to: &[u8]) -> usize {
    if from.len().abs_diff(to.len()) > 2 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
