//! A mutant: one way to break the code, and who must notice.

use anyhow::{Context, Result, bail};

use crate::tidy::Tree;

/// Where mutants are written down. Each file tells how.
const FILES: [&str; 2] = ["crates/persium-core/src/token/mutants.txt", "tests/mutants.txt"];

#[derive(Debug)]
pub(crate) struct Mutant {
    /// Its place among all of them, from 1.
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) notices: Notices,
    changes: Vec<Change>,
}

/// What must fail.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Notices {
    /// The model, by that invariant.
    Invariant(u8),
    /// A test of a package: in its library, where the target is `lib`, or in that test target.
    Test { package: String, target: String, name: String },
}

/// Lines of a file that others take the place of.
#[derive(Debug, Default)]
struct Change {
    path: String,
    before: String,
    after: String,
}

/// Every mutant, in order. One that cannot be read is an error.
pub(crate) fn all(tree: &Tree) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for path in FILES {
        let text = tree.text(path).with_context(|| format!("{path} is not there"))?;
        for block in text.split("\n[").skip(1) {
            let mutant = Mutant::parse(mutants.len() + 1, block).with_context(|| path.to_owned())?;
            mutants.push(mutant);
        }
    }
    Ok(mutants)
}

impl Mutant {
    /// From what follows the `[` of its first line. Lines of neither kind between its changes are comments.
    fn parse(number: usize, block: &str) -> Result<Self> {
        let mut lines = block.lines();
        let name = lines.next().and_then(|line| line.strip_suffix(']')).context("a name ends with `]`")?;
        let notices = lines.next().and_then(Notices::parse);
        let notices = notices.with_context(|| format!("`{name}`: who is to notice it?"))?;
        let mut changes: Vec<Change> = Vec::new();
        for line in lines {
            let change = changes.last_mut();
            if let Some(line) = line.strip_prefix('-') {
                let change = change.filter(|change| change.after.is_empty());
                let change =
                    change.with_context(|| format!("`{name}`: a file comes first, then `-`, then `+`"))?;
                change.before += &format!("{line}\n");
            } else if let Some(line) = line.strip_prefix('+') {
                change.with_context(|| format!("`{name}`: a file comes first"))?.after +=
                    &format!("{line}\n");
            } else if line.ends_with(".rs") {
                changes.push(Change { path: line.to_owned(), ..Change::default() });
            } else if line.is_empty() {
                break;
            }
        }
        if changes.is_empty() || changes.iter().any(|change| change.before.is_empty()) {
            bail!("`{name}` changes nothing");
        }
        Ok(Self { number, name: name.to_owned(), notices, changes })
    }

    /// The files it changes, changed.
    pub(crate) fn apply(&self, tree: &Tree) -> Result<Vec<(String, String)>> {
        let mut files: Vec<(String, String)> = Vec::new();
        for Change { path, before, after } in &self.changes {
            let at = files.iter().position(|(changed, _)| changed == path);
            let text = match at {
                Some(at) => files.swap_remove(at).1,
                None => tree
                    .text(path)
                    .with_context(|| format!("`{}`: {path} is not there", self.name))?
                    .to_owned(),
            };
            match text.matches(before.as_str()).count() {
                1 => files.push((path.clone(), text.replacen(before, after, 1))),
                times => bail!("`{}`: in {path} there is {times} times, not once:\n{before}", self.name),
            }
        }
        Ok(files)
    }

    /// Whether its name, or that of the test that is to notice it, holds these words.
    pub(crate) fn mentions(&self, words: &str) -> bool {
        let test = match &self.notices {
            Notices::Invariant(_) => "",
            Notices::Test { name, .. } => name,
        };
        self.name.contains(words) || test.contains(words)
    }

    /// The first line it takes out, for the docs to show.
    #[cfg(test)]
    pub(crate) fn line(&self) -> &str {
        self.changes[0].before.lines().next().unwrap_or_default().trim()
    }

    #[cfg(test)]
    pub(crate) fn is_peers_bug(&self) -> bool {
        self.name.starts_with("peer ")
    }
}

impl Notices {
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["invariant", number] => number.parse().ok().map(Self::Invariant),
            ["test", package, target, name] => Some(Self::Test {
                package: package.to_owned(),
                target: target.to_owned(),
                name: name.to_owned(),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "A comment.\n
[it says twice]
invariant 3
a.rs
-    say();
+    say();
+    say();

[it says nothing]
test a lib it_says
a.rs
-    say();
+
a.rs
-fn b() {}
+

# A comment.
";

    fn mutants() -> Vec<Mutant> {
        all(&Tree::of(&[(FILES[0], TWO), (FILES[1], "")])).unwrap()
    }

    #[test]
    fn mutants_are_read_in_order_with_who_notices_them() {
        let [twice, nothing] = &mutants()[..] else { panic!("there are two") };
        assert_eq!((twice.number, twice.name.as_str()), (1, "it says twice"));
        assert_eq!(twice.notices, Notices::Invariant(3));
        assert!(matches!(&nothing.notices, Notices::Test { name, .. } if name == "it_says"));
        assert!(nothing.mentions("it_says") && nothing.mentions("nothing") && !twice.mentions("nothing"));
    }

    #[test]
    fn a_mutant_changes_what_stands_there_once() {
        let tree = Tree::of(&[("a.rs", "fn a() {\n    say();\n}\nfn b() {}\n")]);
        let [twice, nothing] = &mutants()[..] else { panic!("there are two") };
        let changed = |mutant: &Mutant| mutant.apply(&tree).unwrap().remove(0).1;
        assert_eq!(changed(twice), "fn a() {\n    say();\n    say();\n}\nfn b() {}\n");
        assert_eq!(changed(nothing), "fn a() {\n\n}\n\n");
    }

    #[test]
    fn a_mutant_that_no_longer_fits_is_an_error_that_shows_its_lines() {
        for text in ["fn a() {}\n", "    say();\n    say();\n"] {
            let error = mutants()[0].apply(&Tree::of(&[("a.rs", text)])).unwrap_err().to_string();
            assert!(error.contains("it says twice") && error.contains("say();"), "{error}");
        }
    }

    #[test]
    fn a_mutant_that_cannot_be_read_is_an_error_with_its_name() {
        for block in ["\n[a]\nnobody\na.rs\n-x\n+y\n", "\n[a]\ninvariant 1\n", "\n[a]\ninvariant 1\n-x\n+y\n"]
        {
            let error = all(&Tree::of(&[(FILES[0], block), (FILES[1], "")])).unwrap_err();
            assert!(format!("{error:#}").contains("`a`"), "{error:#}");
        }
    }
}
