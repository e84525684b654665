//! What a value may be made of, whoever typed, copied or templated it.
//!
//! An error names positions and kinds of characters, never the characters of the value: somebody may have pasted the
//! secret into the wrong variable.

use crate::error::{Error, Flaw};

/// What kind of value a text is meant to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Text {
    /// A URL: visible ASCII.
    Url,
    /// No white space within.
    Word,
    /// Words of the characters of RFC 6749 section 3.3, one space apart.
    Scope,
    /// Anything but control characters within.
    Secret,
}

/// Refuses what cannot be the value that was meant.
pub(super) fn check(variable: &'static str, value: &str, text: Text) -> Result<(), Error> {
    match problem(value, text) {
        None => Ok(()),
        Some((flaw, problem)) => Err(Error::flawed(variable, flaw, problem)),
    }
}

fn problem(value: &str, text: Text) -> Option<(Flaw, String)> {
    if value.is_empty() {
        return Some((Flaw::Missing, "is empty".to_owned()));
    }
    if value.chars().all(is_blank) {
        return Some((Flaw::WhiteSpace, "is nothing but white space".to_owned()));
    }
    let with = |flaw: Flaw| move |problem: String| (flaw, problem);
    at_the_ends(value)
        .map(with(Flaw::WhiteSpace))
        .or_else(|| placeholder(value, text).map(with(Flaw::Placeholder)))
        .or_else(|| quoted(value, text).map(with(Flaw::Quotes)))
        .or_else(|| of_a_header(value, text).map(with(Flaw::Scheme)))
        .or_else(|| within(value, text))
}

fn within(value: &str, text: Text) -> Option<(Flaw, String)> {
    let (at, c) = value.chars().enumerate().find(|(_, c)| !text.permits(*c))?;
    let flaw = match text {
        _ if is_blank(c) || c.is_control() => Flaw::WhiteSpace,
        Text::Url => Flaw::NoUrl,
        Text::Word | Text::Scope | Text::Secret => Flaw::Other,
    };
    Some((flaw, format!("has {} in it (character {}): {}", name(c), at + 1, text.remedy())))
}

/// `Bearer …`, `Basic …`: a header's value, pasted where a part of it belongs. A secret may be made of anything.
fn of_a_header(value: &str, text: Text) -> Option<String> {
    if text == Text::Secret {
        return None;
    }
    let (word, rest) = value.split_once(|c: char| is_blank(c) || c == ':')?;
    let known =
        ["Authorization", "Bearer", "Basic"].into_iter().find(|known| known.eq_ignore_ascii_case(word))?;
    let is_pasted = !rest.trim_start().is_empty();
    is_pasted.then(|| format!("begins with the word {known}, as a header's value does: remove it"))
}

impl Text {
    fn permits(self, c: char) -> bool {
        match self {
            // RFC 3986 appendix A, and the brackets and braces that `endpoint` has better words for.
            Self::Url => c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '^' | '`' | '|'),
            Self::Word => !is_blank(c) && !c.is_control(),
            Self::Scope => matches!(c, ' ' | '!' | '#'..='[' | ']'..='~'),
            Self::Secret => !c.is_control() && c != BYTE_ORDER_MARK,
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Url => "remove it, or write it percent-encoded",
            Self::Word | Self::Secret => "remove it",
            Self::Scope => "a scope is words of visible ASCII with a space between them",
        }
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// White space, and what looks like none at all.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == BYTE_ORDER_MARK || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

fn at_the_ends(value: &str) -> Option<String> {
    let is_stray = |c: &char| is_blank(*c) || c.is_control();
    if let Some(first) = value.chars().next().filter(is_stray) {
        return Some(format!("begins with {} (character 1): remove it", name(first)));
    }
    let last = value.chars().next_back().filter(is_stray)?;
    Some(format!("ends with {} (character {}): remove it", name(last), value.chars().count()))
}

/// A value that is wholly what documentation prints in its place. A secret may be made of anything, so what is
/// refused there is refused whole, and is nothing that a generator of secrets would make.
fn placeholder(value: &str, text: Text) -> Option<String> {
    let enclosed = |open, close| value.starts_with(open) && value.ends_with(close) && value.len() > 1;
    let what = if enclosed('<', '>') {
        "in angle brackets"
    } else if enclosed('{', '}') || value.starts_with("${") && value.ends_with('}') {
        "in braces"
    } else if enclosed('[', ']') {
        "in square brackets"
    } else if is_shell_variable(value, text) {
        "the name of a shell variable"
    } else if is_mask(value) {
        "a row of dots, stars or crosses"
    } else {
        return None;
    };
    Some(format!("is a placeholder ({what}): put the value itself there"))
}

/// `$CLIENT_ID`, unexpanded. Of a secret only what has an underscore as well: `$ECRET` may be one.
fn is_shell_variable(value: &str, text: Text) -> bool {
    let Some(name) = value.strip_prefix('$') else { return false };
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name && (text != Text::Secret || name.contains('_'))
}

/// One character over and over: what a console shows where it hides a value.
fn is_mask(value: &str) -> bool {
    let first = value.chars().next().unwrap_or_default().to_ascii_lowercase();
    let at_least = match first {
        '•' | '●' | '∙' | '·' | '…' => 1,
        '*' | '.' | 'x' => 3,
        _ => return false,
    };
    value.chars().all(|c| c.to_ascii_lowercase() == first) && value.chars().count() >= at_least
}

/// Quotes that a shell, a YAML file or a word processor left. One at an end is refused too, save in a secret.
fn quoted(value: &str, text: Text) -> Option<String> {
    const QUOTES: [char; 14] = ['"', '\'', '`', '“', '”', '„', '‟', '‘', '’', '‚', '«', '»', '‹', '›'];
    let length = value.chars().count();
    match (value.starts_with(QUOTES), value.ends_with(QUOTES)) {
        (true, true) if length > 1 => Some(format!("is in quotes (characters 1 and {length}): remove them")),
        (true, _) if text != Text::Secret => Some("begins with a quote (character 1): remove it".to_owned()),
        (_, true) if text != Text::Secret => {
            Some(format!("ends with a quote (character {length}): remove it"))
        }
        _ => None,
    }
}

/// What kind of character it is, in words that give nothing away.
fn name(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' => "a newline".to_owned(),
        '\r' => "a carriage return".to_owned(),
        '\u{a0}' => "a no-break space".to_owned(),
        BYTE_ORDER_MARK => "a byte order mark".to_owned(),
        c if c.is_control() => format!("a control character (U+{:04X})", u32::from(c)),
        c if is_blank(c) => format!("white space (U+{:04X})", u32::from(c)),
        c if c.is_ascii() => "a character that is not allowed".to_owned(),
        _ => "a character outside ASCII".to_owned(),
    }
}
