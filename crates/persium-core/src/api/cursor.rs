//! A place in a JSON text.
//!
//! Rows are decoded in one pass over the text, borrowing from it, and each knows the piece it was cut from.
//! `RawValue` would scan every row twice for that.

use std::ops::Range;

use serde::de::{Deserialize, DeserializeSeed, IgnoredAny};
use serde_json::Deserializer;

/// A place in a JSON text, between values.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// What follows is not what was to follow.
#[derive(Debug)]
pub(super) struct Broken;

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What stands there, white space aside.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blanks;
        rest.get(blanks).copied()
    }

    /// Steps over a byte, where it stands there.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let stands = self.peek() == Some(byte);
        self.at += usize::from(stands);
        stands
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.eat(byte) { Ok(()) } else { Err(Broken) }
    }

    pub(super) fn expect_end(&mut self) -> Result<(), Broken> {
        if self.peek().is_none() { Ok(()) } else { Err(Broken) }
    }

    /// Steps over a value, and says where it stood.
    pub(super) fn value<S: DeserializeSeed<'a>>(
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

    pub(super) fn read<T: Deserialize<'a>>(&mut self) -> Result<T, Broken> {
        self.value(std::marker::PhantomData).map(|(value, _)| value)
    }

    /// The same place, to look ahead from.
    pub(super) fn fork(&self) -> Self {
        Self { ..*self }
    }

    /// The elements of the list that begins here.
    pub(super) fn list(
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
    pub(super) fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, String) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(b'{')?;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            let name = self.read()?;
            self.expect(b':')?;
            field(self, name)?;
            if !self.eat(b',') {
                return self.expect(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

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
                cursor.object(|cursor, name| walk(cursor).map(|value| drop(object.insert(name, value))))?;
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
}
