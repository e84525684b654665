//! Somebody else's text, made fit to stand in a line of ours.

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
