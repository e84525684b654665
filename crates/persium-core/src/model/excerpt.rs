//! A piece of somebody else's text, fit to stand in an error.

use crate::line::one_line;
use crate::secret::Redactor;

/// The most characters that are shown.
const LONGEST: usize = 120;

/// How `text` begins: one line, no control characters, nothing that looks like a token.
pub(crate) fn excerpt(text: &str) -> String {
    // More than is shown, so that a token is recognised that the cut would go through.
    let head = text.char_indices().nth(LONGEST * 40).map_or(text, |(end, _)| &text[..end]);
    one_line(&Redactor::new([]).clean(head), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_on_one_line_cut_short_and_without_tokens() {
        assert_eq!(excerpt(" a\r\nb "), "a b");
        let token = format!("{} eyJhbGciOiJub25lIn0.{}.x", "ü".repeat(LONGEST - 30), "e".repeat(1000));
        assert!(excerpt(&token).ends_with("[redacted]"), "{}", excerpt(&token));
    }
}
