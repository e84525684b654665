//! The token endpoint's good answer, read (RFC 6749 section 5.1).

use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use super::bearer::sensitive;
use crate::wire::Response;

/// What is left of a token response: it can be installed without a further check.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) header: HeaderValue,
    pub(super) lifetime: Duration,
}

/// What a token is taken to live where the answer does not say: short, so that little is lost by it.
const UNSTATED: Duration = Duration::from_secs(60);
/// No token is kept longer than this, whatever it says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Deserialize)]
struct Wire {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<Value>,
}

impl Grant {
    /// The problem is said without a word of the answer's values: any of them may be the token.
    pub(super) fn parse(response: &Response) -> Result<Self, String> {
        let body = response.body();
        let Ok(Wire { access_token, token_type, expires_in }) = serde_json::from_slice(body) else {
            return Err(what_it_is(body));
        };
        if let Some(token_type) = token_type.filter(|token_type| !token_type.eq_ignore_ascii_case("Bearer")) {
            let known =
                ["DPoP", "MAC", "N_A"].into_iter().find(|known| known.eq_ignore_ascii_case(&token_type));
            return Err(format!("token_type is {}, expected Bearer", known.unwrap_or("something else")));
        }
        let lifetime = lifetime(expires_in.as_ref())?;
        Ok(Self { header: header(&access_token)?, lifetime })
    }
}

fn header(token: &str) -> Result<HeaderValue, String> {
    if token.is_empty() {
        return Err("access_token is empty".to_owned());
    }
    if let Some(at) = token.chars().position(|c| !c.is_ascii_graphic()) {
        return Err(format!("access_token holds a character that no header may hold (character {})", at + 1));
    }
    let header = sensitive(format!("Bearer {token}").as_bytes());
    Ok(header.expect("visible characters are a header's value"))
}

/// `expires_in`, as servers write it. Read leniently where the meaning is plain; never "for ever".
fn lifetime(expires_in: Option<&Value>) -> Result<Duration, String> {
    let seconds = match expires_in {
        None | Some(Value::Null) => return Ok(UNSTATED),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
    };
    match seconds {
        Some(seconds) if seconds.is_sign_negative() && seconds != 0.0 => {
            Err("expires_in is negative".to_owned())
        }
        Some(seconds) if seconds.is_finite() => {
            Ok(Duration::from_secs_f64(seconds.min(LONGEST.as_secs_f64())))
        }
        _ => Err("expires_in is not a number of seconds".to_owned()),
    }
}

/// Names what came instead of a token.
fn what_it_is(body: &[u8]) -> String {
    let kind = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => match fields.get("access_token") {
            None => "an object without access_token".to_owned(),
            Some(Value::String(_)) => {
                "an object that names a field twice, or gives token_type another type".to_owned()
            }
            Some(_) => "an access_token that is no string".to_owned(),
        },
        Ok(_) => "JSON that is no object".to_owned(),
        Err(_) if body.trim_ascii().is_empty() => "an empty body".to_owned(),
        Err(_) if body.trim_ascii_start().starts_with(b"<") => {
            "an HTML page, such as a login page".to_owned()
        }
        Err(error) if error.is_eof() => format!("JSON that breaks off after {} bytes", body.len()),
        Err(_) => "something that is not JSON".to_owned(),
    };
    format!("expected a JSON object with access_token, got {kind}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn parse(body: &str) -> Result<Grant, String> {
        Grant::parse(&http::Response::new(Bytes::from(body.to_owned())))
    }

    #[test]
    fn every_way_to_write_expires_in_is_taken_or_refused_by_name() {
        let taken = [
            (r#","expires_in":300"#, 300_000),
            (r#","expires_in":"300""#, 300_000),
            (r#","expires_in":" 300 ""#, 300_000),
            (r#","expires_in":299.5"#, 299_500),
            (r#","expires_in":3e2"#, 300_000),
            (r#","expires_in":null"#, 60_000),
            ("", 60_000),
            (r#","expires_in":0"#, 0),
            (r#","expires_in":-0"#, 0),
            (r#","expires_in":9223372036854775808"#, 86_400_000),
            (r#","expires_in":1e300"#, 86_400_000),
            (r#","expires_in":"1e300""#, 86_400_000),
        ];
        for (field, millis) in taken {
            let grant = parse(&format!(r#"{{"access_token":"t","token_type":"Bearer"{field}}}"#));
            assert_eq!(grant.map(|grant| grant.lifetime), Ok(Duration::from_millis(millis)), "{field}");
        }
        let number = "expires_in is not a number of seconds";
        let refused = [
            ("-1", "expires_in is negative"),
            (r#""-1""#, "expires_in is negative"),
            ("true", number),
            ("{}", number),
            ("[300]", number),
            (r#""soon""#, number),
            (r#""""#, number),
            (r#""NaN""#, number),
            (r#""inf""#, number),
        ];
        for (value, problem) in refused {
            let refusal = parse(&format!(r#"{{"access_token":"t","expires_in":{value}}}"#)).unwrap_err();
            assert_eq!(refusal, problem, "{value}");
        }
    }

    #[test]
    fn token_type_is_bearer_in_any_case_or_absent() {
        for field in [r#","token_type":"Bearer""#, r#","token_type":"bearer""#, r#","token_type":null"#, ""] {
            assert!(parse(&format!(r#"{{"access_token":"t"{field}}}"#)).is_ok(), "{field}");
        }
        let refusal = parse(r#"{"access_token":"t","token_type":"dpop"}"#).unwrap_err();
        assert_eq!(refusal, "token_type is DPoP, expected Bearer");
    }

    #[test]
    fn what_is_no_token_is_named_and_not_repeated() {
        let table = [
            ("", "an empty body"),
            ("<html>sign in</html>", "an HTML page, such as a login page"),
            (r#"{"access_token":"tok"#, "JSON that breaks off after 20 bytes"),
            ("tok", "something that is not JSON"),
            ("[]", "JSON that is no object"),
            (r#"{"id_token":"tok"}"#, "an object without access_token"),
            (r#"{"access_token":7}"#, "an access_token that is no string"),
            (
                r#"{"access_token":"tok","access_token":"tok"}"#,
                "an object that names a field twice, or gives token_type another type",
            ),
            (
                r#"{"access_token":"tok","expires_in":300,"expires_in":0}"#,
                "an object that names a field twice, or gives token_type another type",
            ),
            (
                r#"{"access_token":"tok","token_type":["Bearer"]}"#,
                "an object that names a field twice, or gives token_type another type",
            ),
        ];
        for (body, kind) in table {
            let refusal = parse(body).unwrap_err();
            assert_eq!(refusal, format!("expected a JSON object with access_token, got {kind}"));
        }
    }

    #[test]
    fn a_token_that_would_break_the_header_is_refused() {
        assert_eq!(parse(r#"{"access_token":""}"#).unwrap_err(), "access_token is empty");
        for token in [r"a\r\nX: y", "a b", "ä", r"\u0000", r"a\t"] {
            assert!(
                parse(&format!(r#"{{"access_token":"{token}"}}"#))
                    .unwrap_err()
                    .contains("no header may hold"),
                "{token}"
            );
        }
    }

    #[test]
    fn the_header_is_marked_sensitive() {
        let header = parse(r#"{"access_token":"t","more":1}"#).unwrap().header;
        assert_eq!(header, "Bearer t");
        assert!(header.is_sensitive());
    }
}
