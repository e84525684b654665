//! Text of others, made fit for a terminal.

use std::fmt::{self, Write as _};

/// Prints a server's text without what a terminal would obey: control characters, and marks that turn its direction.
///
/// A station's name is data. It may not move the cursor, colour what follows, or break a row of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, is_obeyed, f)
    }
}

/// The same of a text of several lines: those stay, and tabs in them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, |c| is_obeyed(c) && !matches!(c, '\n' | '\t'), f)
    }
}

fn write(text: &str, is_hidden: impl Fn(char) -> bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    text.chars().try_for_each(|c| f.write_char(if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }))
}

fn is_obeyed(c: char) -> bool {
    // The second group: Unicode's bidirectional controls (UAX #9, section 2).
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(Plain("a\x1b[31mb\r\nc\u{202e}d").to_string(), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d");
        assert_eq!(Plain("Straße 東京 µg/m³").to_string(), "Straße 東京 µg/m³");
        assert_eq!(Lines("{\n\t\"a\u{9b}31m\r\"\n}").to_string(), "{\n\t\"a\u{fffd}31m\u{fffd}\"\n}");
    }
}
