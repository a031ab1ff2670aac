//! The outside of a node: gRPC services, HTTP pages, auth.
