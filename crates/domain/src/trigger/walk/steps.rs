//! A count of what a walk does, in tests alone.
//!
//! That every answer comes within 5 ms is promised, and time is what a busy machine cannot be asked
//! in a test. So each step of a walk says here what it may cost, in the figures of
//! [`cost`](super::cost), and a test adds them up. Outside of tests this is nothing.

#[cfg(test)]
thread_local! {
    static TAKEN: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// A step that may cost `ns` nanoseconds.
#[inline(always)]
pub(super) fn take(ns: u64) {
    #[cfg(test)]
    TAKEN.with(|taken| taken.set(taken.get() + ns));
    #[cfg(not(test))]
    let _ = ns;
}

/// What the steps of `work` may cost together, in nanoseconds.
#[cfg(test)]
pub(in crate::trigger) fn taken_by<T>(work: impl FnOnce() -> T) -> u64 {
    let before = TAKEN.with(std::cell::Cell::get);
    std::hint::black_box(work());
    TAKEN.with(std::cell::Cell::get) - before
}
