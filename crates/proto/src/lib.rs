//! The wire format of Bellwether: generated messages, and the one place where they become valid
//! domain values.
//!
//! The `.proto` files under `proto/bellwether/v1` are the source; what stands here is made from them
//! when the crate is built. Generated types stay on this side of the door: the crates behind it speak
//! of domain values, so that a field that a client left out, or filled with nonsense, is met in one
//! place only.

pub mod convert;
pub mod json;

/// Package `bellwether.v1`: every message and enum, and a module each for the client and the server
/// of a service, as in [`v1::job_service_client`] and [`v1::job_service_server`].
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, rustdoc::all)]
pub mod v1 {
    tonic::include_proto!("bellwether.v1");
}

/// The encoded `google.protobuf.FileDescriptorSet` of the package and all that it imports, for server
/// reflection. Without comments.
pub const FILE_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.bin"));

/// What every reply stays below, in bytes: 3.5 MiB. gRPC clients accept 4 MiB unless told otherwise;
/// the rest is room for what is added around a page.
pub const MAX_REPLY_BYTES: usize = 3_670_016;
