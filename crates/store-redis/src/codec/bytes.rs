//! Numbers, ids and texts in stored bytes.

use bellwether_domain::{FirePoint, Timestamp};
use bellwether_store::StoreError;
use uuid::Uuid;

/// Stands for "no instant": a number that a Lua double holds exactly, and before every instant.
pub(crate) const NONE: i64 = -(1 << 53);

/// Stands for "no instant" as well, of a run that waits to replace another: `NEXT` of the scripts.
const NEXT: i64 = NONE + 1;

/// Why stored bytes make no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    /// They end too early.
    #[error("it ends {0} bytes too early")]
    Short(usize),
    /// A number stands for nothing.
    #[error("{field} is {number}, which means nothing to this version")]
    Number {
        /// What the number should be.
        field: &'static str,
        /// The number.
        number: u64,
    },
    /// A text is not what it should be.
    #[error("{field}: {why}")]
    Text {
        /// What the text should be.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Malformed {
    /// The error for the caller, where this was found in a `what`.
    pub(crate) fn found_in(self, what: impl Into<String>) -> StoreError {
        StoreError::Corrupt { what: what.into(), why: self.to_string() }
    }
}

/// Reads stored bytes from the front.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether all is read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// The next `count` bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let Some((head, rest)) = self.rest.split_at_checked(count) else {
            return Err(Malformed::Short(count - self.rest.len()));
        };
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let Some((head, rest)) = self.rest.split_first_chunk() else {
            return Err(Malformed::Short(N - self.rest.len()));
        };
        self.rest = rest;
        Ok(*head)
    }

    /// A byte.
    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_be_bytes)
    }

    /// Two bytes.
    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes.
    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// An instant.
    pub(crate) fn instant(&mut self) -> Result<Timestamp, Malformed> {
        self.array().map(|bytes| Timestamp::from_millis(i64::from_be_bytes(bytes)))
    }

    /// An instant, or that there is none.
    pub(crate) fn optional_instant(&mut self) -> Result<Option<Timestamp>, Malformed> {
        let ms = self.array().map(i64::from_be_bytes)?;
        Ok((ms != NONE && ms != NEXT).then(|| Timestamp::from_millis(ms)))
    }

    /// A UUID.
    pub(crate) fn uuid(&mut self) -> Result<Uuid, Malformed> {
        self.array().map(Uuid::from_bytes)
    }

    /// Bytes behind their number in two bytes.
    pub(crate) fn short(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u16()?;
        self.bytes(usize::from(count))
    }

    /// Bytes behind their number in four bytes.
    pub(crate) fn long(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u32()?;
        self.bytes(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// A text behind its length in two bytes.
    pub(crate) fn text(&mut self, field: &'static str) -> Result<&'a str, Malformed> {
        text(field, self.short()?)
    }
}

/// `bytes` as a text.
pub(crate) fn text<'a>(field: &'static str, bytes: &'a [u8]) -> Result<&'a str, Malformed> {
    std::str::from_utf8(bytes).map_err(|error| Malformed::Text { field, why: error.to_string() })
}

/// Appends stored bytes.
pub(crate) trait Append {
    /// An instant, or that there is none.
    fn instant(&mut self, at: Option<Timestamp>);
    /// Bytes behind their number in two bytes; what is longer than that can count is cut.
    fn short(&mut self, bytes: &[u8]);
}

impl Append for Vec<u8> {
    fn instant(&mut self, at: Option<Timestamp>) {
        self.extend_from_slice(&instant(at));
    }

    fn short(&mut self, bytes: &[u8]) {
        let count = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.extend_from_slice(&count.to_be_bytes());
        self.extend_from_slice(&bytes[..usize::from(count)]);
    }
}

/// The bytes of an instant, or of none.
pub(crate) fn instant(at: Option<Timestamp>) -> [u8; 8] {
    at.map_or(NONE, Timestamp::as_millis).to_be_bytes()
}

/// What stands in the place of a job's point while it is paused: none, and since when.
pub(crate) fn pause(since: Timestamp) -> [u8; 16] {
    let mut bytes = point(None);
    bytes[8..].copy_from_slice(&instant(Some(since)));
    bytes
}

/// The bytes of a point, fire time before start_after, or of none.
pub(crate) fn point(point: Option<FirePoint>) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&instant(point.map(|point| point.fire_time)));
    bytes[8..].copy_from_slice(&instant(point.map(|point| point.start_after)));
    bytes
}
