//! The Rust client of Bellwether.
