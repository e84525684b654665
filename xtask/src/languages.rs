//! The examples of docs/languages.md, run as they stand, each by its language's own tools.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::log::Log;
use crate::workspace::Workspace;

const PAGE: &str = "docs/languages.md";

/// A language of the page: the word behind its fences, the file it is saved as, and what runs that.
struct Language {
    fence: &'static str,
    file: &'static str,
    run: &'static [&'static str],
}

const LANGUAGES: [Language; 4] = [
    Language { fence: "python", file: "example.py", run: &["python3"] },
    Language { fence: "js", file: "example.mjs", run: &["node"] },
    Language { fence: "go", file: "main.go", run: &["go", "run"] },
    Language { fence: "java", file: "Main.java", run: &["java"] },
];

/// What came of the page.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    pub(crate) passed: usize,
    /// Languages that are not on this machine.
    pub(crate) missing: Vec<&'static str>,
}

/// Builds the command, and runs every example of the page with it.
///
/// # Errors
/// The first example that fails, with the end of what it said; a language of the page without an example.
pub(crate) fn run(workspace: &Workspace) -> Result<Examples> {
    let page =
        fs::read_to_string(workspace.root().join(PAGE)).with_context(|| format!("{PAGE} cannot be read"))?;
    let log = Log::create(workspace, "languages")?;
    let mut build = workspace.cargo();
    build.args(["build", "--quiet", "--locked", "--package", "persium-cli"]);
    log.expect(&build)?;
    let folder = workspace.scratch().join("languages");
    let mut examples = Examples::default();
    for language in LANGUAGES {
        let found = snippets(&page, language.fence);
        if found.is_empty() {
            bail!("{PAGE} has no example in {}", language.fence);
        }
        if !is_there(language.run[0]) {
            examples.missing.push(language.fence);
            continue;
        }
        for (number, snippet) in found.iter().enumerate() {
            let folder = folder.join(format!("{}-{}", language.fence, number + 1));
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(language.file), snippet)?;
            let mut command = Command::new(language.run[0]);
            command.args(&language.run[1..]).arg(language.file).current_dir(&folder);
            command.env("PATH", path_with(&workspace.scratch().join("../debug"))?);
            // Nothing is fetched, and nothing is left outside of the target folder.
            command.env("GO111MODULE", "off").env("GOCACHE", workspace.scratch().join("go-cache"));
            log.expect(&command).with_context(|| format!("the {} example of {PAGE}", language.fence))?;
            examples.passed += 1;
        }
    }
    Ok(examples)
}

/// The fenced blocks of a page whose info string is that word.
fn snippets(page: &str, fence: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in page.lines() {
        match &mut open {
            None if line == format!("```{fence}") => open = Some(String::new()),
            None => {}
            Some(_) if line == "```" => found.extend(open.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    found
}

/// Whether a program is on the search path.
fn is_there(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

/// The search path with a folder before it.
fn path_with(folder: &Path) -> Result<OsString> {
    let known = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::iter::once(folder.to_owned()).chain(env::split_paths(&known)).collect();
    env::join_paths(folders).context("a folder of PATH holds a colon")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_the_fenced_blocks_of_their_language() {
        let page = "```go\npackage a\n\n```\n```sh\nrm\n```\n```go\npackage b\n```\n";
        assert_eq!(snippets(page, "go"), ["package a\n\n", "package b\n"]);
        assert!(snippets(page, "java").is_empty());
    }

    #[test]
    fn the_page_has_an_example_in_every_language() {
        let page = fs::read_to_string(Workspace::current().root().join(PAGE)).unwrap();
        for language in LANGUAGES {
            assert!(!snippets(&page, language.fence).is_empty(), "{}", language.fence);
        }
    }
}
