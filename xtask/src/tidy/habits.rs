//! Tests neither sleep nor are left out.

use super::rust::Source;
use super::{Finding, Tree};

/// Tests that wait for real, and why they must.
const MAY_SLEEP: [(&str, &str); 1] =
    [("tests/src/keycloak/server.rs", "a real Keycloak's tokens expire by a clock that no test can move")];

/// Tests that stop tokio's time, and why it cannot jump ahead of a socket there.
const MAY_PAUSE: [(&str, &str); 2] = [
    (
        "tests/tests/dead_peer.rs",
        "the peer is dead by then: nothing comes from any socket, and pings are tokio's",
    ),
    ("tests/tests/stalls.rs", "nothing ever comes from a port whose queue is full, and the limit is tokio's"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in Source::all(tree) {
        let may_sleep = MAY_SLEEP.iter().any(|(path, _)| *path == source.path);
        let may_pause = MAY_PAUSE.iter().any(|(path, _)| *path == source.path);
        let (mut slept, mut paused) = (false, false);
        for at in 0..source.tokens.len() {
            let line = source.tokens[at].lines.0;
            if source.reads(at, &["#", "[", "ignore"]) {
                findings.push(Finding::new(
                    source.path,
                    line,
                    "a test that is left out proves nothing: mend or remove it",
                ));
            } else if source.tokens[at].test && stops_time(&source, at) {
                paused = true;
                if !may_pause {
                    findings.push(Finding::new(
                        source.path,
                        line,
                        "tokio's paused time jumps ahead of real sockets: use the testkit's clock",
                    ));
                }
            } else if source.tokens[at].test && sleeps(&source, at) {
                slept = true;
                if !may_sleep {
                    findings.push(Finding::new(
                        source.path,
                        line,
                        "a test that sleeps is slow or flaky: move the testkit's clock",
                    ));
                }
            }
        }
        if may_sleep && !slept {
            findings.push(Finding::new(
                source.path,
                1,
                "is allowed to sleep and does not: take it off the list",
            ));
        }
        if may_pause && !paused {
            findings.push(Finding::new(
                source.path,
                1,
                "is allowed to stop time and does not: take it off the list",
            ));
        }
        findings.extend(ignored_examples(source.path, source.text));
    }
    // Readmes are compiled as documentation of their crates; other pages never are, whatever they say.
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with("README.md")) {
        findings.extend(ignored_examples(path, text));
    }
    findings
}

/// A call of `sleep` and its kin that is not a method, or an import of one.
fn sleeps(source: &Source<'_>, at: usize) -> bool {
    let is_named =
        matches!(source.tokens[at].text.as_str(), "sleep" | "sleep_ms" | "sleep_until" | "park_timeout");
    let before = at.checked_sub(1).map_or("", |before| &source.tokens[before].text);
    let is_imported =
        source.reads(at + 1, &[";"]) || source.reads(at + 1, &[","]) || source.reads(at + 1, &["}"]);
    is_named
        && before != "."
        && before != "fn"
        && (source.reads(at + 1, &["("]) || before == ":" && is_imported)
}

fn stops_time(source: &Source<'_>, at: usize) -> bool {
    source.tokens[at].text == "start_paused" || source.reads(at, &["time", ":", ":", "pause", "("])
}

/// Examples in documentation that nothing compiles.
fn ignored_examples(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let fence = line.trim_start().trim_start_matches(['/', '!']).trim_start();
        if fence.strip_prefix("```").is_some_and(|words| words.split(',').any(|word| word.trim() == "ignore"))
        {
            findings.push(Finding::new(
                path,
                number,
                "an example that is not compiled rots: make it run, or `no_run`",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        for text in [
            "fn a() { std::thread::sleep(SECOND) }",
            "async fn a() { tokio::time::sleep(SECOND).await }",
            "use std::thread::sleep;",
            "use std::time::Duration; use tokio::time::{self, sleep_until}; fn a() { sleep_until(LATER) }",
        ] {
            assert_eq!(found("tests/tests/a.rs", text), 1, "{text}");
            assert_eq!(
                found("crates/x/src/a.rs", &format!("#[cfg(test)] mod tests {{ {text} }}")),
                1,
                "{text}"
            );
        }
    }

    #[test]
    fn code_that_is_no_test_may_sleep_and_so_may_a_clock_of_ours() {
        assert_eq!(found("crates/x/src/a.rs", "fn a() { std::thread::sleep(SECOND) }"), 0);
        assert_eq!(found("tests/tests/a.rs", "fn a() { kit.clock().sleep(SECOND) }"), 0);
    }

    #[test]
    fn leave_to_sleep_or_to_stop_time_that_is_not_used_is_found() {
        assert_eq!(found(MAY_SLEEP[0].0, "fn a() { std::thread::sleep(SECOND) }"), 0);
        assert_eq!(found(MAY_SLEEP[0].0, "fn a() {}"), 1);
        assert_eq!(found(MAY_PAUSE[0].0, "fn a() { tokio::time::pause() }"), 0);
        assert_eq!(found(MAY_PAUSE[0].0, "fn a() {}"), 1);
    }

    #[test]
    fn a_test_that_is_left_out_is_found() {
        assert_eq!(
            found("crates/x/src/a.rs", "#[cfg(test)] mod tests { #[test] #[ignore = \"slow\"] fn a() {} }"),
            1
        );
    }

    #[test]
    fn time_that_is_paused_is_found() {
        assert_eq!(found("tests/tests/a.rs", "#[tokio::test(start_paused = true)] async fn a() {}"), 1);
        assert_eq!(found("tests/tests/a.rs", "fn a() { tokio::time::pause() }"), 1);
    }

    #[test]
    fn an_example_that_is_not_compiled_is_found() {
        assert_eq!(found("crates/x/src/a.rs", "/// ```ignore\n/// a\n/// ```\nfn a() {}"), 1);
        assert_eq!(found("README.md", "```rust,ignore\na\n```\n"), 1);
        assert_eq!(found("README.md", "```rust,no_run\na\n```\n"), 0);
        assert_eq!(found("docs/a.md", "```ignore\na\n```\n"), 0);
    }
}
