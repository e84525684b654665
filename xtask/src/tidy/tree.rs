//! The files the rules look at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};

/// Every file of the workspace but what git and the builds keep for themselves.
///
/// Paths are relative to the root, with forward slashes.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    texts: BTreeMap<String, String>,
    /// What is no text.
    others: BTreeSet<String>,
    paths: BTreeSet<String>,
    newest: Option<(String, SystemTime)>,
}

impl Tree {
    /// Reads what is below `root`. It asks no git, so that the rules hold of an unpacked archive too.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "").with_context(|| format!("could not read {}", root.display()))?;
        Ok(tree)
    }

    /// A tree that is not on disk.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.insert((*path).to_owned(), Some((*text).to_owned()));
        }
        tree
    }

    /// Every text file, by path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The paths of the files that are no text.
    pub(crate) fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(String::as_str)
    }

    /// The text files with that extension.
    pub(crate) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(move |(path, _)| path.rsplit_once('.').is_some_and(|(_, end)| end == extension))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether there is a file or folder of that path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.contains(path.trim_end_matches('/'))
    }

    /// The file that changed last, and when.
    pub(crate) fn newest(&self) -> Option<(&str, SystemTime)> {
        self.newest.as_ref().map(|(path, when)| (path.as_str(), *when))
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            // Cargo tags the target folder, wherever it is, as every cache should be.
            if name == ".git" || kind.is_dir() && entry.path().join("CACHEDIR.TAG").exists() {
                continue;
            }
            if kind.is_dir() {
                self.read_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                let changed = entry.metadata()?.modified()?;
                if self.newest.as_ref().is_none_or(|(_, when)| *when < changed) {
                    self.newest = Some((path.clone(), changed));
                }
                self.insert(path, String::from_utf8(fs::read(entry.path())?).ok());
            }
        }
        Ok(())
    }

    fn insert(&mut self, path: String, text: Option<String>) {
        for (end, _) in path.match_indices('/') {
            self.paths.insert(path[..end].to_owned());
        }
        self.paths.insert(path.clone());
        match text {
            Some(text) => drop(self.texts.insert(path, text)),
            None => drop(self.others.insert(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn the_workspace_is_read_without_its_builds() {
        let tree = Tree::read(Workspace::current().root()).unwrap();
        assert!(tree.text("xtask/src/tidy/tree.rs").is_some());
        assert!(tree.has("xtask/src/") && tree.has("xtask"));
        assert!(!tree.has("target/debug") && !tree.has(".git"));
        assert!(tree.newest().is_some());
    }

    #[test]
    fn an_extension_is_what_follows_the_last_dot() {
        let tree = Tree::of(&[("a.rs", ""), ("b.rs.bak", ""), ("rs", "")]);
        assert_eq!(tree.with_extension("rs").map(|(path, _)| path).collect::<Vec<_>>(), ["a.rs"]);
    }
}
