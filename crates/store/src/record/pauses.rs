//! Pauses of scheduling as they are stored.

use bellwether_domain::pause::{Gap, Pause, Pauses, Scope};
use bellwether_domain::{Namespace, Timestamp};
use prost::Message as _;

use crate::StoreError;

#[derive(Clone, PartialEq, prost::Message)]
struct StoredPauses {
    #[prost(uint64, tag = "1")]
    version: u64,
    #[prost(message, repeated, tag = "2")]
    pauses: Vec<StoredPause>,
    #[prost(message, repeated, tag = "3")]
    gaps: Vec<StoredGap>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredPause {
    /// A namespace, or `-`.
    #[prost(string, tag = "1")]
    scope: String,
    #[prost(string, tag = "2")]
    reason: String,
    #[prost(sint64, tag = "3")]
    since_ms: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredGap {
    /// A namespace, or `-`.
    #[prost(string, tag = "1")]
    scope: String,
    #[prost(sint64, tag = "2")]
    since_ms: i64,
    #[prost(sint64, tag = "3")]
    until_ms: i64,
}

/// The record of all pauses.
#[must_use]
pub fn encode_pauses(pauses: &Pauses) -> Vec<u8> {
    let pause = |pause: &Pause| StoredPause {
        scope: pause.scope.as_str().to_owned(),
        reason: pause.reason.clone(),
        since_ms: pause.since.as_millis(),
    };
    let gap = |gap: &Gap| StoredGap {
        scope: gap.scope.as_str().to_owned(),
        since_ms: gap.since.as_millis(),
        until_ms: gap.until.as_millis(),
    };
    let stored = StoredPauses {
        version: pauses.version,
        pauses: pauses.pauses.iter().map(pause).collect(),
        gaps: pauses.gaps.iter().map(gap).collect(),
    };
    stored.encode_to_vec()
}

/// The pauses of which this is the record; none of an empty one.
///
/// # Errors
/// [`StoreError::Corrupt`] where it is no record of pauses.
pub fn decode_pauses(record: &[u8]) -> Result<Pauses, StoreError> {
    let stored = StoredPauses::decode(record).map_err(corrupt)?;
    let pause = |pause: StoredPause| {
        let since = Timestamp::from_millis(pause.since_ms);
        Ok(Pause { scope: scope(&pause.scope)?, reason: pause.reason, since })
    };
    let gap = |gap: StoredGap| {
        let since = Timestamp::from_millis(gap.since_ms);
        Ok(Gap { scope: scope(&gap.scope)?, since, until: Timestamp::from_millis(gap.until_ms) })
    };
    Ok(Pauses {
        version: stored.version,
        pauses: stored.pauses.into_iter().map(pause).collect::<Result<_, StoreError>>()?,
        gaps: stored.gaps.into_iter().map(gap).collect::<Result<_, StoreError>>()?,
    })
}

fn scope(text: &str) -> Result<Scope, StoreError> {
    match text {
        "-" => Ok(Scope::Cluster),
        name => Namespace::new(name).map(Scope::Namespace).map_err(corrupt),
    }
}

fn corrupt(why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what: "pauses of scheduling".to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_read_back_as_they_were_written() {
        let at = Timestamp::from_millis;
        let scope = Scope::Namespace(Namespace::new("team.a").expect("a namespace"));
        let pauses = Pauses::default()
            .pause(&scope, "night", at(-5))
            .and_then(|pauses| pauses.resume(&scope, false, at(9)))
            .and_then(|pauses| pauses.pause(&Scope::Cluster, "☂", at(10)))
            .expect("changes");
        assert_eq!(decode_pauses(&encode_pauses(&pauses)).expect("a record"), pauses);
        assert_eq!(decode_pauses(&[]).expect("nothing"), Pauses::default());
        assert!(matches!(decode_pauses(&[0xff]), Err(StoreError::Corrupt { .. })));
    }
}
