//! The calls of the API, a file for each or for a few that are alike.

pub(crate) mod cluster;
pub(crate) mod job;
pub(crate) mod run;
mod scheduling;
pub(crate) mod watch;
pub(crate) mod worker;

use bellwether_proto::MAX_REPLY_BYTES;
use bellwether_proto::convert::Problems;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::api::Api;
use crate::error::ApiError;

/// What the token of a page may take, in bytes.
const TOKEN_ROOM: usize = 4 * 1024;

/// The stream of a call that answers with one.
pub(crate) type Replies<T> = BoxStream<'static, Result<T, Status>>;

/// `replies` until the node ends, which a client learns: it goes on at another one.
pub(crate) fn until_closing<T: Send + 'static>(api: &Api, replies: Replies<T>) -> Replies<T> {
    let state = (replies, Some(api.closing.clone()));
    let next = async |(mut replies, closing): (Replies<T>, Option<CancellationToken>)| {
        let closing = closing?;
        let reply = tokio::select! {
            biased;
            () = closing.cancelled() => {
                return Some((Err(ApiError::Closing.into()), (replies, None)));
            }
            reply = replies.next() => reply?,
        };
        Some((reply, (replies, Some(closing))))
    };
    stream::unfold(state, next).boxed()
}

/// How many items a page has that asks for `size`, and how many it may ask for.
pub(crate) fn page_size(size: i32, problems: &mut Problems) -> usize {
    const DEFAULT: usize = 100;
    const MOST: usize = 1_000;
    match usize::try_from(size) {
        Ok(0) => DEFAULT,
        Ok(size) => size.min(MOST),
        Err(_) => {
            let message = format!("{size} is negative; 1 to {MOST} are allowed, 0 is {DEFAULT}");
            problems.invalid("page_size", message);
            DEFAULT
        }
    }
}

/// The items of a page, as many as it has room for.
pub(crate) struct Page<T> {
    items: Vec<T>,
    size: usize,
    bytes: usize,
}

impl<T> Page<T> {
    /// What an item costs beside its own bytes.
    const FRAME: usize = 8;

    pub(crate) fn new(size: usize) -> Self {
        Self { items: Vec::new(), size, bytes: 0 }
    }

    /// Adds an item of `bytes` where there is room for it. The first always has it, so that a list
    /// goes on: no single item comes near the bound.
    pub(crate) fn takes(&mut self, item: T, bytes: usize) -> bool {
        self.takes_or_returns(item, bytes).is_ok()
    }

    /// The same, with the item handed back where there is no room.
    pub(crate) fn takes_or_returns(&mut self, item: T, bytes: usize) -> Result<(), T> {
        let sum = self.bytes + bytes + Self::FRAME;
        let full = self.items.len() == self.size || sum > MAX_REPLY_BYTES - TOKEN_ROOM;
        if full && !self.items.is_empty() {
            return Err(item);
        }
        self.bytes = sum;
        self.items.push(item);
        Ok(())
    }

    pub(crate) fn into_items(self) -> Vec<T> {
        self.items
    }
}
