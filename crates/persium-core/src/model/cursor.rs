//! A place in a JSON text.
//!
//! Rows are decoded in one pass over the text, borrowing from it, and each knows the piece it was cut from.
//! `RawValue` would scan every row twice for that.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::{Deserialize, DeserializeSeed, IgnoredAny};
use serde_json::Deserializer;

/// A place in a JSON text, between values.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// What follows is not what was to follow.
#[derive(Debug)]
pub(crate) struct Broken;

/// The powers of ten that the digits after a point stand for.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// How far into the text it is.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What stands there, white space aside.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blanks;
        rest.get(blanks).copied()
    }

    /// Steps over a byte, where it stands there.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let stands = self.peek() == Some(byte);
        self.at += usize::from(stands);
        stands
    }

    /// Steps over a piece of JSON that begins a value, where it stands there in just these characters.
    pub(crate) fn eat_literally(&mut self, piece: &str) -> bool {
        self.peek();
        let stands = self.text.as_bytes()[self.at..].starts_with(piece.as_bytes());
        self.at += if stands { piece.len() } else { 0 };
        stands
    }

    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.eat(byte) { Ok(()) } else { Err(Broken) }
    }

    pub(crate) fn expect_end(&mut self) -> Result<(), Broken> {
        if self.peek().is_none() { Ok(()) } else { Err(Broken) }
    }

    /// Steps over a value, and says where it stood.
    pub(crate) fn value<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<(S::Value, Range<usize>), Broken> {
        self.peek();
        let start = self.at;
        let mut json = Deserializer::from_str(&self.text[start..]);
        let value = seed.deserialize(&mut json).map_err(|_| Broken)?;
        self.at += json.into_iter::<IgnoredAny>().byte_offset();
        Ok((value, start..self.at))
    }

    pub(crate) fn read<T: Deserialize<'a>>(&mut self) -> Result<T, Broken> {
        self.value(std::marker::PhantomData).map(|(value, _)| value)
    }

    /// Steps over a text. One that is written as it is meant, without escapes, is borrowed.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, Broken> {
        if self.peek() == Some(b'"') {
            let text = &self.text[self.at + 1..];
            let ends = |byte: u8| byte == b'"' || byte == b'\\' || byte < b' ';
            if let Some(length) = text.bytes().position(ends)
                && text.as_bytes()[length] == b'"'
            {
                self.at += length + 2;
                return Ok(Cow::Borrowed(&text[..length]));
            }
        }
        self.read().map(Cow::Owned)
    }

    /// Steps over a number as sensors write them: up to 15 digits, no exponent. `None`: nothing that simple stands there.
    ///
    /// Such digits, and the power of ten that they are divided by, are exact in an `f64`, so that the division rounds as
    /// the number as a whole has to be rounded.
    pub(crate) fn simple_number(&mut self) -> Option<f64> {
        self.peek();
        let rest = &self.text.as_bytes()[self.at..];
        let is_negative = rest.first() == Some(&b'-');
        let digits = &rest[usize::from(is_negative)..];
        let mut mantissa = 0_u64;
        let mut count = |digits: &[u8], most: usize| {
            let digits =
                digits.iter().map_while(|byte| byte.is_ascii_digit().then(|| u64::from(byte - b'0')));
            digits.take(most).map(|digit| mantissa = mantissa * 10 + digit).count()
        };
        let whole = count(digits, POWERS.len());
        let has_point = digits.get(whole) == Some(&b'.');
        let fraction = if has_point { count(&digits[whole + 1..], POWERS.len() - whole) } else { 0 };
        let length = whole + usize::from(has_point) + fraction;
        let is_number = 0 < whole && (whole == 1 || digits[0] != b'0') && has_point == (0 < fraction);
        let is_simple = whole + fraction < POWERS.len() && !matches!(digits.get(length), Some(b'e' | b'E'));
        if !is_number || !is_simple {
            return None;
        }
        self.at += usize::from(is_negative) + length;
        let number = mantissa as f64 / POWERS[fraction];
        Some(if is_negative { -number } else { number })
    }

    /// The same place, to look ahead from.
    pub(crate) fn fork(&self) -> Self {
        Self { ..*self }
    }

    /// The elements of the list that begins here.
    pub(crate) fn list(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(b'[')?;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            element(self)?;
            if !self.eat(b',') {
                return self.expect(b']');
            }
        }
    }

    /// The fields of the object that begins here. `field` is given each name, and steps over the value.
    pub(crate) fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.fields(|cursor| {
            let name = cursor.text()?;
            cursor.expect(b':')?;
            field(cursor, name)
        })
    }

    /// The same. `field` steps over the name and the colon as well.
    pub(crate) fn fields(
        &mut self,
        mut field: impl FnMut(&mut Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(b'{')?;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            field(self)?;
            if !self.eat(b',') {
                return self.expect(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// What serde reads at the beginning of `text`, and how far.
    fn by_serde<'a, T: Deserialize<'a>>(text: &'a str) -> Option<(T, usize)> {
        let mut values = Deserializer::from_str(text).into_iter();
        let value = values.next()?.ok()?;
        Some((value, values.byte_offset()))
    }

    /// All of a text, by hand, as deep as lists and objects go.
    fn walk(cursor: &mut Cursor<'_>) -> Result<Value, Broken> {
        match cursor.peek() {
            Some(b'[') => {
                let mut list = Vec::new();
                cursor.list(|cursor| walk(cursor).map(|value| list.push(value)))?;
                Ok(Value::from(list))
            }
            Some(b'{') => {
                let mut object = serde_json::Map::new();
                cursor.object(|cursor, name| {
                    walk(cursor).map(|value| drop(object.insert(name.into_owned(), value)))
                })?;
                Ok(Value::from(object))
            }
            _ => cursor.read(),
        }
    }

    #[test]
    fn it_reads_what_serde_reads_and_refuses_what_it_refuses() {
        for text in [
            r#" { "a" : [ 1 , -2.5e3, "x\"]}", {} ,[] ], "é\n":null,"b":true } "#,
            "[]",
            "{}",
            "12",
            "[1,]",
            "[,1]",
            "[1 2]",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{a:1}"#,
            r#"{"a":1]"#,
            "[01]",
            "[1",
            "",
            "[1]x",
        ] {
            let mut cursor = Cursor::new(text);
            let read = walk(&mut cursor).and_then(|value| cursor.expect_end().map(|()| value));
            assert_eq!(read.ok(), serde_json::from_str(text).ok(), "{text}");
        }
    }

    #[test]
    fn a_value_knows_the_piece_it_was_cut_from() {
        let text = r#"[ {"a":1} , 23,"é" ]"#;
        let mut pieces = Vec::new();
        let each = |cursor: &mut Cursor<'_>| {
            let (IgnoredAny, piece) = cursor.value(std::marker::PhantomData)?;
            pieces.push(&text[piece]);
            Ok(())
        };
        Cursor::new(text).list(each).unwrap();
        assert_eq!(pieces, [r#"{"a":1}"#, "23", r#""é""#]);
    }

    #[test]
    fn what_sensors_write_is_a_simple_number() {
        for (text, number) in
            [("12.5,", 12.5), ("0", 0.0), ("-3 ", -3.0), ("999999999999.125}", 999_999_999_999.125)]
        {
            assert_eq!(Cursor::new(text).simple_number(), Some(number), "{text}");
        }
        for text in ["", "-", ".5", "1.", "01", "1e5", "1.5E2", "1234567890123456", "null", "\"1\""] {
            let mut cursor = Cursor::new(text);
            assert_eq!((cursor.simple_number(), cursor.at()), (None, 0), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_simple_number_is_what_serde_reads(
            text in "-?[0-9]{0,17}(\\.[0-9]{0,17})?([eE][+-]?[0-9]{1,2})?[,\\] }]?"
        ) {
            let mut cursor = Cursor::new(&text);
            if let Some(number) = cursor.simple_number() {
                // Numbers are only ever followed by what ends them: serde's own stream asks for that, a value within
                // a list does not.
                let read = by_serde::<f64>(&text).map(|(number, end)| (number.to_bits(), end));
                prop_assert_eq!(Some((number.to_bits(), cursor.at())), read);
            }
        }

        #[test]
        fn a_text_is_what_serde_reads(text in "\"?[a-zé\\\\\"n\u{1}\u{7f}\u{2028} ]{0,8}\"?") {
            let mut cursor = Cursor::new(&text);
            let read = cursor.text().ok().map(|read| (read.into_owned(), cursor.at()));
            prop_assert_eq!(read, by_serde::<String>(&text));
        }
    }
}
