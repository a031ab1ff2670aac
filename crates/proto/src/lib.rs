//! The wire format of Bellwether: generated messages, and the one place where they become valid domain values.
