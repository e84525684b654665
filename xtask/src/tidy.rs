//! The house rules that no compiler sees. `docs/style.md` gives the reasons.

mod arrows;
mod habits;
mod links;
mod manifests;
mod rust;
mod size;
mod testkit;
mod text;
mod tree;

use std::fmt;

use anyhow::{Result, bail};

pub(crate) use tree::Tree;

use crate::workspace::Workspace;

/// A rule looks at the whole tree and tells what offends it.
pub(crate) struct Rule {
    about: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

/// What is checked.
pub(crate) const RULES: [Rule; 7] = [
    Rule { about: "arrows between the core's modules point down", check: arrows::check },
    Rule { about: "the testkit takes the core's clock and nothing else", check: testkit::check },
    Rule { about: "no file of Rust is too long to read", check: size::check },
    Rule { about: "tests neither sleep nor are left out", check: habits::check },
    Rule { about: "the text of a file is clean", check: text::check },
    Rule {
        about: "manifests tell what a crate is, and the workspace which versions",
        check: manifests::check,
    },
    Rule { about: "what the docs point at is there", check: links::check },
];

/// A line that breaks a rule.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

/// An error that lists every line that breaks a rule, by rule.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(workspace.root())?;
    let mut broken = String::new();
    for rule in &RULES {
        let findings = (rule.check)(&tree);
        if !findings.is_empty() {
            broken += &format!("\nnot so: {}\n", rule.about);
            broken.extend(findings.iter().map(|finding| format!("  {finding}\n")));
        }
    }
    if !broken.is_empty() {
        bail!("the house rules do not hold\n{broken}");
    }
    Ok(())
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_rules_hold() {
        check(&Workspace::current())
            .map_err(|broken| broken.to_string())
            .unwrap_or_else(|broken| panic!("{broken}"));
    }
}
