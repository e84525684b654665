//! Arrows between the core's modules: each module uses only what lies on a lower layer.

use std::collections::BTreeMap;

use super::rust::Source;
use super::{Finding, Tree};

const CORE: &str = "crates/persium-core/src/";

/// The core's modules from the bottom up. `docs/architecture.md` says what each is for.
const LAYERS: [&[&str]; 8] = [
    &["line", "secret", "time", "waiters"],
    &["claims", "wire"],
    &["error"],
    &["config", "model", "operation", "retry", "telemetry"],
    &["plan", "proxy", "token"],
    &["api", "session"],
    &["caller"],
    &["diagnosis"],
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let sources: Vec<_> =
        Source::all(tree).into_iter().filter(|source| source.path.starts_with(CORE)).collect();
    let exports = exports(&sources);
    let mut findings = Vec::new();
    for source in &sources {
        let module = top_module(source.path);
        let Some(layer) = layer(module) else {
            if module != "lib" {
                findings.push(Finding::new(
                    source.path,
                    1,
                    format!("`{module}` is on no layer: give it one"),
                ));
            }
            continue;
        };
        for (name, line) in names_from_the_root(source) {
            let used = exports.get(name).copied().unwrap_or(name);
            let message = match self::layer(used) {
                _ if used == module => continue,
                Some(below) if below < layer => continue,
                Some(other) => format!(
                    "`{module}` (layer {layer}) uses `{used}` (layer {other}): arrows point down; \
                     move what both need below them, or take it as an argument"
                ),
                None => format!("`{module}` uses `{used}`, which is on no layer"),
            };
            findings.push(Finding::new(source.path, line, message));
        }
    }
    findings
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// `token` for `token.rs` as for `token/grant.rs`.
fn top_module(path: &str) -> &str {
    let below = path[CORE.len()..].trim_end_matches(".rs");
    below.split('/').next().unwrap_or(below)
}

/// Every name that the source takes from the crate's root, by `crate::` or by enough `super::`, and its line.
fn names_from_the_root<'s>(source: &'s Source<'_>) -> Vec<(&'s str, usize)> {
    let depth = source.path[CORE.len()..].matches('/').count() + 1;
    let to_the_root = ["super", ":", ":"].repeat(depth);
    let mut names = Vec::new();
    for at in (0..source.tokens.len()).filter(|at| !source.tokens[*at].test) {
        let length = if source.reads(at, &["crate", ":", ":"]) {
            3
        } else if source.reads(at, &to_the_root) {
            to_the_root.len()
        } else {
            continue;
        };
        names.extend(source.heads(at + length).into_iter().map(|head| (head.text.as_str(), head.lines.0)));
    }
    names
}

/// Which module a name comes from that `lib.rs` exports again.
fn exports<'s>(sources: &'s [Source<'_>]) -> BTreeMap<&'s str, &'s str> {
    let mut exports = BTreeMap::new();
    for source in sources.iter().filter(|source| top_module(source.path) == "lib") {
        for at in 0..source.tokens.len() {
            if source.reads(at, &["pub", "use"]) && source.reads(at + 3, &[":", ":"]) {
                let module = source.tokens[at + 2].text.as_str();
                exports.extend(source.heads(at + 5).into_iter().map(|head| (head.text.as_str(), module)));
            }
        }
    }
    exports
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let path = format!("{CORE}{path}");
        let lib = format!("{CORE}lib.rs");
        let tree = Tree::of(&[(&lib, "mod token; pub use token::{Bearer, Version};"), (&path, text)]);
        check(&tree).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn an_arrow_down_is_fine() {
        assert!(findings("token.rs", "use crate::{error::Error, time::Now};\nmod grant;").is_empty());
        assert!(
            findings("token/grant.rs", "use super::Token;\nuse super::super::wire::Response;").is_empty()
        );
        assert!(findings("session.rs", "fn a() -> crate::Bearer { todo!() }").is_empty());
    }

    #[test]
    fn an_arrow_up_is_found_however_it_is_drawn() {
        for (path, text) in [
            ("wire.rs", "use std::fmt;\nuse crate::token::Bearer;"),
            ("wire.rs", "use std::fmt;\nuse crate::{time::Now, token::Bearer};"),
            ("wire.rs", "fn a() {\n crate::token::a() }"),
            ("wire.rs", "\nuse super::token::Bearer;"),
            ("wire.rs", "\nuse crate::Bearer;"),
            ("error/kind.rs", "\nuse super::super::token::Bearer;"),
            ("error/kind.rs", "\npub(in crate::token) struct A;"),
        ] {
            let found = findings(path, text);
            assert!(
                found.len() == 1 && found[0].contains(":2: ") && found[0].contains("`token`"),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn an_arrow_to_the_same_layer_is_found() {
        assert_eq!(findings("session.rs", "use crate::api::Me;").len(), 1);
    }

    #[test]
    fn tests_and_documentation_may_look_up() {
        assert!(
            findings("wire.rs", "/// See [`crate::token`].\n#[cfg(test)] mod tests { use crate::token; }")
                .is_empty()
        );
    }

    #[test]
    fn a_module_without_a_layer_is_found() {
        assert_eq!(findings("helpers.rs", "").len(), 1);
        assert_eq!(findings("wire.rs", "use crate::helpers;").len(), 1);
    }
}
