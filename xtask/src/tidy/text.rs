//! The text of a file: clean at its ends, and nothing in it that belongs to one machine.

use super::{Finding, Tree};
use crate::fuzz;

// Put together here, or this file would be the first to break its rules.
const MACHINE: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/tm", "p/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
const REGISTRIES: [&str; 7] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi.", "org/simple"),
    concat!("files.", "pythonhosted.org"),
    concat!("repo1.", "maven.org"),
    concat!("repo.", "maven.apache.org"),
    concat!("registry.", "npmjs.org"),
];
const REMINDERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| !fuzz::is_input(path)) {
        if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
            findings.push(Finding::new(path, text.lines().count(), "a file ends with one line break"));
        }
        for (line, number) in text.split('\n').zip(1..) {
            let said = said_of(path, line);
            findings.extend(said.into_iter().map(|message| Finding::new(path, number, message)));
        }
    }
    findings
}

fn said_of(path: &str, line: &str) -> Vec<String> {
    let mut said = Vec::new();
    if line.ends_with(char::is_whitespace) {
        said.push("white space at the end of the line".to_owned());
    }
    if let Some(found) = MACHINE.iter().find(|found| begins_a_path(line, found)) {
        said.push(format!("`{found}` is a path of one machine"));
    }
    if let Some(host) = REGISTRIES.iter().find(|host| line.contains(*host)) {
        said.push(format!("`{host}` is a registry's host: name the registry's client instead"));
    }
    let is_prose = path.ends_with(".md");
    if let Some(word) = REMINDERS.iter().find(|word| !is_prose && stands_bare(line, word)) {
        said.push(format!("a bare {word}: do it, or say in brackets which issue will, `{word}(#12)`"));
    }
    said
}

/// Whether `path` stands there as the beginning of a path, not within a longer one or a URL.
fn begins_a_path(line: &str, path: &str) -> bool {
    let within = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | ')' | '~');
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(within))
}

/// Whether `word` stands there as a word, without an opening bracket after it.
fn stands_bare(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !before.ends_with(char::is_alphanumeric)
            && !after.starts_with(|c: char| c.is_alphanumeric() || c == '(')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn clean_text_passes() {
        assert!(found("a.rs", "// Sent to https://example.org/work/x, kept in ~/work/x.\n").is_empty());
        assert!(found("a.rs", "").is_empty());
    }

    #[test]
    fn white_space_at_an_end_is_found() {
        assert_eq!(found("a.md", "a \nb\n"), ["a.md:1: white space at the end of the line"]);
        assert_eq!(found("a.md", "a\r\n").len(), 1);
        assert_eq!(found("a.md", "a\n\n"), ["a.md:2: a file ends with one line break"]);
        assert_eq!(found("a.md", "a").len(), 1);
    }

    #[test]
    fn what_belongs_to_one_machine_is_found() {
        for path in MACHINE {
            assert_eq!(found("a.toml", &format!("out = \"{path}x\"\n")).len(), 1, "{path}");
        }
        for host in REGISTRIES {
            assert_eq!(found("a.toml", &format!("url = \"https://{host}/x\"\n")).len(), 1, "{host}");
        }
    }

    #[test]
    fn a_bare_reminder_is_found() {
        for word in REMINDERS {
            assert_eq!(found("a.rs", &format!("// {word}: later\n")).len(), 1);
            assert!(found("a.rs", &format!("// {word}(#12): later\n")).is_empty());
        }
        let mktemp = format!("mktemp log.{}{}\n", REMINDERS[2], REMINDERS[2]);
        assert!(found("a.sh", &mktemp).is_empty());
    }
}
