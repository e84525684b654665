//! `application/x-www-form-urlencoded`, read strictly: a broken escape is an error here, as it is in Java.

/// A percent sign that two hexadecimal digits do not follow.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct BrokenEscape;

/// The pairs of a form body or a query string, in order, doubles included.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(text: &[u8]) -> Result<Self, BrokenEscape> {
        let mut pairs: Vec<_> = text.split(|byte| *byte == b'&').collect();
        // An empty pair counts, but at the end.
        pairs.pop_if(|pair| pair.is_empty());
        pairs
            .into_iter()
            .map(|pair| {
                let mut halves = pair.splitn(2, |byte| *byte == b'=');
                let (key, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
                Ok((decode(key)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first value of `key`.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.values(key).next()
    }

    /// Every value of `key`.
    pub(crate) fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Whether any key stands there twice.
    pub(crate) fn has_doubles(&self) -> bool {
        let mut keys: Vec<_> = self.0.iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.windows(2).any(|pair| pair[0] == pair[1])
    }
}

/// Undoes `+` and `%XX`. Bytes that are no UTF-8 become U+FFFD, as Java's `URLDecoder` has it.
pub(crate) fn decode(text: &[u8]) -> Result<String, BrokenEscape> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next())? << 4 | digit(rest.next())?,
            other => *other,
        });
    }
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned()))
}

fn digit(byte: Option<&u8>) -> Result<u8, BrokenEscape> {
    byte.and_then(|byte| char::from(*byte).to_digit(16)).map(|digit| digit as u8).ok_or(BrokenEscape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_and_percent_are_undone_once() {
        let form = Form::parse("secret=p%40ss+w%2Ford%2Bplus%2525&n=%C3%9C".as_bytes()).unwrap();
        assert_eq!(form.value("secret"), Some("p@ss w/ord+plus%25"));
        assert_eq!(form.value("n"), Some("Ü"));
    }

    #[test]
    fn a_broken_escape_is_an_error_wherever_it_stands() {
        for text in ["a=%", "a=%z0", "a=%0", "%zz=1"] {
            assert_eq!(Form::parse(text.as_bytes()), Err(BrokenEscape), "{text}");
        }
    }

    #[test]
    fn an_empty_pair_counts_but_at_the_end() {
        for (text, has_doubles) in [("a&", false), ("a&&", false), ("a&&&", true), ("&&a", true)] {
            assert_eq!(Form::parse(text.as_bytes()).unwrap().has_doubles(), has_doubles, "{text}");
        }
    }

    #[test]
    fn doubles_are_seen_by_key_alone() {
        assert!(Form::parse(b"a=1&b=2&a=3").unwrap().has_doubles());
        assert!(!Form::parse(b"a=1&b=1").unwrap().has_doubles());
    }

    #[test]
    fn a_key_without_a_value_is_there_and_empty() {
        let form = Form::parse(b"scope&&x=").unwrap();
        assert_eq!((form.value("scope"), form.value("x"), form.value("y")), (Some(""), Some(""), None));
    }
}
