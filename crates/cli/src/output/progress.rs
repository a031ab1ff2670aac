//! How far a long work has come, on stderr and on terminals only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Fewer items than this are done before a bar could be read.
const WORTHWHILE: usize = 20;

/// A bar that goes when the value does.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Progress through `count` items. A bar shows only where stderr is a terminal.
    pub(crate) fn through(count: usize) -> Self {
        let target = match count < WORTHWHILE {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(u64::try_from(count).ok(), target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Progress through nobody knows how many items: a number that grows.
    pub(crate) fn without_end() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// So many items are done.
    pub(crate) fn is_at(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// One item is done; `print` may write to the terminal meanwhile.
    pub(crate) fn done<T>(&self, print: impl FnOnce() -> T) -> T {
        self.several_done(1, print)
    }

    /// So many items are done; `print` may write to the terminal meanwhile.
    pub(crate) fn several_done<T>(&self, count: usize, print: impl FnOnce() -> T) -> T {
        self.bar.inc(u64::try_from(count).unwrap_or(u64::MAX));
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
