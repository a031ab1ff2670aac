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

    /// One item is done; `print` may write to the terminal meanwhile.
    pub(crate) fn done<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.inc(1);
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
