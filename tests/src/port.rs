//! Ports for servers that must come back at the same address after they were killed.
//!
//! A port that the kernel hands out (`:0`) lies in the range from which it also serves outgoing
//! connections: between the death of a server and its return any client on the machine might get
//! it. These lie below that range, so only another server could, and they are spread by process.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port and how many there are; the kernel's range begins at 32,768.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A loopback port that nobody listens at.
///
/// # Panics
/// When all are taken.
#[must_use]
pub fn free() -> u16 {
    // Multiplied by a number prime to COUNT, so that neighbouring pids start far apart.
    let start = u64::from(std::process::id()) * 7_919 % u64::from(COUNT);
    let start = u16::try_from(start).unwrap_or(0);
    (0..COUNT)
        .map(|_| FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("of 20,000 ports one is free")
}
