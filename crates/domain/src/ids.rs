//! Names and numbers that must not be mixed up, each a type of its own.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The longest namespace or job id, in characters (all of them ASCII).
pub const MAX_ID_LEN: usize = 256;

/// Why a text is not a valid id. The message says what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text has no characters.
    #[error("must not be empty; allowed are 1 to {MAX_ID_LEN} characters of {0}")]
    Empty(&'static str),
    /// The text has more than [`MAX_ID_LEN`] characters.
    #[error("has {0} characters; allowed are 1 to {MAX_ID_LEN}")]
    TooLong(usize),
    /// A character is not of the allowed set.
    #[error("{0:?} has the character {1:?} at position {2}; allowed are {3}")]
    Character(String, char, usize, &'static str),
    /// The namespace `-` stands for all namespaces in a list.
    #[error("\"-\" stands for all namespaces and cannot name one")]
    Reserved,
    /// The text is not a run id as this project prints them.
    #[error("{0:?} is not a run id; one reads PARTITION-UUID, as printed by `run list`")]
    RunId(String),
}

fn check(text: &str, allowed: &'static str, slash: bool) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty(allowed));
    }
    let length = text.chars().count();
    if length > MAX_ID_LEN {
        return Err(IdError::TooLong(length));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c) || (slash && c == '/');
    match text.chars().enumerate().find(|(_, c)| !fits(*c)) {
        Some((at, c)) => Err(IdError::Character(text.to_owned(), c, at + 1, allowed)),
        None => Ok(()),
    }
}

/// The namespace of a job: 1 to 256 characters of `A-Z a-z 0-9 . _ -`, and not `-` alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(String);

impl Namespace {
    /// Checks `text`; an empty one is the namespace `default`.
    pub fn new(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        check(text, "A-Z a-z 0-9 . _ -", false)?;
        if text == "-" {
            return Err(IdError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $allowed:literal, $slash:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks `text`.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check(text, $allowed, $slash)?;
                Ok(Self(text.to_owned()))
            }

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The id of a job in its namespace: 1 to 256 characters of `A-Z a-z 0-9 . _ - /`.
    JobId, "A-Z a-z 0-9 . _ - /", true
}
text_id! {
    /// A lane of runs for workers, within a namespace: 1 to 256 characters of `A-Z a-z 0-9 . _ -`.
    QueueName, "A-Z a-z 0-9 . _ -", false
}
text_id! {
    /// The name under which a worker knows what to do: 1 to 256 characters of `A-Z a-z 0-9 . _ - /`.
    HandlerName, "A-Z a-z 0-9 . _ - /", true
}
text_id! {
    /// What a worker is called, for people: 1 to 256 characters of `A-Z a-z 0-9 . _ - /`. Need not be
    /// unique; what is unique is its [`SessionId`].
    WorkerId, "A-Z a-z 0-9 . _ - /", true
}

/// What names a job from outside: its namespace and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// The namespace.
    pub namespace: Namespace,
    /// The id within the namespace.
    pub id: JobId,
}

impl JobKey {
    /// The partition, of `partitions` in all, that the job lies in: the first eight bytes of
    /// SHA-256 of `namespace/id`, big-endian, modulo `partitions`. A namespace has no slash, so
    /// the text is unambiguous.
    #[must_use]
    pub fn partition(&self, partitions: PartitionCount) -> Partition {
        let digest = Sha256::digest(self.to_string().as_bytes());
        let mut head = [0; 8];
        head.copy_from_slice(&digest[..8]);
        let slot = u64::from_be_bytes(head) % u64::from(partitions.get());
        Partition(u16::try_from(slot).unwrap_or(0))
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.id)
    }
}

impl FromStr for JobKey {
    type Err = IdError;

    /// Reads `namespace/id`, as printed.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (namespace, id) = text.split_once('/').unwrap_or((text, ""));
        Ok(Self { namespace: Namespace::new(namespace)?, id: JobId::new(id)? })
    }
}

/// A fixed slice of the jobs, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(pub u16);

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many partitions a cluster has: 1 to 1,024, fixed when the cluster is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionCount(u16);

impl PartitionCount {
    /// The largest number of partitions.
    pub const MAX: u16 = 1024;
    /// What a new cluster gets when nothing is said.
    pub const DEFAULT: Self = Self(16);

    /// `None` outside 1 to [`Self::MAX`].
    #[must_use]
    pub fn new(count: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }

    /// Every partition, in order.
    pub fn iter(self) -> impl Iterator<Item = Partition> {
        (0..self.0).map(Partition)
    }
}

/// The fencing token of a partition's lease: never repeats, never goes back (I4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// One incarnation of a job (UUIDv7): an update keeps it, delete and create make a new one.
    JobUid
}
uuid_id! {
    /// One start of a node process (UUIDv7). A node's name alone would collide after a restart.
    BootId
}
uuid_id! {
    /// A worker's session (UUIDv7): what holds its attempts, over all the streams and nodes that
    /// the worker speaks through.
    SessionId
}
uuid_id! {
    /// What a client names a mutating request by, so that a repeat gets the first reply.
    RequestId
}

uuid_id! {
    /// One backfill (UUIDv7).
    BackfillId
}

/// Who holds an attempt: a node's [`BootId`], or the session of a worker. Both are UUIDs made by
/// their bearers, so they cannot collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(pub Uuid);

impl From<BootId> for Owner {
    fn from(boot: BootId) -> Self {
        Self(boot.0)
    }
}

impl From<SessionId> for Owner {
    fn from(session: SessionId) -> Self {
        Self(session.0)
    }
}

/// The version of a job's definition: 64 random bits, new with each write by a client. A claim
/// does not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Etag(pub [u8; 8]);

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl FromStr for Etag {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(|bits| Self(bits.to_be_bytes()))
    }
}

/// The id of a run. Scheduled ones derive from (uid, fire time), so that two claims of one fire
/// time cannot make two runs; the id embeds the partition, so that whoever holds it can find it.
///
/// Printed as `PARTITION-UUID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId {
    /// Where the run's job lies.
    pub partition: Partition,
    /// The name within the partition (UUIDv5).
    pub uuid: Uuid,
}

impl RunId {
    /// The run of a scheduled fire time.
    #[must_use]
    pub fn scheduled(partition: Partition, uid: JobUid, fire_time: crate::Timestamp) -> Self {
        let name = fire_time.as_millis().to_be_bytes();
        Self { partition, uuid: Uuid::new_v5(&uid.0, &name) }
    }

    /// The run that a client asked for by a request, once per request id.
    #[must_use]
    pub fn requested(
        partition: Partition,
        uid: JobUid,
        request: RequestId,
        fire_time: crate::Timestamp,
    ) -> Self {
        Self::asked_for(partition, uid, request.0, fire_time)
    }

    /// The run of a fire time that a backfill takes.
    #[must_use]
    pub fn backfilled(
        partition: Partition,
        uid: JobUid,
        backfill: BackfillId,
        fire_time: crate::Timestamp,
    ) -> Self {
        Self::asked_for(partition, uid, backfill.0, fire_time)
    }

    fn asked_for(partition: Partition, uid: JobUid, by: Uuid, fire_time: crate::Timestamp) -> Self {
        let mut name = by.as_bytes().to_vec();
        name.extend_from_slice(&fire_time.as_millis().to_be_bytes());
        Self { partition, uuid: Uuid::new_v5(&uid.0, &name) }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.partition, self.uuid)
    }
}

impl FromStr for RunId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError::RunId(text.chars().take(80).collect());
        let (partition, uuid) = text.split_once('-').ok_or_else(bad)?;
        let partition = Partition(partition.parse().map_err(|_| bad())?);
        let uuid = Uuid::parse_str(uuid).map_err(|_| bad())?;
        Ok(Self { partition, uuid })
    }
}
