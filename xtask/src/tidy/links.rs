//! Links: what the docs point at is there.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{Finding, Tree};

/// Where a path begins that is meant from the root.
const FOLDERS: [&str; 6] = [".cargo/", ".ci/", "crates/", "docs/", "tests/", "xtask/"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("md") {
        for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
            let said = match event {
                Event::Start(Tag::Link { link_type, dest_url, .. }) if link_type != LinkType::Email => {
                    dead_link(tree, path, &dest_url)
                }
                Event::Start(Tag::Image { dest_url, .. }) => dead_link(tree, path, &dest_url),
                Event::Code(code) => missing_path(tree, &code),
                _ => None,
            };
            let line = text[..range.start].matches('\n').count() + 1;
            findings.extend(said.map(|message| Finding::new(path, line, message)));
        }
    }
    for (path, text) in tree.with_extension("rs") {
        for (line, number) in text.lines().zip(1..).filter(|(line, _)| line.trim_start().starts_with("//")) {
            let pages = line
                .split(|c: char| !is_of_a_path(c))
                .filter(|word| word.starts_with("docs/") && word.ends_with(".md"));
            findings
                .extend(pages.filter_map(|page| Some(Finding::new(path, number, missing_path(tree, page)?))));
        }
    }
    findings
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES
}

/// What is wrong with a link from the page at `path`.
fn dead_link(tree: &Tree, path: &str, link: &str) -> Option<String> {
    if link.contains(':') || link.starts_with("//") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let page = if file.is_empty() { Some(path.to_owned()) } else { resolved(path, file) };
    let Some(page) = page.filter(|page| tree.has(page)) else {
        return Some(format!("`{link}` leads nowhere"));
    };
    let leads_to_a_heading =
        anchor.is_empty() || tree.text(&page).is_none_or(|text| anchors(text).contains(&anchor.to_owned()));
    (!leads_to_a_heading).then(|| format!("`{page}` has no heading `#{anchor}`"))
}

/// `file` as seen from the page at `path`, from the root; `None` where that is above it.
fn resolved(path: &str, file: &str) -> Option<String> {
    let mut folders: Vec<_> = path.split('/').collect();
    folders.pop();
    for part in file.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(folders.pop()?),
            name => folders.push(name),
        }
    }
    Some(folders.join("/"))
}

/// What is wrong with a path in code style: one that begins like a path of ours and is not there.
fn missing_path(tree: &Tree, code: &str) -> Option<String> {
    let is_ours = FOLDERS.iter().any(|folder| code.starts_with(folder) && code.len() > folder.len());
    (is_ours && code.chars().all(is_of_a_path) && !tree.has(code)).then(|| format!("there is no `{code}`"))
}

fn is_of_a_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_')
}

/// The anchors of a page's headings, as the usual sites make them.
fn anchors(text: &str) -> Vec<String> {
    let (mut anchors, mut heading) = (Vec::new(), None);
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|heading| anchor(&heading))),
            Event::Text(words) | Event::Code(words) => append(heading.as_mut(), &words),
            _ => {}
        }
    }
    anchors
}

fn append(heading: Option<&mut String>, words: &CowStr<'_>) {
    if let Some(heading) = heading {
        heading.push_str(words);
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", "# How it's `built`\n"),
            ("README.md", "# X\n"),
            ("crates/x/src/lib.rs", ""),
        ]);
        check(&tree).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn a_link_that_leads_somewhere_passes() {
        for link in [
            "b.md",
            "./b.md#how-its-built",
            "../README.md",
            "../crates/x/",
            "#here",
            "https://example.org/x",
            "mailto:a@example.org",
        ] {
            assert!(found(&format!("# Here\n\n[x]({link})\n")).is_empty(), "{link}");
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        for link in ["c.md", "../b.md", "../../README.md", "b.md#how-it-works", "#there"] {
            let found = found(&format!("# Here\n\n[x]({link})\n"));
            assert!(found.len() == 1 && found[0].starts_with("docs/a.md:3: "), "{link}: {found:?}");
        }
        assert_eq!(found("[x]\n\n[x]: c.md\n").len(), 1, "by reference");
    }

    #[test]
    fn a_file_that_is_mentioned_must_be_there() {
        assert!(found("`crates/x/src/lib.rs`, `crates/`, `crates/*/src`, `docs/b.md`\n").is_empty());
        assert_eq!(found("See `crates/x/src/main.rs`.\n").len(), 1);
        assert!(found("```\ncrates/x/src/main.rs\n```\n").is_empty(), "an example may show any");
    }

    #[test]
    fn a_page_that_a_comment_mentions_must_be_there() {
        let code = |comment| Tree::of(&[("docs/b.md", ""), ("xtask/src/a.rs", comment)]);
        assert_eq!(check(&code("//! `docs/b.md` says why.\n")).len(), 0);
        assert_eq!(check(&code("    // docs/c.md, at its end, says why.\n")).len(), 1);
    }
}
