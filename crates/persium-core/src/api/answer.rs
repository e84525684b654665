//! The bodies of answers: what is accepted as what, and the words for everything else.

use http::StatusCode;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::paging;
use super::refused::Refused;
use crate::error::Error;
use crate::model::{self, Broken, Cursor, Object, excerpt};
use crate::plan::Page;
use crate::wire::Response;

/// Where rows may stand in a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// `{"data": [row, …], …}`; `null` is an empty list to a server written in Go.
    Envelope,
    /// The same, or the list alone.
    EnvelopeOrList,
    /// A list or one row, in the envelope or alone; nothing, in any form it may take.
    Anything,
}

/// One object: bare, or alone under `data`.
pub(super) fn object<T: Object>(response: &Response) -> Result<T, Error> {
    let read = |map: Map<String, Value>| match map.get("data") {
        // What lacks its identity may be an envelope.
        Some(Value::Object(data)) => model::read(map.clone()).or_else(|| model::read(data.clone())),
        _ => model::read(map),
    };
    let map = text(response).and_then(|text| serde_json::from_str(text).ok());
    map.and_then(read).ok_or_else(|| unexpected(T::EXPECTED, response))
}

/// A list of objects. One that cannot be read is an error among the others.
pub(super) fn objects<T: Object>(form: Form, response: &Response) -> Result<Page<T>, Error> {
    let (mut items, mut refused) = (Vec::new(), Refused::default());
    let text = text(response).unwrap_or_default();
    let page = page(form, response, |cursor| {
        let (value, piece) = cursor.value(std::marker::PhantomData)?;
        let object = match value {
            Value::Object(map) => model::read(map),
            _ => None,
        };
        match object {
            Some(object) => items.push(Ok(object)),
            None => {
                let problem = format!("expected {}, got {}", T::EXPECTED, excerpt(&text[piece]));
                refused.tell(&mut items, Error::decode(problem));
            }
        }
        Ok(())
    })?;
    refused.finish(&mut items);
    Ok(Page { items, ..page })
}

/// Hands the rows of a list to `row`, which is to step over each. The page has no items yet.
pub(super) fn page<'a, T>(
    form: Form,
    response: &'a Response,
    mut row: impl FnMut(&mut Cursor<'a>) -> Result<(), Broken>,
) -> Result<Page<T>, Error> {
    let mut rows = 0;
    let counted = |cursor: &mut Cursor<'a>| {
        rows += 1;
        row(cursor)
    };
    let siblings = match text(response) {
        None if form == Form::Anything && response.status() == StatusCode::NO_CONTENT => Ok(Map::new()),
        None => Err(Broken),
        Some(text) => siblings_of_rows(form, text, counted),
    };
    let Ok(siblings) = siblings else {
        let expected = match form {
            Form::Envelope => r#"an object with rows under "data""#,
            Form::EnvelopeOrList => r#"a list of rows, alone or under "data""#,
            Form::Anything => r#"a row, or rows, or nothing, alone or under "data""#,
        };
        return Err(unexpected(expected, response));
    };
    let mut page = Page::new(Vec::new());
    page.rows = rows;
    page.bytes = response.body().len();
    page.total = paging::total(&siblings);
    page.next = paging::next(&siblings, response.headers());
    Ok(page)
}

/// Hands each row to `row`, and returns what stands beside `data`.
fn siblings_of_rows<'a>(
    form: Form,
    text: &'a str,
    mut row: impl FnMut(&mut Cursor<'a>) -> Result<(), Broken>,
) -> Result<Map<String, Value>, Broken> {
    let mut cursor = Cursor::new(text);
    let mut siblings = Map::new();
    match cursor.peek() {
        Some(b'[') if form != Form::Envelope => cursor.list(&mut row)?,
        Some(b'{') if form != Form::Anything || has_data(&cursor)? => {
            let mut is_envelope = false;
            cursor.object(|cursor, name| {
                if name != "data" {
                    siblings.insert(name.into_owned(), cursor.read()?);
                    return Ok(());
                }
                // Twice would be rows that nobody knows how to take together.
                if std::mem::replace(&mut is_envelope, true) {
                    return Err(Broken);
                }
                match cursor.peek() {
                    Some(b'[') => cursor.list(&mut row),
                    Some(b'{') if form == Form::Anything => one_row(cursor, &mut row),
                    _ => cursor.read::<()>(),
                }
            })?;
            if !is_envelope {
                return Err(Broken);
            }
        }
        Some(b'{') => one_row(&mut cursor, &mut row)?,
        _ if form == Form::Anything => cursor.read::<()>()?,
        _ => return Err(Broken),
    }
    cursor.expect_end()?;
    Ok(siblings)
}

/// An object that is a row; an empty one is none.
fn one_row<'a>(
    cursor: &mut Cursor<'a>,
    row: &mut impl FnMut(&mut Cursor<'a>) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let mut ahead = cursor.fork();
    ahead.expect(b'{')?;
    if ahead.eat(b'}') {
        *cursor = ahead;
        return Ok(());
    }
    row(cursor)
}

/// Whether the object ahead has a field `data`.
fn has_data(cursor: &Cursor<'_>) -> Result<bool, Broken> {
    let mut found = false;
    cursor.fork().object(|cursor, name| {
        found |= name == "data";
        cursor.read::<IgnoredAny>().map(drop)
    })?;
    Ok(found)
}

/// A body as text. `None`: there is none.
pub(super) fn text(response: &Response) -> Option<&str> {
    std::str::from_utf8(response.body()).ok().filter(|text| !text.trim_ascii().is_empty())
}

/// An answer that is not what was expected: what it is instead, as far as can be told at a glance.
pub(super) fn unexpected(expected: &str, response: &Response) -> Error {
    let got = match (std::str::from_utf8(response.body()), response.status()) {
        (Err(_), _) => "bytes that are no text".to_owned(),
        (Ok(text), StatusCode::OK) if text.trim_ascii().is_empty() => "an empty body".to_owned(),
        (Ok(text), status) if text.trim_ascii().is_empty() => format!("{status} and an empty body"),
        (Ok(text), _) => kind_of_text(text),
    };
    Error::decode(format!("expected {expected}, got {got}"))
}

fn kind_of_text(text: &str) -> String {
    let shown = excerpt(text);
    match (serde_json::from_str(text), text.trim_ascii_start().as_bytes().first()) {
        (Ok(Value::Object(map)), _) if map.is_empty() => "an object without fields".to_owned(),
        (Ok(Value::Object(_)), _) => format!("the object {shown}"),
        (Ok(Value::Array(_)), _) => format!("the list {shown}"),
        (Ok(_), _) => format!("the JSON value {shown}"),
        (Err(_), Some(b'<')) => match title(text) {
            Some(title) => format!("an HTML page: {}", excerpt(title)),
            None => format!("markup: {shown}"),
        },
        // What serde says of broken JSON quotes nothing of it.
        (Err(error), Some(b'{' | b'[')) => format!("broken JSON ({error}): {shown}"),
        (Err(_), _) => format!("the text {shown}"),
    }
}

/// The title of an HTML page; of one without, its beginning.
fn title(text: &str) -> Option<&str> {
    let head = text.get(..text.floor_char_boundary(64 * 1024))?;
    let lower = head.to_ascii_lowercase();
    let after = |tag: &str| lower.find(tag).map(|at| at + tag.len());
    after("<html").or_else(|| after("<!doctype html"))?;
    let start = after("<title>")?;
    let end = lower[start..].find("</title>").map_or(head.len(), |length| start + length);
    Some(head[start..end].trim()).filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests;
