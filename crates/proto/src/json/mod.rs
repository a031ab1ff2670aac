//! Messages as JSON, for the command line and for files.
//!
//! proto3 JSON, with choices where it leaves some, and easier to write by hand:
//!
//! - Out: names in snake_case, enum values by full name, 64-bit integers as strings; a field without
//!   presence is always there, one with presence only when it is set.
//! - In: names in snake_case or lowerCamelCase; enum values also by short name in any case (`quartz`
//!   for `DIALECT_QUARTZ`); durations also as people write them (`1h30m`). Whatever is not understood
//!   is an error that says where it stands and what is allowed: a misspelt field that is skipped is a
//!   job that runs with a default that nobody chose.
//!
//! It goes by the descriptor set and not by derived code: serde derives would not know about
//! presence, and code generated for each message (pbjson) would know full enum names only, and no
//! path to say where an error is.

mod duration;
mod error;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, MessageDescriptor};
use serde_json::Value;

pub use error::JsonError;

/// The message as JSON.
///
/// What JSON cannot say, an instant outside the years 1 to 9999, which no server sends, is left out.
#[must_use]
pub fn to_json<M: Message + Name>(message: &M) -> Value {
    write::value(message, descriptor::<M>())
}

/// The message that `json` describes.
///
/// # Errors
///
/// Anything that is not a field of the message, or not a value of the field: see [`JsonError`].
pub fn from_json<M: Message + Name + Default>(json: Value) -> Result<M, JsonError> {
    let message = read::message(&json, &descriptor::<M>())?;
    message.transcode_to().map_err(JsonError::Encoding)
}

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(crate::FILE_DESCRIPTOR_SET).expect("the build script encoded the set")
});

/// The descriptor of a message of ours. One of another package does not compile.
fn descriptor<M: Name>() -> MessageDescriptor {
    const { assert!(is_ours(M::PACKAGE), "only messages of bellwether.v1 have a descriptor here") };
    POOL.get_message_by_name(&M::full_name())
        .expect("the set and the messages are made from the same files")
}

const fn is_ours(package: &str) -> bool {
    let (package, ours) = (package.as_bytes(), b"bellwether.v1");
    let mut at = 0;
    while at < package.len() && at < ours.len() && package[at] == ours[at] {
        at += 1;
    }
    at == package.len() && at == ours.len()
}
