//! Somebody else's text, made fit to stand in a line of ours.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// `text` on one line without control characters, cut after `longest` characters.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(longest) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}

/// A time as people and other programs read it: RFC 3339 in UTC, to the second.
pub(crate) fn utc(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC).truncate_to_second();
    // Only years beyond 9999 cannot be written so; they are shown as they come.
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_and_is_cut_between_characters() {
        assert_eq!(one_line(" a\r\n\tb\u{7}c ", 9), "a b c");
        assert_eq!(one_line("over it", 7), "over it");
        assert_eq!(one_line(&"ü".repeat(1000), 200), format!("{}…", "ü".repeat(200)));
    }
}
