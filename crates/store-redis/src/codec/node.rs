//! Records of nodes: `version B | boot c16 | beat I8 | capacity I4 | inflight I4 | draining B`, then
//! name, gRPC address, HTTP address and version as I2+text, and i8 when it was written, which the
//! script adds. Later fields go behind.

use bellwether_domain::BootId;
use bellwether_store::{NodeRecord, StoreError};

use super::bytes::{Append as _, Malformed, Reader};

const VERSION: u8 = 1;

/// The record as it is stored.
pub(crate) fn encode(node: &NodeRecord) -> Vec<u8> {
    let mut record = vec![VERSION];
    record.extend_from_slice(node.boot.0.as_bytes());
    record.extend_from_slice(&node.beat.to_be_bytes());
    record.extend_from_slice(&node.capacity.to_be_bytes());
    record.extend_from_slice(&node.inflight.to_be_bytes());
    record.push(u8::from(node.draining));
    for text in [&node.name, &node.grpc_address, &node.http_address, &node.version] {
        record.short(text.as_bytes());
    }
    record
}

/// The node whose record this is.
pub(crate) fn decode(record: &[u8]) -> Result<NodeRecord, StoreError> {
    read(record).map_err(|malformed| malformed.found_in("node record"))
}

fn read(record: &[u8]) -> Result<NodeRecord, Malformed> {
    let mut record = Reader::new(record);
    let version = record.u8()?;
    if version != VERSION {
        return Err(Malformed::Number { field: "the version", number: u64::from(version) });
    }
    let mut node = NodeRecord {
        boot: BootId(record.uuid()?),
        beat: record.u64()?,
        capacity: record.u32()?,
        inflight: record.u32()?,
        draining: record.u8()? != 0,
        name: record.text("the name")?.to_owned(),
        grpc_address: record.text("the gRPC address")?.to_owned(),
        http_address: record.text("the HTTP address")?.to_owned(),
        version: record.text("the version")?.to_owned(),
        seen: None,
    };
    if !record.is_empty() {
        node.seen = Some(record.instant()?);
    }
    Ok(node)
}
