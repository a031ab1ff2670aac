//! The events of several logs, read behind a place in each and put into one order.

use std::collections::VecDeque;
use std::sync::Arc;

use bellwether_domain::Timestamp;
use bellwether_store::{EventCursor, Log, LogEntry, LogPage, Store};
use futures::future::try_join_all;

use super::cursor::Place;
use super::pulse::{Pulse, Watching};
use crate::error::ApiError;

/// How many writes are read from a log at a time.
const WRITES: usize = 16;

/// How many logs are read at a time: with the writes, what bounds the memory of a watcher.
const LOGS: usize = 32;

/// What a watcher has yet to see.
pub(crate) struct Feed {
    store: Arc<dyn Store>,
    watching: Watching,
    lanes: Vec<Lane>,
    /// Where the next round of reads begins, so that no busy log keeps others from their turn.
    next_lane: usize,
    /// Read, and not handed on.
    queue: VecDeque<Item>,
}

/// A log, as far as the watcher is.
struct Lane {
    log: Log,
    /// What was handed on.
    place: Place,
    /// The latest write that was read.
    read: EventCursor,
    /// Where the log was seen to end when it was last read to its end. A watcher may have read
    /// further by then, so an end that is not its place says nothing: only another end does.
    end: Option<EventCursor>,
    /// There may be more behind what was read, wherever the log was seen to end.
    more: bool,
}

/// An event in its order.
pub(crate) struct Item {
    lane: usize,
    /// Whether it is the last of its write.
    last: bool,
    /// What happened.
    pub(crate) entry: LogEntry,
}

impl Feed {
    /// Begins behind `places`, one for each of `logs`, or else with what happens from now on.
    pub(crate) async fn begin(
        store: Arc<dyn Store>,
        pulse: &Arc<Pulse>,
        logs: Vec<Log>,
        places: Option<Vec<Place>>,
    ) -> Result<Self, ApiError> {
        // Behind a cursor there may be something already.
        let more = places.is_some();
        let places = match places {
            Some(places) => places,
            None => {
                let ends = store.ends(&logs).await?;
                ends.into_iter().map(|after| Place { after, skip: 0 }).collect()
            }
        };
        let watching = pulse.watch(logs.clone());
        let lane = |(log, place): (Log, Place)| {
            let read = place.after.clone();
            let end = Some(read.clone());
            Lane { log, place, read, end, more }
        };
        let lanes = logs.into_iter().zip(places).map(lane).collect();
        Ok(Self { store, watching, lanes, next_lane: 0, queue: VecDeque::new() })
    }

    /// Behind what was handed on, in each of the logs.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Log, &Place)> {
        self.lanes.iter().map(|lane| (lane.log, &lane.place))
    }

    /// Up to `count` events, at least one: waits until there is one. What is returned counts as
    /// handed on only by [`Self::handed_on`].
    pub(crate) async fn next(&mut self, count: usize) -> Result<Vec<Item>, ApiError> {
        while self.queue.is_empty() {
            let ends = self.watching.ends();
            let is_behind = |(lane, end): &(&Lane, &Option<EventCursor>)| {
                lane.more || end.is_some() && **end != lane.end
            };
            let lanes = self.lanes.iter().zip(&ends).enumerate();
            let behind = lanes.filter(|(_, lane)| is_behind(lane)).map(|(lane, _)| lane);
            match behind.collect::<Vec<_>>() {
                none if none.is_empty() => self.watching.moved().await,
                behind => self.read(behind, &ends).await?,
            }
        }
        let count = count.min(self.queue.len());
        Ok(self.queue.drain(..count).collect())
    }

    /// Notes that what came before and this event were handed on, or are nothing to the watcher.
    pub(crate) fn handed_on(&mut self, item: &Item) {
        let place = &mut self.lanes[item.lane].place;
        match item.last {
            true => *place = Place { after: item.entry.cursor.clone(), skip: 0 },
            false => place.skip += 1,
        }
    }

    /// Reads on in some of the lanes that are behind, and puts what was read in order. `ends` is
    /// where the logs were seen to end before.
    async fn read(
        &mut self,
        mut behind: Vec<usize>,
        ends: &[Option<EventCursor>],
    ) -> Result<(), ApiError> {
        let first = behind.partition_point(|lane| *lane < self.next_lane);
        behind.rotate_left(first);
        behind.truncate(LOGS);
        self.next_lane = behind.last().map_or(0, |lane| lane + 1);
        let reads = behind.iter().map(|lane| {
            let Lane { log, read, .. } = &self.lanes[*lane];
            self.store.read_log(*log, read, WRITES)
        });
        let pages = try_join_all(reads.collect::<Vec<_>>()).await?;
        let mut read = Vec::new();
        for (number, page) in behind.into_iter().zip(pages) {
            let LogPage::Entries(entries) = page else { return Err(ApiError::CursorExpired) };
            read.push(self.lanes[number].take(number, entries, ends[number].clone()));
        }
        self.queue.extend(in_order(read));
        Ok(())
    }
}

impl Lane {
    /// The events that were read and not handed on before. `end` is where the log was seen to end.
    fn take(
        &mut self,
        number: usize,
        entries: Vec<LogEntry>,
        end: Option<EventCursor>,
    ) -> VecDeque<Item> {
        // Only where the watch begins can a part of the first write be behind it already.
        let skip = if self.read == self.place.after { self.place.skip as usize } else { 0 };
        // There is no more where nothing was, or where the page went up to the end that was seen.
        let last = entries.last().map(|entry| &entry.cursor);
        self.more = last.is_some() && last != end.as_ref();
        if !self.more {
            self.end = end;
        }
        if let Some(entry) = entries.last() {
            self.read = entry.cursor.clone();
        }
        let mut items: VecDeque<Item> = VecDeque::with_capacity(entries.len());
        for entry in entries {
            if let Some(before) = items.back_mut() {
                before.last = before.entry.cursor != entry.cursor;
            }
            items.push_back(Item { lane: number, last: true, entry });
        }
        items.drain(..skip.min(items.len()));
        items
    }
}

/// Merges by time. Within a log the order stays as it is, whatever its times say: the store's clock
/// may be set back, and what happened to a job must not change places.
fn in_order(mut lanes: Vec<VecDeque<Item>>) -> Vec<Item> {
    let mut merged = Vec::with_capacity(lanes.iter().map(VecDeque::len).sum());
    let head = |lane: &VecDeque<Item>| lane.front().map(|item| item.entry.at);
    let earliest = |lanes: &[VecDeque<Item>]| {
        let heads = lanes.iter().enumerate();
        let heads = heads.filter_map(|(place, lane)| Some((head(lane)?, place)));
        heads.min().map(|(_, place): (Timestamp, usize)| place)
    };
    while let Some(item) = earliest(&lanes).and_then(|place| lanes[place].pop_front()) {
        merged.push(item);
    }
    merged
}
