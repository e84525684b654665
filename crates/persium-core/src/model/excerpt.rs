//! A piece of somebody else's text, fit to stand in an error.

use crate::secret::Redactor;

/// The most characters that are shown.
const LONGEST: usize = 120;

/// How `text` begins: one line, no control characters, nothing that looks like a token.
pub(crate) fn excerpt(text: &str) -> String {
    // More than is shown, so that a token is recognised that the cut would go through.
    let head = text.char_indices().nth(LONGEST * 40).map_or(text, |(end, _)| &text[..end]);
    let clean = Redactor::new([]).clean(head).into_owned();
    let mut line = String::new();
    for word in clean.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(LONGEST) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_on_one_line_cut_short_and_without_tokens() {
        assert_eq!(excerpt(" a\r\n\tb\u{7}c "), "a b c");
        assert_eq!(excerpt(&"ü".repeat(1000)).chars().count(), LONGEST + 1);
        let token = format!("{} eyJhbGciOiJub25lIn0.{}.x", "ü".repeat(LONGEST - 30), "e".repeat(1000));
        assert!(excerpt(&token).ends_with("[redacted]"), "{}", excerpt(&token));
    }
}
