//! The size of a file: what is too long to read in one go is two things.

use std::collections::BTreeSet;

use super::rust::Source;
use super::{Finding, Tree};

/// Lines of code at most. Most files have half as many.
const LIMIT: usize = 400;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in Source::all(tree) {
        let lines = lines_of_code(&source);
        if lines > LIMIT {
            let message =
                format!("{lines} lines of code, {LIMIT} at most: which are the two things it does?");
            findings.push(Finding::new(source.path, 1, message));
        }
    }
    findings
}

/// How many lines hold code: no blank ones, no comments, and in what is not a file of tests no tests.
fn lines_of_code(source: &Source<'_>) -> usize {
    let only_tests = source.tokens.iter().all(|token| token.test);
    let tokens = source.tokens.iter().filter(|token| only_tests || !token.test);
    tokens.flat_map(|token| token.lines.0..=token.lines.1).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of(&[("crates/x/src/a.rs", text)])).len()
    }

    #[test]
    fn a_file_may_be_as_long_as_the_limit() {
        assert_eq!(found(&"const A: u8 = 0;\n".repeat(LIMIT)), 0);
        assert_eq!(found(&"const A: u8 = 0;\n".repeat(LIMIT + 1)), 1);
    }

    #[test]
    fn comments_blank_lines_and_unit_tests_cost_nothing() {
        let code = "const A: u8 = 0;\n".repeat(LIMIT);
        let tests = "#[cfg(test)]\nmod tests {\n    const A: u8 = 0;\n}\n".repeat(9);
        assert_eq!(found(&format!("//! A.\n{}{code}\n// Why.\n{tests}", "/// A.\n".repeat(9))), 0);
    }

    #[test]
    fn a_file_of_tests_is_measured_too() {
        let text = "const A: u8 = 0;\n".repeat(LIMIT + 1);
        assert_eq!(check(&Tree::of(&[("tests/tests/a.rs", &text)])).len(), 1);
    }

    #[test]
    fn a_literal_counts_every_line_it_spans() {
        assert_eq!(found(&format!("const A: &str = \"{}\";", "\n".repeat(LIMIT))), 1);
    }
}
