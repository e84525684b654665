//! How many tests passed and failed.

use std::fmt;
use std::ops::AddAssign;

/// A count of tests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Tally {
    /// What a step leaves that runs no tests.
    pub(crate) const NONE: Self = Self { passed: 0, failed: 0 };
    /// What a step leaves that failed before it could count.
    pub(crate) const ONE_FAILURE: Self = Self { passed: 0, failed: 1 };

    /// Sums the lines with which the test binaries of a `cargo test` end.
    pub(crate) fn of_cargo_test(output: &str) -> Self {
        let mut sum = Self::NONE;
        for line in output.lines() {
            if let Some(result) = line.strip_prefix("test result: ") {
                sum += Self {
                    passed: number_before(result, " passed"),
                    failed: number_before(result, " failed"),
                };
            }
        }
        sum
    }

    /// Whether something was tested and all of it is well.
    pub(crate) fn is_green(self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

fn number_before(text: &str, word: &str) -> u32 {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_test_binaries_are_summed() {
        let output = "\
running 2 tests
test a ... ok
a test may print the words test result: ok. 9 passed; 9 failed
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.31s

test result: FAILED. 30 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        assert_eq!(Tally::of_cargo_test(output), Tally { passed: 42, failed: 2 });
    }

    #[test]
    fn no_test_at_all_is_not_green() {
        assert!(!Tally::NONE.is_green());
        assert!(!Tally { passed: 9, failed: 1 }.is_green());
        assert!(Tally { passed: 1, failed: 0 }.is_green());
    }

    #[test]
    fn a_tally_reads_as_the_line_that_machines_look_for() {
        assert_eq!(Tally { passed: 3, failed: 1 }.to_string(), "3 passed, 1 failed");
    }
}
