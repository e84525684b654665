//! Bodies that are what was expected, and all the others.

use bytes::Bytes;
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::api::{Latest, Me, Measurements, Sensors, Station, Stations};
use crate::operation::Operation;
use crate::plan::Next;

const ID: &str = "8d2f1a3e-1234-4c1b-9999-abcdefabcdef";

fn answered(status: u16, body: impl Into<Bytes>) -> Response {
    http::Response::builder().status(status).body(body.into()).unwrap()
}

fn decode<O: Operation>(operation: &O, body: impl Into<Bytes>) -> Result<O::Output, String> {
    operation.decode(&answered(200, body)).map_err(words)
}

fn words(error: Error) -> String {
    assert!(error.is_decode());
    let words = error.to_string();
    words.strip_prefix("the API's answer is not what was expected: ").expect("it says so").to_owned()
}

fn measurements() -> Measurements {
    Measurements::new(Uuid::nil(), OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH)
}

#[test]
fn an_object_is_accepted_bare_or_under_data() {
    let station = Station::new(Uuid::nil());
    for body in [
        format!(r#"{{"uuid":"{ID}","name":"High Street"}}"#),
        format!(r#" {{"data":{{"uuid":"{ID}","name":"High Street"}},"meta":{{}}}} "#),
        format!(r#"{{"uuid":"{ID}","name":"High Street","data":{{"uuid":"x"}}}}"#),
    ] {
        assert_eq!(decode(&station, body).unwrap().name.as_deref(), Some("High Street"));
    }
    assert_eq!(decode(&Me, r#"{"client_id":"acme"}"#).unwrap().client_id, "acme");
}

#[test]
fn what_is_no_answer_is_told_by_what_it_is() {
    const EXPECTED: &str = "expected an object with a client_id, got ";
    let table: [(&[u8], &str); 14] = [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"\xff\xfe{", "bytes that are no text"),
        (b"{}", "an object without fields"),
        (br#"{"error":"x"}"#, r#"the object {"error":"x"}"#),
        (br#"{"client_id":7}"#, r#"the object {"client_id":7}"#),
        (b"[1,\n2]", "the list [1, 2]"),
        (b"null", "the JSON value null"),
        (b"<!DOCTYPE html>\n<html><head><TITLE>\n Sign in </TITLE>", "an HTML page: Sign in"),
        (b"<html><h1>Bad Gateway</h1></html>", "markup: <html><h1>Bad Gateway</h1></html>"),
        (b"<?xml version=\"1.0\"?><a/>", "markup: <?xml version=\"1.0\"?><a/>"),
        (b"{\"client_id\":", "broken JSON (EOF while parsing a value at line 1 column 13): {\"client_id\":"),
        (b"upstream connect error", "the text upstream connect error"),
        (b"token eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.x", "the text token [redacted]"),
    ];
    for (body, got) in table {
        let error = decode(&Me, Bytes::from_static(body)).unwrap_err();
        assert_eq!(error, format!("{EXPECTED}{got}"));
    }
    let error = words(Me.decode(&answered(204, "")).unwrap_err());
    assert_eq!(error, format!("{EXPECTED}204 No Content and an empty body"));
}

#[test]
fn a_list_needs_data_and_nothing_else() {
    let station = format!(r#"{{"uuid":"{ID}"}}"#);
    for (body, rows) in [
        (r#"{"data":[]}"#.to_owned(), 0),
        (r#"{"data":null}"#.to_owned(), 0),
        (format!(r#"{{"data":[{station}]}}"#), 1),
        (format!(r#"{{"meta":{{"total":7}},"data":[{station},{station}],"x":[{{}}]}}"#), 2),
    ] {
        let page = decode(&Stations::default(), body.clone()).unwrap();
        assert_eq!((page.rows, page.items.len()), (rows, usize::try_from(rows).unwrap()), "{body}");
        assert!(page.items.iter().all(Result::is_ok));
    }
    for body in [
        "",
        "[]",
        "{}",
        "null",
        r#"{"data":{}}"#,
        r#"{"data":7}"#,
        r#"{"data":[]"#,
        r#"{"data":[{]}"#,
        r#"{"data":[]}x"#,
        r#"{"data":[],"data":[]}"#,
        r#"{"error":"x"}"#,
        r#"{"stations":[]}"#,
        "<html><title>x</title>",
    ] {
        for error in [
            decode(&Stations::default(), body).map(drop).unwrap_err(),
            decode(&measurements(), body).map(drop).unwrap_err(),
        ] {
            assert!(
                error.starts_with(r#"expected an object with rows under "data", got "#),
                "{body}: {error}"
            );
        }
    }
    let error = words(Stations::default().decode(&answered(204, "")).map(drop).unwrap_err());
    assert!(error.ends_with("got 204 No Content and an empty body"), "{error}");
}

#[test]
fn a_list_says_what_it_knows_of_more() {
    let page = decode(&Stations::default(), r#"{"meta":{"total":7,"page":1,"pages":2},"data":[]}"#).unwrap();
    assert_eq!((page.total, page.next), (Some(7), Next::Page(2)));
    let mut response = answered(200, r#"{"data":[]}"#);
    response.headers_mut().insert("link", "</x?page=2>; rel=next".parse().unwrap());
    assert_eq!(Stations::default().decode(&response).unwrap().next, Next::Query("page=2".to_owned()));
}

#[test]
fn a_row_of_a_list_that_cannot_be_read_is_an_error_among_the_others() {
    let body = format!(r#"{{"data":[{{"name":"nameless"}},{{"uuid":"{ID}"}},7]}}"#);
    let page = decode(&Stations::default(), body).unwrap();
    let [Err(nameless), Ok(_), Err(number)] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!(
        words(nameless.clone()),
        r#"expected a station, an object with a uuid, got {"name":"nameless"}"#
    );
    assert_eq!(words(number.clone()), "expected a station, an object with a uuid, got 7");
}

#[test]
fn measurements_keep_their_rows_and_bad_rows_are_items() {
    let row = r#"{ "time":"2026-11-23T10:00:00Z" ,"no2":1,"o3":2}"#;
    let body = Bytes::from(format!(r#"{{"next":3,"data":[{row}, {{"no2":1}},{row}]}}"#));
    let page = decode(&measurements(), body.clone()).unwrap();
    assert_eq!((page.rows, &page.next), (3, &Next::Page(3)));
    let [Ok(no2), Ok(o3), Err(error), Ok(_), Ok(_)] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((no2.raw(), o3.raw()), (row, row));
    assert!(body.as_ptr_range().contains(&no2.raw().as_ptr()), "rows are not copied");
    assert!(words(error.clone()).ends_with(r#"got {"no2":1}"#));
}

#[test]
fn sensors_come_bare_or_under_data_and_whole() {
    let sensors = Sensors::new(Uuid::nil());
    for body in [r#"[{"name":"a"},{}]"#, r#"{"data":[{"name":"a"},{}]}"#] {
        assert_eq!(decode(&sensors, body).unwrap().len(), 2);
    }
    for body in [r#"{"data":[{}],"total":2}"#, r#"{"data":[{}],"next":"?page=2"}"#] {
        let error = decode(&sensors, body).unwrap_err();
        assert_eq!(error, "expected all sensors of the station, got 1 and the word that there is more");
    }
    assert_eq!(decode(&sensors, "[7]").unwrap_err(), "expected a sensor, an object, got 7");
    assert!(decode(&sensors, "{}").unwrap_err().starts_with("expected a list of rows, alone or under"));
}

#[test]
fn the_latest_reading_comes_in_every_form_it_may_have() {
    let latest = Latest::new(Uuid::nil());
    let row = r#"{"time":"2026-11-23T10:00:00Z","no2":7}"#;
    for body in [
        row.to_owned(),
        format!("[{row}]"),
        format!(r#"{{"data":{row}}}"#),
        format!(r#"{{"data":[{row}],"meta":{{}}}}"#),
    ] {
        let reading = decode(&latest, body.clone()).unwrap().expect(&body);
        assert_eq!((reading.measurements[0].value, reading.measurements[0].raw()), (Some(7.0), row));
    }
}

#[test]
fn nothing_has_many_forms_and_an_error_is_none_of_them() {
    let latest = Latest::new(Uuid::nil());
    for body in ["null", "{}", "{ }", "[]", r#"{"data":null}"#, r#"{"data":[]}"#, r#"{"data":{}}"#] {
        assert_eq!(decode(&latest, body), Ok(None), "{body}");
    }
    assert!(matches!(latest.decode(&answered(204, "")), Ok(None)));
    for body in ["", "7", "\"x\"", r#"{"data":7}"#, r#"{"error":"x"}"#, "[7]", "[{}]", "[", "<html>", "{}{}"]
    {
        assert!(decode(&latest, body).is_err(), "{body}");
    }
}

#[test]
fn requests_go_where_the_api_is() {
    let station = Uuid::try_parse(ID).unwrap();
    let paths = [
        (Me.request(), "/me".to_owned()),
        (Stations::new(3, 50).request(), "/stations?page=3&per_page=50".to_owned()),
        (Station::new(station).request(), format!("/stations/{ID}")),
        (Sensors::new(station).request(), format!("/stations/{ID}/sensors")),
        (Latest::new(station).request(), format!("/stations/{ID}/measurements/latest")),
    ];
    for (request, path) in paths {
        assert_eq!((request.method(), request.uri().to_string()), (&http::Method::GET, path));
        assert!(request.headers().is_empty() && request.body().is_empty());
    }
}

#[test]
fn the_rest_of_a_window_is_asked_for_where_the_answer_says() {
    use crate::plan::Windowed;
    let window = "start_time=1970-01-01T00%3A00%3A00Z&end_time=1970-01-01T00%3A00%3A00Z";
    let table = [
        (Next::More, format!("{window}&page=2")),
        (Next::Page(7), format!("{window}&page=7")),
        (Next::Cursor("a b&c".to_owned()), format!("{window}&cursor=a+b%26c")),
        (Next::Query("offset=100".to_owned()), "offset=100".to_owned()),
    ];
    for (next, query) in table {
        let following = measurements().following(1, &next).unwrap();
        assert_eq!(following.request().uri().query(), Some(query.as_str()));
    }
    for next in [Next::Unsaid, Next::Last, Next::Unknown(String::new())] {
        assert!(measurements().following(1, &next).is_none());
    }
}

/// Text out of the pieces that answers are made of, in any order.
fn any_body() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"data\"",
        "\"uuid\"",
        "\"next\"",
        "\"meta\"",
        "null",
        "true",
        "7",
        "-1e400",
        "\"time\"",
        "\"2026-11-23T10:00:00Z\"",
        "\"9999-12-31T23:59:59-23:59\"",
        "\"no2\"",
        "\"value\"",
        "\"parameter\"",
        "\"\\u00e9\\ud800\"",
        "\"é\"",
        " ",
        "<html>",
        "<title>",
        "</title>",
        "{\"data\":[",
        "]}",
        "\u{0}",
        "{\"time\":",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_body_is_too_odd_to_be_an_answer_or_an_error(text in any_body(), bytes in any::<Vec<u8>>()) {
        for response in [answered(200, text), answered(200, bytes)] {
            let _ = Me.decode(&response);
            let _ = Stations::default().decode(&response);
            let _ = Sensors::new(Uuid::nil()).decode(&response);
            let _ = measurements().decode(&response);
            let _ = Latest::new(Uuid::nil()).decode(&response);
        }
    }

    #[test]
    fn an_envelope_is_what_serde_says_is_one(text in any_body()) {
        let is_envelope = |value: Value| value.get("data").is_some_and(|data| data.is_array() || data.is_null());
        let accepted = Stations::default().decode(&answered(200, text.clone())).is_ok();
        // One thing more is refused: two fields of that name, of which serde's map keeps the last.
        let is_plain = text.matches("\"data\"").count() < 2;
        if is_plain {
            prop_assert_eq!(accepted, serde_json::from_str(&text).is_ok_and(is_envelope), "{}", text);
        }
    }
}
