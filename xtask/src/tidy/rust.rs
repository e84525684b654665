//! Rust source as the rules see it: tokens with their lines, comments gone, tests told apart.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::Tree;

/// A file of Rust.
#[derive(Debug)]
pub(crate) struct Source<'t> {
    pub(crate) path: &'t str,
    pub(crate) text: &'t str,
    /// Groups opened up, without documentation.
    pub(crate) tokens: Vec<Token>,
}

/// A word, a sign, a bracket or a literal.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// First and last line, counted from 1.
    pub(crate) lines: (usize, usize),
    /// Whether only tests see it.
    pub(crate) test: bool,
}

impl<'t> Source<'t> {
    /// Every file of Rust in the tree.
    pub(crate) fn all(tree: &'t Tree) -> Vec<Self> {
        let mut sources: Vec<_> =
            tree.with_extension("rs").map(|(path, text)| Self::parse(path, text)).collect();
        let test_modules: BTreeSet<_> = sources.iter().flat_map(Self::test_modules).collect();
        for source in &mut sources {
            let stem = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
            let within_tests = stem.match_indices('/').map(|(end, _)| &stem[..end]).chain([stem]);
            let of_a_test_target = stem.starts_with("tests/") || stem.contains("/tests/");
            if of_a_test_target || within_tests.into_iter().any(|module| test_modules.contains(module)) {
                source.tokens.iter_mut().for_each(|token| token.test = true);
            }
        }
        sources
    }

    /// What does not parse has no tokens: the compiler has more to say about it.
    fn parse(path: &'t str, text: &'t str) -> Self {
        let mut tokens = Vec::new();
        flatten(text.parse().unwrap_or_default(), false, &mut tokens);
        Self { path, text, tokens }
    }

    /// Whether these tokens stand at `at`.
    pub(crate) fn reads(&self, at: usize, texts: &[&str]) -> bool {
        self.tokens
            .get(at..at + texts.len())
            .is_some_and(|found| found.iter().map(|token| &token.text).eq(texts))
    }

    /// The words that follow a `::` at `at`: one, or of a group the first of each branch.
    pub(crate) fn heads(&self, at: usize) -> Vec<&Token> {
        if !self.reads(at, &["{"]) {
            return self.tokens.get(at).into_iter().collect();
        }
        let (mut heads, mut depth) = (Vec::new(), 0);
        for (before, token) in self.tokens[at..].iter().zip(&self.tokens[at + 1..]) {
            match before.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            match depth {
                0 => break,
                1 if matches!(before.text.as_str(), "{" | ",") && token.text != "}" => heads.push(token),
                _ => {}
            }
        }
        heads
    }

    /// The modules it declares for tests alone, as paths without extension.
    fn test_modules(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let declared = self
            .tokens
            .windows(3)
            .filter(|three| three[0].test && three[0].text == "mod" && three[2].text == ";");
        declared.map(|three| format!("{folder}/{}", three[1].text)).collect()
    }
}

fn flatten(stream: TokenStream, test: bool, tokens: &mut Vec<Token>) {
    let trees: Vec<_> = stream.into_iter().collect();
    let mut item: Option<Item> = None;
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        at += 1;
        if let Some((attribute, length)) = attribute(&trees[at - 1..]) {
            if is_documentation(attribute) {
                at += length - 1;
                continue;
            }
            if item.is_none() && is_for_tests(attribute) {
                item = Some(Item::default());
            }
        }
        let test = test || item.is_some();
        if let TokenTree::Group(group) = tree {
            let (open, close) = brackets(group.delimiter());
            tokens.push(Token::new(open.to_owned(), group.span_open(), test));
            flatten(group.stream(), test, tokens);
            tokens.push(Token::new(close.to_owned(), group.span_close(), test));
        } else {
            tokens.push(Token::new(tree.to_string(), tree.span(), test));
        }
        if item.as_mut().is_some_and(|item| item.ends_with(tree)) {
            item = None;
        }
    }
}

impl Token {
    fn new(text: String, span: Span, test: bool) -> Self {
        Self { text, lines: (span.start().line, span.end().line), test }
    }
}

/// An item under way, from its attributes to its end.
#[derive(Debug, Default)]
struct Item {
    named: bool,
    to_semicolon: bool,
}

impl Item {
    /// A body ends an item, but not the braces in the value of a constant or in an import.
    fn ends_with(&mut self, tree: &TokenTree) -> bool {
        match tree {
            TokenTree::Ident(word) if word == "fn" => *self = Self { named: true, to_semicolon: false },
            TokenTree::Ident(word) if !self.named => {
                let word = word.to_string();
                self.named = !matches!(word.as_str(), "pub" | "unsafe" | "async");
                self.to_semicolon = matches!(word.as_str(), "const" | "let" | "static" | "type" | "use");
            }
            TokenTree::Punct(sign) => return sign.as_char() == ';',
            TokenTree::Group(group) => return group.delimiter() == Delimiter::Brace && !self.to_semicolon,
            _ => {}
        }
        false
    }
}

/// The attribute that `trees` begin with, and of how many it consists.
fn attribute(trees: &[TokenTree]) -> Option<(&Group, usize)> {
    let is = |tree: &TokenTree, sign| matches!(tree, TokenTree::Punct(found) if found.as_char() == sign);
    match trees {
        [hash, TokenTree::Group(group), ..] if is(hash, '#') => Some((group, 2)),
        [hash, bang, TokenTree::Group(group), ..] if is(hash, '#') && is(bang, '!') => Some((group, 3)),
        _ => None,
    }
}

fn is_documentation(attribute: &Group) -> bool {
    attribute.stream().into_iter().next().is_some_and(|word| word.to_string() == "doc")
}

fn is_for_tests(attribute: &Group) -> bool {
    let mut trees = attribute.stream().into_iter();
    let (Some(TokenTree::Ident(word)), Some(TokenTree::Group(condition))) = (trees.next(), trees.next())
    else {
        return false;
    };
    let condition = condition.to_string();
    let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
    word == "cfg" && words.clone().any(|word| word == "test") && !words.any(|word| word == "not")
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str, test: bool) -> String {
        let source = Source::parse("a.rs", source);
        let words: Vec<_> =
            source.tokens.iter().filter(|token| token.test == test).map(|token| &*token.text).collect();
        words.join(" ")
    }

    #[test]
    fn comments_and_documentation_are_gone() {
        assert_eq!(words("//! crate::a\n/// crate::b\nfn a() { /* crate::c */ }", false), "fn a ( ) { }");
    }

    #[test]
    fn an_item_for_tests_ends_where_the_next_begins() {
        for item in [
            "mod tests { fn a() {} }",
            "mod tests;",
            "use a::{b, c};",
            "pub(crate) fn a() -> u8 { 1 }",
            "#[derive(Debug)] struct A { a: u8 }",
            "const A: A = A { a: 1 };",
            "pub const fn a() {}",
            "impl A { fn a() {} }",
        ] {
            assert_eq!(words(&format!("#[cfg(test)] {item} real"), false), "real", "{item}");
        }
        assert_eq!(words("#[cfg(not(test))] mod real;", true), "");
    }

    #[test]
    fn the_heads_of_a_group_are_the_first_words_of_its_branches() {
        let source = Source::parse("a.rs", "{a::{b, c}, d as e, f::g}; h");
        let heads: Vec<_> = source.heads(0).into_iter().map(|token| &*token.text).collect();
        assert_eq!(heads, ["a", "d", "f"]);
    }

    #[test]
    fn a_module_declared_for_tests_is_for_tests_with_all_below_it() {
        let tree = Tree::of(&[
            ("x/src/lib.rs", "mod token; #[cfg(test)] mod world;"),
            ("x/src/token.rs", "#[cfg(test)] mod tests;"),
            ("x/src/token/tests.rs", "fn a() {}"),
            ("x/src/world/mod.rs", "mod island;"),
            ("x/src/world/island.rs", "fn a() {}"),
            ("x/tests/it.rs", "fn a() {}"),
            ("tests/src/lib.rs", "fn a() {}"),
        ]);
        let real =
            Source::all(&tree).into_iter().filter(|source| source.tokens.iter().any(|token| !token.test));
        assert_eq!(real.map(|source| source.path).collect::<Vec<_>>(), ["x/src/lib.rs"]);
    }
}
