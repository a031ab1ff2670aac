//! What the test run came to, over all test binaries.
//!
//! `cargo test` closes each binary with a line of its own, the last being that of a crate's doc
//! tests, often none at all. A reader, and a CI that reads the last line, wants the sum.

use std::fmt;

/// The tests that `cargo test` ran. `Display` is the closing line `N passed, N failed, N skipped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Those marked `#[ignore]`.
    pub(crate) skipped: u64,
}

impl Tally {
    /// Adds up the `test result:` lines of a run's standard output.
    pub(crate) fn of(output: &str) -> Self {
        let mut sum = Self::default();
        for line in output.lines() {
            // In quiet mode the line may stand behind the dots of the tests.
            let Some((_, counts)) = line.split_once("test result: ") else { continue };
            sum.passed += count(counts, "passed");
            sum.failed += count(counts, "failed");
            sum.skipped += count(counts, "ignored");
        }
        sum
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// The number before `what` in `ok. 3 passed; 0 failed; …`.
fn count(counts: &str, what: &str) -> u64 {
    let words: Vec<&str> = counts.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sums_over_the_binaries() {
        let output = "\
running 4 tests
..i.
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

running 2 tests
.F
failures:
    it_breaks
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        let tally = Tally::of(output);
        assert_eq!(tally, Tally { passed: 4, failed: 1, skipped: 1 });
        assert_eq!(tally.to_string(), "4 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn no_result_is_no_test() {
        assert_eq!(Tally::of("error: could not compile\n"), Tally::default());
    }
}
