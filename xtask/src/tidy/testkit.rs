//! What the testkit shares with the core: a fake that shares its client's parsing shares its mistakes.

use super::rust::Source;
use super::{Finding, Tree};

const TESTKIT: &str = "crates/persium-testkit/src/";
/// The suite for clients on the core, behind a feature of its own: it is no part of the fake.
const CONFORMANCE: &str = "crates/persium-testkit/src/conformance";
const CLOCK: [&str; 4] = ["Alarm", "Clock", "Now", "Timestamp"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let sources = Source::all(tree).into_iter();
    let sources: Vec<_> = sources
        .filter(|source| source.path.starts_with(TESTKIT) && !source.path.starts_with(CONFORMANCE))
        .collect();
    let mut findings = Vec::new();
    for source in &sources {
        for at in (0..source.tokens.len()).filter(|at| source.reads(*at, &["persium_core", ":", ":"])) {
            let heads = source.heads(at + 3).into_iter();
            findings.extend(heads.filter(|head| !CLOCK.contains(&head.text.as_str())).map(|head| {
                let message = format!(
                    "`{}` is the core's: the fake takes its clock alone, and writes the rest anew",
                    head.text
                );
                Finding::new(source.path, head.lines.0, message)
            }));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(&format!("crates/{path}"), text)])).len()
    }

    #[test]
    fn the_clock_may_be_taken() {
        assert_eq!(
            found("persium-testkit/src/clock.rs", "use persium_core::{Alarm, Clock, Now, Timestamp};"),
            0
        );
    }

    #[test]
    fn anything_else_of_the_core_is_found() {
        for text in [
            "use persium_core::Config;",
            "use persium_core::{Clock, api};",
            "fn a() { persium_core::api::me() }",
        ] {
            assert_eq!(found("persium-testkit/src/api.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn the_suite_for_clients_is_no_part_of_the_fake() {
        for path in [
            "persium-testkit/src/conformance.rs",
            "persium-testkit/src/conformance/driver.rs",
            "persium-cli/src/a.rs",
        ] {
            assert_eq!(found(path, "use persium_core::Config;"), 0, "{path}");
        }
    }
}
