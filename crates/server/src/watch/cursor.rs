//! Cursors of watches: the place in each log behind which a watch goes on.

use bellwether_domain::Partition;
use bellwether_proto::convert::Problems;
use bellwether_proto::v1::WatchEventsRequest;
use bellwether_store::{EventCursor, Log};
use prost::Message as _;

use crate::page::List;

/// The place of a watch in one log. The events of one write share a cursor of the store, and may not
/// fit into one reply, so those of the next write that were handed on are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Behind this write, all of which was handed on,
    pub(crate) after: EventCursor,
    /// and behind so many events of the next one.
    pub(crate) skip: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Stored {
    #[prost(message, repeated, tag = "1")]
    places: Vec<StoredPlace>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredPlace {
    /// Absent for the log of the cluster.
    #[prost(uint32, optional, tag = "1")]
    partition: Option<u32>,
    #[prost(string, tag = "2")]
    after: String,
    #[prost(uint32, tag = "3")]
    skip: u32,
}

/// A kind of watch, of one cluster. Filters are no part of it: whoever watched more may go on
/// watching less.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursors(List);

impl Cursors {
    /// The cursors of `call`.
    pub(crate) fn new(cluster: &str, call: &str) -> Self {
        Self(List::new(cluster, call, &WatchEventsRequest::default()))
    }

    /// The cursor that stands for these places.
    pub(crate) fn write<'a>(self, places: impl Iterator<Item = (Log, &'a Place)>) -> String {
        let places = places.map(|(log, place)| StoredPlace {
            partition: match log {
                Log::Partition(partition) => Some(partition.0.into()),
                Log::Cluster => None,
            },
            after: place.after.0.clone(),
            skip: place.skip,
        });
        self.0.seal(&Stored { places: places.collect() }.encode_to_vec())
    }

    /// The places of `logs` that `cursor` stands for; `None` where there is no cursor, or where it
    /// is noted as invalid.
    pub(crate) fn read(
        self,
        cursor: &str,
        logs: &[Log],
        problems: &mut Problems,
    ) -> Option<Vec<Place>> {
        if cursor.is_empty() {
            return None;
        }
        let places = self.places(cursor, logs);
        if places.is_none() {
            problems.invalid(
                "cursor",
                "is no cursor of this watch; send that of the last response that was handled, or \
                 none to begin with what happens from now on",
            );
        }
        places
    }

    fn places(self, cursor: &str, logs: &[Log]) -> Option<Vec<Place>> {
        let stored = Stored::decode(self.0.open(cursor)?.as_slice()).ok()?;
        let place = |log: &Log| {
            let partition = match log {
                Log::Partition(Partition(number)) => Some(u32::from(*number)),
                Log::Cluster => None,
            };
            let stored = stored.places.iter().find(|place| place.partition == partition)?;
            Some(Place { after: EventCursor(stored.after.clone()), skip: stored.skip })
        };
        logs.iter().map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGS: [Log; 3] =
        [Log::Partition(Partition(0)), Log::Partition(Partition(1_023)), Log::Cluster];

    fn places() -> Vec<Place> {
        let place = |after: &str, skip| Place { after: EventCursor(after.to_owned()), skip };
        vec![place("r1-0", 0), place("r2-7", 3), place("r3-0", 0)]
    }

    fn read(cursors: Cursors, cursor: &str, logs: &[Log]) -> Result<Option<Vec<Place>>, String> {
        let mut problems = Problems::default();
        let places = cursors.read(cursor, logs, &mut problems);
        problems.finish().map(|()| places).map_err(|rejection| rejection.to_string())
    }

    #[test]
    fn a_cursor_stands_for_its_places_and_for_fewer() {
        let cursors = Cursors::new("default", "WatchEvents");
        let places = places();
        let cursor = cursors.write(LOGS.into_iter().zip(&places));
        assert_eq!(read(cursors, &cursor, &LOGS), Ok(Some(places.clone())));
        assert_eq!(read(cursors, &cursor, &LOGS[1..2]), Ok(Some(vec![places[1].clone()])));
        assert_eq!(read(cursors, "", &LOGS), Ok(None));
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let cursors = Cursors::new("default", "WatchEvents");
        let of_two = cursors.write(LOGS[..2].iter().copied().zip(&places()));
        let others = [
            Cursors::new("other", "WatchEvents").write(LOGS.into_iter().zip(&places())),
            Cursors::new("default", "WatchRuns").write(LOGS.into_iter().zip(&places())),
            of_two,
            "nonsense".to_owned(),
        ];
        for cursor in others {
            let error = read(cursors, &cursor, &LOGS).expect_err("foreign");
            assert!(error.starts_with("cursor: is no cursor of this watch"), "{error}");
        }
    }
}
