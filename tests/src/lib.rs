//! The cluster harness: builders for Redis, nodes and sinks.
